"""site.toml -> a checked Site; every error names the key and the remedy."""

from pathlib import Path

import msgspec

from appliance.sections import TERMINAL, Site
from appliance.wallclock import zone_of


class SiteError(Exception):
    """site.toml cannot be used; the message is one line: the key, what is wrong, the remedy."""


def read_site(path: Path) -> Site:
    """Return the site; SiteError when the file is absent, malformed, or contradicts itself."""
    try:
        site = msgspec.toml.decode(path.read_bytes(), type=Site)
    except OSError as fault:
        raise SiteError(f"{path}: {fault.strerror}; make one with `cardea site new`") from fault
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise SiteError(f"{path}: {fault}; see docs/site.md for every key") from fault
    _check(path, site)
    return site


def weak_doors(site: Site) -> list[str]:
    """Doors that open to a face that a single RGB camera sees, and to nothing else."""
    return [
        name
        for name, portal in site.portals.items()
        if portal.factors == "face" and portal.camera == "rgb"
    ]


def _check(path: Path, site: Site) -> None:
    try:
        zone_of(site.terminal.time_zone)
    except ValueError as fault:
        raise SiteError(
            f"{path}: terminal.time_zone: {fault}; give an IANA name, such as Europe/Berlin or UTC"
        ) from fault
    if not site.portals:
        raise SiteError(f"{path}: portals: there is none; add a [portals.front] table")
    for name, portal in site.portals.items():
        if name == TERMINAL:
            raise SiteError(f"{path}: portals.{name}: this name means the terminal; choose another")
        wants_pin = "pin" in (portal.factors + portal.without_face)
        if wants_pin and not portal.reader.keypad:
            raise SiteError(
                f"{path}: portals.{name}.reader.keypad: a PIN is wanted and there is no keypad; "
                f"leave pin out of factors and without_face"
            )
        if portal.prealarm_ms >= portal.held_ms:
            raise SiteError(
                f"{path}: portals.{name}.prealarm_ms: {portal.prealarm_ms} is not before "
                f"held_ms = {portal.held_ms}; choose a smaller number"
            )
    for name in weak_doors(site) if site.terminal.assurance == "high" else []:
        raise SiteError(
            f"{path}: portals.{name}.factors: a face alone before one RGB camera is not of high "
            f'assurance; add an infrared camera and set camera = "rgb+ir", or want a card as well '
            f'(factors = "card+face")'
        )

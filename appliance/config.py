"""site.toml -> a checked Site; every error names the key and the remedy."""

from pathlib import Path

import msgspec

from appliance import policy
from appliance.sections import TERMINAL, Call, Portal, Site
from appliance.supervision import HYSTERESIS
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
        if policy.opens_to_a_face_alone(portal) and portal.camera == "rgb"
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
        for wrong in policy.faults(portal):
            raise SiteError(f"{path}: portals.{name}.{wrong}")
        if portal.prealarm_ms >= portal.held_ms:
            raise SiteError(
                f"{path}: portals.{name}.prealarm_ms: {portal.prealarm_ms} is not before "
                f"held_ms = {portal.held_ms}; choose a smaller number"
            )
        _check_hours(path, name, portal)
    _check_supervision(path, site)
    for name, portal in site.portals.items():
        _check_bond(path, name, portal)
    for name in weak_doors(site) if site.terminal.assurance == "high" else []:
        raise SiteError(
            f"{path}: portals.{name}.factors: a face alone before one RGB camera is not of high "
            f'assurance; add an infrared camera and set camera = "rgb+ir", or want a card as well '
            f'(factors = "card+face")'
        )


def _check_supervision(path: Path, site: Site) -> None:
    """The limits are in order, and so far apart that noise at one is not at the next."""
    apart = 2 * HYSTERESIS + 1
    limits = site.supervision
    for key, lower, upper in (
        ("two_from", limits.short_below, limits.two_from),
        ("cut_from", limits.two_from, limits.cut_from),
    ):
        if upper - lower < apart:
            raise SiteError(
                f"{path}: supervision.{key}: {upper} is not {apart} permille above the limit "
                f"before it, {lower}; choose a greater number"
            )
    for key, call in _calls(site):
        if call.fault == "asserted" and not call.supervised:
            raise SiteError(
                f"{path}: {key}.fault: a damaged line is seen only where supervised = true; "
                f"supervise it, or leave fault out"
            )


def _calls(site: Site) -> list[tuple[str, Call]]:
    return [("fire", site.fire)] + [
        (f"portals.{name}.rex", portal.rex) for name, portal in site.portals.items()
    ]


def _check_bond(path: Path, name: str, portal: Portal) -> None:
    if portal.bond and portal.strike_type != "maglock":
        raise SiteError(
            f"{path}: portals.{name}.bond: only a magnet has a bond sensor; set "
            f'strike_type = "maglock", or leave bond out'
        )


def _check_hours(path: Path, name: str, portal: Portal) -> None:
    if portal.first_person and not portal.free_schedule:
        raise SiteError(
            f"{path}: portals.{name}.first_person: there are no free hours to begin with somebody; "
            f"name a schedule in free_schedule, or leave first_person out"
        )

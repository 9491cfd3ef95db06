"""site.toml -> a checked Site; every error names the key and the remedy."""

from pathlib import Path

import msgspec

from appliance import cardformats, policy
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
    _check_key(path, site)
    for names in site.interlocks:
        _check_interlock(path, site, names)
    _check_ways(path, site)
    for name in site.areas:
        _check_area(path, site, name)
    for name in site.wiegand:
        for wrong in cardformats.faults(name, site.wiegand):
            raise SiteError(f"{path}: wiegand.{name}.{wrong}")


def _check_key(path: Path, site: Site) -> None:
    if site.terminal.assurance == "high" and site.vault.key == "file":
        raise SiteError(
            f"{path}: vault.key: a key in a file is not of high assurance, whoever takes the disk "
            f'has it; write [vault] key = "tpm" and seal it with `cardea key seal`'
        )


def _check_ways(path: Path, site: Site) -> None:
    """Each portal leads from somewhere that there is to somewhere else."""
    for name, portal in site.portals.items():
        for key, area in (("leads_from", portal.leads_from), ("leads_to", portal.leads_to)):
            if area and area not in site.areas:
                raise SiteError(
                    f"{path}: portals.{name}.{key}: there is no area {area!r}; "
                    f'add an [areas.{area}] table, or write "" for outside'
                )
        if portal.leads_from and portal.leads_from == portal.leads_to:
            raise SiteError(
                f"{path}: portals.{name}.leads_to: it leads from {portal.leads_to!r}, too; "
                f"name the area on the other side"
            )


def _check_area(path: Path, site: Site, name: str) -> None:
    """An area can be entered, and is not for ever shut to whoever was in it once."""
    area = site.areas[name]
    if not any(portal.leads_to == name for portal in site.portals.values()):
        raise SiteError(
            f"{path}: areas.{name}: no portal leads to it; write "
            f'leads_to = "{name}" at one, or take the area out'
        )
    if (area.anti_passback == "timed") != bool(area.passback_ms):
        raise SiteError(
            f"{path}: areas.{name}.passback_ms: {area.passback_ms} beside anti_passback = "
            f'"{area.anti_passback}"; "timed" wants a time, and nothing else takes one'
        )
    left = any(portal.leads_from == name for portal in site.portals.values())
    if not left and not area.amnesty and (area.anti_passback == "hard" or area.limit):
        raise SiteError(
            f"{path}: areas.{name}.amnesty: no portal leads from it, so nobody is ever seen to "
            f'leave; give a time of day such as "04:00", or leads_from = "{name}" at a portal'
        )


def _check_hours(path: Path, name: str, portal: Portal) -> None:
    if portal.first_person and not portal.free_schedule:
        raise SiteError(
            f"{path}: portals.{name}.first_person: there are no free hours to begin with somebody; "
            f"name a schedule in free_schedule, or leave first_person out"
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


def _check_interlock(path: Path, site: Site, names: tuple[str, ...]) -> None:
    """Two doors or more, each there, and none that stands free while the others wait for it."""
    if len(names) < 2 or len(set(names)) < len(names):
        raise SiteError(
            f"{path}: interlocks: {', '.join(names) or 'nothing'} is no lock of several doors; "
            f"name two or more, each once"
        )
    for name in names:
        if name not in site.portals:
            raise SiteError(
                f"{path}: interlocks: there is no portal {name!r}; "
                f"name those of {', '.join(site.portals)}"
            )
        if site.portals[name].free_schedule:
            raise SiteError(
                f"{path}: portals.{name}.free_schedule: while it is free no other door of its "
                f"interlock could be opened; leave it out, or {name} out of interlocks"
            )

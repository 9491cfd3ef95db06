"""site.toml -> a checked Site; every error names the key and the remedy."""

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from appliance.wallclock import zone_of

Milliseconds = Annotated[int, msgspec.Meta(ge=100, le=600_000)]
Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,31}\Z")]
Factors = Literal["card", "card+pin", "card+face", "card+pin+face", "face"]
Cameras = Literal["rgb", "rgb+ir"]


TERMINAL: Final = "terminal"
"""Stands where a portal's name stands, for what concerns no portal or all of them."""


class SiteError(Exception):
    """site.toml cannot be used; the message is one line: the key, what is wrong, the remedy."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every table of site.toml: an unknown key is an error, not a wish that goes unheard."""


class Terminal(Section, frozen=True):
    """Which terminal this is. `serial` names it in topics and in the hello."""

    serial: Name
    board: str
    coprocessor_account: str = ""
    """Under which the co-processor runs, where it has one of its own (it should)."""
    assurance: Literal["standard", "high"] = "standard"
    """high: no door opens to a face that a single RGB camera sees, and nothing else."""
    learn_from_passes: bool = False
    """Who passed by face and another factor counts as living; true only if the holders agreed."""
    watchdog_ms: Annotated[int, msgspec.Meta(ge=8_000, le=600_000)] = 10_000
    """A vault that stalls twice in one attempt is no reason to reset the board."""
    time_zone: str = "UTC"
    """Of the schedules and holidays: an IANA name, such as Europe/Berlin."""


class Admin(Section, frozen=True):
    """Who may ask what on the admin socket, by account name or uid; see roles.py.

    The account that the appliance runs under, and root, are installers in any case.
    """

    installer: tuple[str | int, ...] = ()
    operator: tuple[str | int, ...] = ()
    auditor: tuple[str | int, ...] = ()
    group: str = ""
    """Whose members reach the socket; their accounts still need a role."""


class Bundle(Section, frozen=True):
    """The model bundle whose thresholds count, and the Ed25519 key (hex) that signs it."""

    directory: str
    public_key: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class Contact(Section, frozen=True):
    """An input: the pin, and the level at which it is asserted."""

    pin: str
    asserted: Literal["low", "high"] = "high"


class WiegandReader(Section, frozen=True, tag_field="kind", tag="wiegand"):
    """A Wiegand reader: data lines, LED and buzzer pins, and whether it has a keypad."""

    d0: str
    d1: str
    led_green: str
    led_red: str
    buzzer: str
    keypad: bool = True


class Portal(Section, frozen=True):
    """One door.

    camera: what looks at this door; where that is two, no face counts that only one of them sees.
    without_face: the factors wanted when the face cannot be asked for (co-processor silent, camera
    gone, or a holder who has none enrolled).
    """

    strike: str
    contact: Contact
    rex: Contact
    reader: WiegandReader
    display: str
    sounder: str
    strike_type: Literal["fail-secure", "fail-safe"] = "fail-secure"
    factors: Factors = "card+face"
    camera: Cameras = "rgb"
    without_face: Literal["card", "card+pin", "refuse"] = "card+pin"
    unlock_ms: Milliseconds = 5_000
    extended_ms: Milliseconds = 15_000
    held_ms: Milliseconds = 30_000
    prealarm_ms: Milliseconds = 10_000
    factor_ms: Milliseconds = 8_000


class Site(Section, frozen=True):
    """The whole of site.toml."""

    terminal: Terminal
    bundle: Bundle
    tamper: Contact
    fire: Contact
    portals: dict[Name, Portal]
    admin: Admin = Admin()


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

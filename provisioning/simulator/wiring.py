"""What of a site the simulated metal must know: which pin means what, and at which level."""

from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from board import stimulus

SITE: Final = "site.toml"
COPROCESSOR: Final = "coprocessor.toml"

# provisioning may not import the appliance, so the few keys of site.toml that the metal needs are
# read here, leniently: whether the site is right is for the appliance to say.


class WiringError(Exception):
    """The state directory holds no site that can be simulated; names the file and the remedy."""


Damage = Literal["", "cut", "short"]

ONE_PERMILLE: Final = 500
BOTH_PERMILLE: Final = 667
DAMAGED_PERMILLE: Final = {"cut": 1000, "short": 0}
"""What a supervised line reads with one resistor of 1 kOhm, with both, and damaged."""


class Contact(msgspec.Struct, frozen=True):
    """An input: the pin, and the level at which it is asserted."""

    pin: str
    asserted: Literal["low", "high"] = "high"
    supervised: bool = False

    def put(self, asserted: bool, damage: Damage = "") -> stimulus.SetPins | stimulus.SetAnalogs:
        """What the board sees when the input is, or is not, asserted; only a line has damage."""
        high = asserted == (self.asserted == "high")
        if not self.supervised:
            return stimulus.SetPins({self.pin: int(high)})
        permille = BOTH_PERMILLE if high else ONE_PERMILLE
        return stimulus.SetAnalogs({self.pin: DAMAGED_PERMILLE.get(damage, permille)})


class Reader(msgspec.Struct, frozen=True):
    """The reader's data lines."""

    d0: str
    d1: str


class Portal(msgspec.Struct, frozen=True):
    """One door's metal."""

    strike: str
    contact: Contact
    rex: Contact
    reader: Reader
    bond: Contact | None = None
    strike_type: Literal["fail-secure", "fail-safe", "maglock"] = "fail-secure"
    factors: str = "card+face"

    def released(self, level: int) -> bool:
        """Whether a strike at this relay level lets the door open."""
        return bool(level) == (self.strike_type == "fail-secure")


class Wiring(msgspec.Struct, frozen=True):
    """All of it."""

    tamper: Contact
    fire: Contact
    portals: dict[str, Portal]


class Eye(msgspec.Struct, frozen=True):
    """A camera of coprocessor.toml."""

    name: str = ""


class Eyes(msgspec.Struct, frozen=True):
    """Its cameras, by the names on the board; an empty name: a file plays in its place, or none."""

    camera: Eye = Eye("CAM0")
    infrared: Eye = Eye()


def read_eyes(path: Path) -> Eyes:
    """The cameras that coprocessor.toml names. Raises WiringError."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Eyes)
    except OSError as fault:
        raise WiringError(f"{path}: {fault.strerror}; make one with `cardea site new`") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise WiringError(f"{path}: {' '.join(str(fault).split())}; correct it") from None


def read_wiring(path: Path) -> Wiring:
    """The wiring that site.toml describes. Raises WiringError."""
    try:
        wiring = msgspec.toml.decode(path.read_bytes(), type=Wiring)
    except OSError as fault:
        raise WiringError(f"{path}: {fault.strerror}; make one with `cardea site new`") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        said = " ".join(str(fault).split())
        raise WiringError(f"{path}: {said}; correct it, or start with a new --state") from None
    if not wiring.portals:
        raise WiringError(f"{path}: portals: there is none; add a [portals.front] table")
    return wiring


def derived(path: Path, name: str, changes: dict[str, dict[str, Any]]) -> Path:
    """A copy of a TOML file beside it, with whole tables or keys replaced; returns its path.

    A table in `changes` is merged over the file's; a key with the value None is left out.
    """
    try:
        document: dict[str, Any] = msgspec.toml.decode(path.read_bytes())
    except OSError as fault:
        raise WiringError(f"{path}: {fault.strerror}; make one with `cardea site new`") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise WiringError(f"{path}: {' '.join(str(fault).split())}; correct it") from None
    for table, keys in changes.items():
        merged = {**document.get(table, {}), **keys}
        document[table] = {key: value for key, value in merged.items() if value is not None}
    target = path.with_name(name)
    target.write_text("\n".join(_lines(document, ())) + "\n", encoding="utf-8")
    return target


def _lines(table: dict[str, Any], place: tuple[str, ...]) -> list[str]:
    """TOML of a table of strings, numbers, truths and tables: all that our files hold."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    lines = [f"[{'.'.join(place)}]"] if place and plain else []
    # JSON's strings, numbers, truths and flat lists are TOML's as well.
    lines += [f"{key} = {msgspec.json.encode(value).decode()}" for key, value in plain.items()]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += _lines(value, (*place, key))
    return lines

"""A board's table: the names printed on its carrier, and what each stands for."""

from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import msgspec

Part = TypeVar("Part")
TABLES: Final = Path(__file__).parent / "boards"


class BoardError(Exception):
    """The board, or a terminal on it, does not exist as named; the message says which do."""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One pin. `idle` is its level while nothing drives it (pull-up: 1)."""

    direction: Literal["in", "out"]
    what: str
    idle: Literal[0, 1] = 0


class Analog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One analog input. `idle` is what it reads while all is well, in permille of the supply."""

    what: str
    idle: Annotated[int, msgspec.Meta(ge=0, le=1000)]


class Door(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The terminals that a door usually has on this board, and what its holders usually show."""

    factors: str
    strike: str
    sounder: str
    display: str
    contact: str
    rex: str
    d0: str
    d1: str
    led_green: str
    led_red: str
    buzzer: str


class Usual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a new site begins on this board."""

    tamper: str
    fire: str
    doors: dict[str, Door]
    interlocks: tuple[tuple[str, ...], ...] = ()
    """Names of doors: of each list only one is to be open at a time."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One board file. `driver` is the module of board/ that can work it."""

    driver: Literal["simulated"]
    what: str
    pins: dict[str, Line]
    uarts: dict[str, str]
    cameras: dict[str, str]
    usual: Usual
    analogs: dict[str, Analog] = {}


def read_table(name: str, tables: Path = TABLES) -> Table:
    """Return the table of a board; BoardError when there is none, or it is malformed."""
    known = sorted(path.stem for path in tables.glob("*.toml"))
    if name not in known:
        raise BoardError(f"board: {name!r} is not known; this image has {', '.join(known)}")
    path = tables / f"{name}.toml"
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Table)
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise BoardError(
            f"{path.name}: {fault}; compare it with the other tables beside it"
        ) from fault


def named(parts: dict[str, Part], name: str, kind: str) -> Part:
    """Return the part of that name; BoardError lists the names there are."""
    if name not in parts:
        raise BoardError(f"{kind}: this board has no {name!r}; it has {', '.join(sorted(parts))}")
    return parts[name]

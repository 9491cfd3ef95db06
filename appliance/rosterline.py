"""A row of the site's roster: its cells read into what they say of a holder, and written again."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from typing import Any, Final, NamedTuple

from appliance.validity import NoMoment, moment, written
from appliance.vault.roster import Line
from board import wiegand
from board.link import admin

YES: Final = ("yes", "true", "1")
NO: Final = ("no", "false", "0", "")
MOST_CARDS: Final = 20
MOST_GROUPS: Final = 50
SEPARATORS: Final = re.compile(r"[\s,;]+")
GROUP: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class Fault(NamedTuple):
    """What is wrong in which line and column; the reason ends with the remedy."""

    line: int
    column: str
    reason: str


class Wrong(Exception):
    """This cell cannot be read; the message says how to write it."""


class Said(NamedTuple):
    """What one row says: `values` by fields of Line. A column that is not there says nothing."""

    line: int
    values: Mapping[str, Any]


def read(
    row: admin.RosterRow, zone: tzinfo, formats: dict[str, wiegand.Layout] = wiegand.FORMATS
) -> Said | list[Fault]:
    """Return what the row says, or everything that is wrong with it.

    formats: of the cards that readers here know.
    """
    values: dict[str, Any] = {}
    faults = []
    for column, cell in row.cells.items():
        field, reader = READERS.get(column, ("", _no_column))
        try:
            values[field] = reader(cell.strip(), zone)
        except (Wrong, NoMoment) as fault:
            faults.append(Fault(row.line, column, str(fault)))
    faults += _unfit(row.line, values.get("cards", ()), formats)
    if "key" not in row.cells:
        faults.append(Fault(row.line, "key", "there is none; give each holder the site's own id"))
    return faults or Said(row.line, values)


def cells(line: Line, zone: tzinfo) -> dict[str, str]:
    """Return the cells that read as this line."""
    return {
        "key": line.key,
        "name": line.name,
        "cards": " ".join(f"{c.format}:{c.facility}:{c.number}" for c in line.cards),
        "groups": " ".join(line.groups),
        "valid_from": written(line.valid_from_ms, zone),
        "valid_until": written(line.valid_until_ms, zone, end=True),
        "extended": "yes" if line.extended else "no",
        "escort": line.escort,
        "visitor": "yes" if line.visitor else "no",
        "status": line.status,
    }


def _no_column(_cell: str, _zone: tzinfo) -> None:
    raise Wrong(f"there is no such column; there are {', '.join(admin.ROSTER_COLUMNS)}")


def _text(most: int) -> Callable[[str, tzinfo], str]:
    def text(cell: str, _zone: tzinfo) -> str:
        if not (1 <= len(cell) <= most and cell.isprintable()):
            raise Wrong(f"give 1 to {most} printable characters")
        return cell

    return text


def _cards(cell: str, _zone: tzinfo) -> tuple[wiegand.Card, ...]:
    cards = {_card(word) for word in SEPARATORS.split(cell) if word}
    if len(cards) > MOST_CARDS:
        raise Wrong(f"{len(cards)} cards; a holder has at most {MOST_CARDS}")
    return tuple(sorted(cards))


def _card(word: str) -> wiegand.Card:
    parts = word.split(":")
    if len(parts) != 3 or not all(re.fullmatch(r"[0-9]{1,18}", part) for part in parts[1:]):
        raise Wrong("write each card as format:facility:number, such as H10301:17:1816")
    return wiegand.Card(parts[0], int(parts[1]), int(parts[2]))


def _unfit(
    line: int, cards: Iterable[wiegand.Card], formats: dict[str, wiegand.Layout]
) -> list[Fault]:
    """What of the cards no reader here could send."""
    faults = []
    for card in cards:
        try:
            wiegand.encode(*card, formats)
        except ValueError as fault:
            faults.append(Fault(line, "cards", f"{fault}; write it as it is printed on the card"))
    return faults[:1]


def _groups(cell: str, _zone: tzinfo) -> tuple[str, ...]:
    names = sorted({name for name in SEPARATORS.split(cell) if name})
    if len(names) > MOST_GROUPS or not all(map(GROUP.fullmatch, names)):
        raise Wrong(f"give at most {MOST_GROUPS} names of groups, as `cardea groups` lists them")
    return tuple(names)


def _begin(cell: str, zone: tzinfo) -> int | None:
    return moment(cell, zone)


def _end(cell: str, zone: tzinfo) -> int | None:
    return moment(cell, zone, end=True)


def _flag(cell: str, _zone: tzinfo) -> bool:
    if cell.lower() in YES:
        return True
    if cell.lower() not in NO:
        raise Wrong("write yes or no")
    return False


def _escort(cell: str, _zone: tzinfo) -> str:
    if cell not in ("", "needs", "may"):
        raise Wrong("write needs, may, or nothing")
    return cell


def _status(cell: str, _zone: tzinfo) -> str:
    if cell not in ("", "active", "suspended"):
        raise Wrong("write active or suspended")
    return cell or "active"


READERS: Final[dict[str, tuple[str, Callable[[str, tzinfo], object]]]] = {
    "key": ("key", _text(64)),
    "name": ("name", _text(100)),
    "cards": ("cards", _cards),
    "groups": ("groups", _groups),
    "valid_from": ("valid_from_ms", _begin),
    "valid_until": ("valid_until_ms", _end),
    "extended": ("extended", _flag),
    "escort": ("escort", _escort),
    "visitor": ("visitor", _flag),
    "status": ("status", _status),
}
"""Each column: the field of Line it fills, and what reads it."""

"""The vault's holders as the site's roster knows them, read in slices."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypeVar

from appliance.vault.records import CardStatus, Escort, HolderStatus
from appliance.vault.store import Store
from board.wiegand import Card

T = TypeVar("T")

SLICE: Final = 2_000
"""Holders read at a time: a card at the door waits for no more."""


class Line(NamedTuple):
    """All that the roster says of a holder. Times are UTC ms. cards, groups: sorted."""

    key: str
    name: str
    cards: tuple[Card, ...] = ()
    groups: tuple[str, ...] = ()
    valid_from_ms: int | None = None
    valid_until_ms: int | None = None
    extended: bool = False
    escort: Escort = ""
    visitor: bool = False
    status: HolderStatus = "active"

    def __repr__(self) -> str:
        return "Line(...)"


class Kept(NamedTuple):
    """A holder with a key as the vault has them; statuses: one for each card."""

    holder_id: str
    line: Line
    statuses: tuple[CardStatus, ...]


class Given(NamedTuple):
    """A card that changes hands, or is new. status: what it was worth, and is from now on."""

    holder_id: str
    card: Card
    status: CardStatus

    def __repr__(self) -> str:
        return "Given(...)"


class Changes(NamedTuple):
    """What to do, all of it or nothing: by id; before and after for who is changed."""

    added: tuple[tuple[str, Line], ...] = ()
    changed: tuple[tuple[str, Line, Line], ...] = ()
    removed: tuple[str, ...] = ()
    given: tuple[Given, ...] = ()


def read(store: Store, after: str, most: int = SLICE) -> list[Kept]:
    """Return up to `most` holders whose keys come after this one, by key."""
    rows = store.database.rows(
        "SELECT id, key, name, valid_from_ms, valid_until_ms, extended_unlock, escort, visitor,"
        " status FROM holders WHERE key > ? ORDER BY key LIMIT ?",
        after,
        most,
    )
    if not rows:
        return []
    until = rows[-1][1]
    cards = _cards(store, after, until)
    groups = _groups(store, after, until)
    kept = []
    for holder_id, key, name, begins, ends, extended, escort, visitor, status in rows:
        held = sorted(cards.get(holder_id, []))
        line = Line(
            key=key,
            name=name,
            cards=tuple(Card(*one[:3]) for one in held),
            groups=tuple(groups.get(holder_id, ())),
            valid_from_ms=begins,
            valid_until_ms=ends,
            extended=bool(extended),
            escort=escort,
            visitor=bool(visitor),
            status=status,
        )
        kept.append(Kept(holder_id, line, tuple(one[3] for one in held)))
    return kept


def keyless_cards(store: Store, after: int, most: int = SLICE) -> list[tuple[int, str, Card]]:
    """Return cards of holders without a key, from this row on: row, holder's id, card."""
    rows = store.database.rows(
        "SELECT c.rowid, h.id, c.format, c.facility, c.number FROM credentials c"
        " JOIN holders h ON h.id = c.holder_id"
        " WHERE h.key IS NULL AND c.kind = 'card' AND c.rowid > ? ORDER BY c.rowid LIMIT ?",
        after,
        most,
    )
    return [(row[0], row[1], Card(*row[2:])) for row in rows]


def keyless(store: Store) -> int:
    """How many holders the roster does not know."""
    return int(store.database.rows("SELECT count(*) FROM holders WHERE key IS NULL")[0][0])


def group_names(store: Store) -> frozenset[str]:
    """The groups there are."""
    return frozenset(row[0] for row in store.database.rows("SELECT name FROM groups"))


def without(these: Sequence[T], those: Iterable[T]) -> list[T]:
    """What is in the one and not in the other, in order."""
    other = set(those)
    return [one for one in these if one not in other]


def _cards(
    store: Store, after: str, until: str
) -> dict[str, list[tuple[str, int, int, CardStatus]]]:
    found: dict[str, list[tuple[str, int, int, CardStatus]]] = {}
    for holder_id, *card in store.database.rows(
        "SELECT h.id, c.format, c.facility, c.number, c.status FROM holders h"
        " JOIN credentials c ON c.holder_id = h.id"
        " WHERE h.key > ? AND h.key <= ? AND c.kind = 'card'",
        after,
        until,
    ):
        found.setdefault(holder_id, []).append((card[0], card[1], card[2], card[3]))
    return found


def _groups(store: Store, after: str, until: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for holder_id, group in store.database.rows(
        "SELECT h.id, m.group_name FROM holders h JOIN members m ON m.holder_id = h.id"
        " WHERE h.key > ? AND h.key <= ? ORDER BY m.group_name",
        after,
        until,
    ):
        found.setdefault(holder_id, []).append(group)
    return found

"""A roster's changes into the vault: laid ready piece by piece, then made in one short transaction.

Laid ready is in temporary tables, in memory: they need no lock, and few large statements are many
times faster than many small ones (cipher_memory_security makes each one's memory dear).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from appliance.vault.roster import SLICE, Changes, Line, without
from appliance.vault.store import Store

_CHANGES = "'command', 'enrolled', 'reenrolled', 'erased'"
"""Kinds of journal entries after which holders, cards or groups may be others than before."""

TABLES: Final = {
    "ready_gone": "id TEXT PRIMARY KEY",
    "ready_holders": (
        "id TEXT PRIMARY KEY, name TEXT, begins INTEGER, ends INTEGER, extended INTEGER,"
        " escort TEXT, visitor INTEGER, status TEXT, key TEXT, new INTEGER"
    ),
    "ready_cards": (
        "holder_id TEXT, format TEXT, facility INTEGER, number INTEGER, status TEXT, given INTEGER"
    ),
    "ready_members": "holder_id TEXT, group_name TEXT, given INTEGER",
}

_WORK: Final = (
    # Cards are taken before they are given: one may go from a holder to another.
    "DELETE FROM holders WHERE id IN (SELECT id FROM ready_gone)",
    "DELETE FROM credentials WHERE rowid IN (SELECT c.rowid FROM ready_cards r"
    " JOIN credentials c ON c.kind = 'card' AND c.format = r.format AND c.facility = r.facility"
    " AND c.number = r.number AND c.holder_id = r.holder_id WHERE r.given = 0)",
    "DELETE FROM members WHERE (holder_id, group_name) IN"
    " (SELECT holder_id, group_name FROM ready_members WHERE given = 0)",
    "UPDATE holders SET name = r.name, valid_from_ms = r.begins, valid_until_ms = r.ends,"
    " extended_unlock = r.extended, escort = r.escort, visitor = r.visitor, status = r.status"
    " FROM ready_holders r WHERE r.id = holders.id AND r.new = 0",
    "INSERT INTO holders (id, name, valid_from_ms, valid_until_ms, extended_unlock, escort,"
    " visitor, status, key) SELECT id, name, begins, ends, extended, escort, visitor, status, key"
    " FROM ready_holders WHERE new = 1 ORDER BY id",
    "INSERT INTO credentials (id, holder_id, kind, format, facility, number, status)"
    " SELECT lower(hex(randomblob(8))), holder_id, 'card', format, facility, number, status"
    " FROM ready_cards WHERE given = 1",
    "INSERT INTO members (holder_id, group_name)"
    " SELECT holder_id, group_name FROM ready_members WHERE given = 1",
)


class Stale(Exception):
    """The vault was changed since it was read; read it again."""


def begin(store: Store) -> None:
    """Make room for what is to be laid ready, and forget what an earlier import has left."""
    for name, columns in TABLES.items():
        store.database.run(f"DROP TABLE IF EXISTS temp.{name}")
        store.database.run(f"CREATE TEMP TABLE {name} ({columns}) STRICT")


def end(store: Store) -> None:
    """Forget what was laid ready."""
    for name in TABLES:
        store.database.run(f"DROP TABLE IF EXISTS temp.{name}")


Piece = tuple[str, list[tuple[object, ...]]]


def pieces(changes: Changes) -> Iterator[Piece]:
    """What to lay ready: a table, and rows for it; never more than a card at the door may wait."""
    for table, rows in (
        ("ready_gone", ((holder_id,) for holder_id in changes.removed)),
        ("ready_holders", _holders(changes)),
        ("ready_cards", _cards(changes)),
        ("ready_members", _members(changes)),
    ):
        left = iter(rows)
        while piece := list(islice(left, SLICE)):
            yield table, piece


def lay(store: Store, piece: Piece) -> None:
    """Lay one piece ready."""
    table, rows = piece
    marks = ", ".join("?" for _ in rows[0])
    store.database.run_many(f"INSERT INTO temp.{table} VALUES ({marks})", rows)  # noqa: S608


def apply(store: Store, read_at: int) -> None:
    """Let all that was laid ready count. read_at: the journal's last entry when it was planned.

    Raises Stale, VaultFault; then nothing is changed.
    """
    with store.transaction():
        sql = f"SELECT 1 FROM journal WHERE seq > ? AND kind IN ({_CHANGES}) LIMIT 1"  # noqa: S608
        if store.database.rows(sql, read_at):
            raise Stale
        for statement in _WORK:
            store.database.run(statement)


def _holders(changes: Changes) -> Iterator[tuple[object, ...]]:
    for holder_id, line in changes.added:
        yield (holder_id, *_values(line), 1)
    for holder_id, _, line in changes.changed:
        yield (holder_id, *_values(line), 0)


def _cards(changes: Changes) -> Iterator[tuple[object, ...]]:
    for holder_id, before, after in changes.changed:
        for card in without(before.cards, after.cards):
            yield (holder_id, *card, "", 0)
    for holder_id, card, status in changes.given:
        yield (holder_id, *card, status, 1)


def _members(changes: Changes) -> Iterator[tuple[object, ...]]:
    for holder_id, line in changes.added:
        yield from _rows(holder_id, line.groups, 1)
    for holder_id, before, after in changes.changed:
        yield from _rows(holder_id, without(before.groups, after.groups), 0)
        yield from _rows(holder_id, without(after.groups, before.groups), 1)


def _rows(holder_id: str, groups: Sequence[str], given: int) -> Iterable[tuple[object, ...]]:
    return ((holder_id, group, given) for group in groups)


def _values(line: Line) -> tuple[object, ...]:
    return (
        *(line.name, line.valid_from_ms, line.valid_until_ms, int(line.extended), line.escort),
        *(int(line.visitor), line.status, line.key),
    )

"""Who has been kept in the vault for long enough, by days that are over and by doors not passed."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from appliance.vault.store import Store

ENTRIES: Final = 2_000
"""Of the journal, read at a time: a card at the door waits for no more."""

DAY_MS: Final = 86_400_000


class Limits(NamedTuple):
    """After so many days; 0: never."""

    visitors_days: int
    expired_days: int
    unused_face_days: int


class Due(NamedTuple):
    """Somebody, or their face alone, and from when on (UTC ms) nothing keeps it."""

    holder_id: str
    name: str
    why: str
    at_ms: int

    def __repr__(self) -> str:
        return f"Due(holder_id={self.holder_id!r}, ...)"


class _Body(msgspec.Struct):
    holder: str = ""
    holders: tuple[str, ...] = ()


def read_passes(store: Store) -> int:
    """Note from the journal when holders were let in last, a piece of it; returns how much: 0, all.

    What is noted never goes back: a clock that was wrong does not make a face look unused.
    """
    with store.transaction():
        mark = int(store.database.rows("SELECT value FROM meta WHERE name = 'passes_read'")[0][0])
        rows = store.database.rows(
            "SELECT seq, at_ms, kind, body FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",
            mark,
            ENTRIES,
        )
        if not rows:
            return 0
        passes: dict[str, int] = {}
        for _, at_ms, kind, body in rows:
            if kind == "granted":
                told = msgspec.json.decode(body, type=_Body)
                for holder in (told.holder, *told.holders):
                    passes[holder] = max(at_ms, passes.get(holder, 0))
        store.database.run_many(
            "UPDATE holders SET passed_ms = max(ifnull(passed_ms, 0), ?) WHERE id = ?",
            ((at_ms, holder_id) for holder_id, at_ms in passes.items()),
        )
        store.database.run("UPDATE meta SET value = ? WHERE name = 'passes_read'", rows[-1][0])
    return len(rows)


def due(store: Store, limits: Limits, now_ms: int, most: int) -> list[Due]:
    """Return who is due by now, the longest first, at most so many."""
    found = _all(store, limits, now_ms, most)
    return sorted(found, key=lambda one: (one.at_ms, one.holder_id))[:most]


_ENDED: Final = (
    "SELECT id, name, valid_until_ms + ?1 FROM holders WHERE visitor = ?2"
    " AND valid_until_ms + ?1 <= ?3 ORDER BY valid_until_ms LIMIT ?4"
)
_UNUSED: Final = (
    "SELECT h.id, h.name, max(max(t.enrolled_at_ms), ifnull(h.passed_ms, 0)) + ?1 AS at"
    " FROM templates t JOIN holders h ON h.id = t.holder_id GROUP BY h.id"
    " HAVING at <= ?2 ORDER BY at LIMIT ?3"
)


def _all(store: Store, limits: Limits, now_ms: int, most: int) -> Iterator[Due]:
    rows = store.database.rows
    for why, days, visitor in (
        ("visitor", limits.visitors_days, 1),
        ("expired", limits.expired_days, 0),
    ):
        if days:
            for row in rows(_ENDED, days * DAY_MS, visitor, now_ms, most):
                yield Due(row[0], row[1], why, row[2])
    if limits.unused_face_days:
        for row in rows(_UNUSED, limits.unused_face_days * DAY_MS, now_ms, most):
            yield Due(row[0], row[1], "unused_face", row[2])

"""The vault's table of where holders went last: it survives restarts, and goes with the holder."""

import msgspec

from appliance.vault.store import Store

OUTSIDE = ""
"""Where whoever left the last area is."""

_FORGOTTEN = "DELETE FROM whereabouts WHERE (?1 = '' OR area IN (?1, '')) AND since_ms < ?2"
_LATEST = 2**62


class Whereabouts(msgspec.Struct, frozen=True):
    """Where a holder went last; area "" is outside all of them.

    since_ms: UTC, for people. boot, passed_ms: by which start's monotonic clock, for rules.
    """

    area: str
    since_ms: int
    boot: str
    passed_ms: int


class Inside(msgspec.Struct, frozen=True):
    """One line of who is in which area. since_ms: UTC."""

    holder_id: str
    name: str
    area: str
    since_ms: int

    def __repr__(self) -> str:
        return f"Inside(holder_id={self.holder_id!r}, ...)"


def whereabouts(store: Store, holder_id: str) -> Whereabouts | None:
    """Where this holder is; None where nobody knows."""
    rows = store.database.rows(
        "SELECT area, since_ms, boot, passed_ms FROM whereabouts WHERE holder_id = ?", holder_id
    )
    return Whereabouts(*rows[0]) if rows else None


def move(store: Store, holder_id: str, to: Whereabouts) -> None:
    """They are there now. A holder who was erased meanwhile is nowhere: no error."""
    with store.transaction():
        store.database.run(
            "INSERT OR REPLACE INTO whereabouts SELECT id, ?, ?, ?, ? FROM holders WHERE id = ?",
            to.area,
            to.since_ms,
            to.boot,
            to.passed_ms,
            holder_id,
        )


def count(store: Store, area: str) -> int:
    """How many are in an area."""
    rows = store.database.rows("SELECT count(*) FROM whereabouts WHERE area = ?", area)
    return int(rows[0][0])


def is_in(store: Store, holder_id: str, area: str) -> bool:
    """Whether this holder is there."""
    seen = whereabouts(store, holder_id)
    return seen is not None and seen.area == area


def inside(store: Store) -> list[Inside]:
    """Who is in which area, those outside all of them left out; by name."""
    rows = store.database.rows(
        "SELECT h.id, h.name, w.area, w.since_ms FROM whereabouts w"
        " JOIN holders h ON h.id = w.holder_id WHERE w.area != '' ORDER BY h.name, h.id"
    )
    return [Inside(*row) for row in rows]


def forget(store: Store, area: str, before_ms: int = _LATEST) -> int:
    """Forget who went into this area or outside before a moment (UTC); returns how many.

    area: "" for everybody. Who went outside is forgotten with it: they may be inside, unseen.
    """
    with store.transaction():
        return store.database.run(_FORGOTTEN, area, before_ms)


def due(store: Store, area: str, before_ms: int) -> bool:
    """Whether there is anybody for `forget` to forget."""
    sql = "SELECT EXISTS (SELECT 1 FROM whereabouts WHERE area IN (?, '') AND since_ms < ?)"
    return bool(store.database.rows(sql, area, before_ms)[0][0])


def forget_holder(store: Store, holder_id: str) -> int:
    """Forget where one holder is; returns 1, or 0 when nobody knew. Raises VaultFault."""
    with store.transaction():
        store.holder(holder_id)
        return store.database.run("DELETE FROM whereabouts WHERE holder_id = ?", holder_id)

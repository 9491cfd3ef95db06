"""The journal's rows; what makes them a chain is in journal.py."""

from collections.abc import Iterator

import msgspec

from appliance.vault import meta
from appliance.vault.store import Store


class Entry(msgspec.Struct, frozen=True):
    """One line of the journal. `body`: canonical JSON; `hash`: SHA-256 over the chain so far."""

    seq: int
    at_ms: int
    boot: str
    kind: str
    portal: str
    attempt: int
    body: bytes
    hash: bytes


def head(store: Store) -> tuple[int, bytes]:
    """How many entries the journal says it holds, and the hash of the last."""
    return int(meta.value(store, "journal_entries")), bytes(meta.value(store, "journal_head"))


def add(store: Store, entry: Entry) -> None:
    """Store an entry that follows the head, and move the head to it."""
    with store.transaction():
        store.database.run(
            "INSERT INTO journal (seq, at_ms, boot, kind, portal, attempt, body, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(getattr(entry, field) for field in entry.__struct_fields__),
        )
        meta.put(store, "journal_entries", entry.seq)
        meta.put(store, "journal_head", entry.hash)


def read(store: Store, since: int = 0, limit: int = -1) -> Iterator[Entry]:
    """Entries after `since` in order, at most `limit` of them (-1: all)."""
    rows = store.database.stream(
        "SELECT seq, at_ms, boot, kind, portal, attempt, body, hash FROM journal"
        " WHERE seq > ? ORDER BY seq LIMIT ?",
        since,
        limit,
    )
    return (Entry(*row) for row in rows)

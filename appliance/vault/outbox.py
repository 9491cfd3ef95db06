"""The vault's table of alerts that no broker has confirmed yet."""

from collections.abc import Callable

import msgspec

from appliance.vault import meta
from appliance.vault.store import Store

Alert = Callable[[int], tuple[str, bytes]]
"""Given its sequence, an alert's topic and finished body."""


class Queued(msgspec.Struct, frozen=True):
    """An alert that waits for the broker; `sequence` rises strictly and is never used twice."""

    sequence: int
    topic: str
    body: bytes


class Waiting:
    """The alerts that wait, oldest first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def queue(self, alert: Alert) -> int:
        """Queue an alert under the next sequence, which its body may contain; returns it."""
        with self._store.transaction():
            sequence = int(meta.value(self._store, "outbox_sequence")) + 1
            topic, body = alert(sequence)
            meta.put(self._store, "outbox_sequence", sequence)
            self._store.database.run("INSERT INTO outbox VALUES (?, ?, ?)", sequence, topic, body)
        return sequence

    def oldest(self) -> Queued | None:
        """The alert that has waited longest."""
        rows = self._store.database.rows(
            "SELECT sequence, topic, body FROM outbox ORDER BY sequence LIMIT 1"
        )
        return Queued(*rows[0]) if rows else None

    def remove(self, sequence: int) -> None:
        """Drop an alert that the broker has confirmed; an unknown one is no error."""
        with self._store.transaction():
            self._store.database.run("DELETE FROM outbox WHERE sequence = ?", sequence)

    def count(self) -> int:
        """How many alerts wait."""
        return int(self._store.database.rows("SELECT count(*) FROM outbox")[0][0])

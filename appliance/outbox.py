"""Which alert to send next: one in flight, in order, again after a lost link, then gone."""

from typing import Protocol

from appliance.vault.outbox import Queued


class Queue(Protocol):
    """Where the alerts wait; vault.outbox.Waiting is one."""

    def oldest(self) -> Queued | None:
        """The alert that has waited longest."""

    def remove(self, sequence: int) -> None:
        """Drop a confirmed alert for good."""


class Outbox:
    """No I/O of its own: tell it what happened, then send what `next()` gives.

    ready() - next() -> alert - acked(sequence) - next() -> alert - ... - lost() - ready() - ...
    Delivery is at least once: an alert sent just before the link broke is sent again, under the
    same sequence, which is how a receiver knows it.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._ready = False
        self._sent = 0  # the alert without its confirmation yet; 0: none
        self._in_flight = False
        self.strays = 0
        """Confirmations of what was not sent, or was confirmed before: ignored, only counted."""

    @property
    def in_flight(self) -> int | None:
        """The sequence of the alert on its way; None while nothing is."""
        return self._sent if self._in_flight else None

    def ready(self) -> None:
        """Link up and broker connected. Saying it again changes nothing."""
        self._ready = True

    def lost(self) -> None:
        """Link or broker gone: what was in flight may or may not have arrived."""
        self._ready = False
        self._in_flight = False

    def next(self) -> Queued | None:
        """What to send now; None while not ready, one is in flight, or none waits."""
        if not self._ready or self._in_flight:
            return None
        alert = self._queue.oldest()
        if alert is not None:
            self._sent, self._in_flight = alert.sequence, True
        return alert

    def acked(self, sequence: int) -> bool:
        """The broker confirmed `sequence`: drop it, if it is the one sent and not yet confirmed.

        A confirmation that comes in just after lost() still counts, and spares a second sending.
        """
        if sequence == 0 or sequence != self._sent:
            self.strays += 1
            return False
        self._queue.remove(sequence)
        self._sent, self._in_flight = 0, False
        return True

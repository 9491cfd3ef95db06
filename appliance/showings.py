"""What the journal says of cards that are shown over and over: each burst of them once."""

from collections.abc import Mapping
from typing import Final

from appliance.clerk import Clerk
from appliance.vault.journal import Value
from appliance.wallclock import Milliseconds
from board.link import alerts

BURST_MS: Final = 60_000
"""Cards that come sooner than this after the first belong to its burst."""

MOST: Final = 100
"""Lost cards remembered at a time; of more the first is told again."""


class Showings:
    """Of one portal. A card held before the reader is read anew several times a second.

    now_ms: monotonic.
    """

    def __init__(self, portal: str, clerk: Clerk, now_ms: Milliseconds) -> None:
        self._portal = portal
        self._clerk = clerk
        self._now_ms = now_ms
        self._told_ms: dict[str, int] = {}
        self._untold = 0
        self._quiet_until_ms = 0

    def superseded(self, number: int) -> None:
        """An attempt was given up for another card: the first is told, the rest in one sum."""
        if self._now_ms() < self._quiet_until_ms:
            self._untold += 1
            return
        self.settle()
        self._quiet_until_ms = self._now_ms() + BURST_MS
        self._note("superseded", {}, number)

    def settle(self) -> None:
        """Tell how many were given up since, if any: one was decided, or a burst is over."""
        if self._untold:
            self._note("superseded", {"count": self._untold})
        self._untold = 0

    def lost(self, number: int, holder: str, credential: str) -> None:
        """A card that was reported lost: told to the building, too, once in a burst."""
        now_ms = self._now_ms()
        recent = {card: at for card, at in self._told_ms.items() if now_ms - at < BURST_MS}
        if credential in recent:
            return
        self._told_ms = dict(list(recent.items())[1 - MOST :]) | {credential: now_ms}
        shown = alerts.raised("lost_card", self._portal)
        self._note("lost_card", {"holder": holder, "credential": credential}, number, shown)

    def _note(
        self,
        kind: str,
        body: Mapping[str, Value],
        number: int = 0,
        alert: alerts.Event | None = None,
    ) -> None:
        self._clerk.note(kind, self._portal, body, attempt=number, alert=alert)

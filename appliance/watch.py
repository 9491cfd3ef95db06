"""What the terminal leans on, housing, camera, co-processor: its loss told once, and its return."""

import asyncio
from collections.abc import Callable
from typing import Final

from appliance.clerk import Clerk
from appliance.config import TERMINAL
from board.link import alerts

GRACE_S: Final = 20.0
"""A co-processor that was never there since the start is missed only after its models can be up."""

PATIENT: Final = 3
"""Reports in a row without pictures before a camera counts as lost; it may only be opening."""


class Watch:
    """Turns conditions into raised and cleared alerts, each told once."""

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._lasting: set[alerts.Kind] = set()
        self._blind = 0

    async def run(self, linked: Callable[[], bool]) -> None:
        """Miss a co-processor that never came."""
        await asyncio.sleep(GRACE_S)
        self.link(linked())
        await asyncio.Event().wait()

    def tamper(self, asserted: bool) -> None:
        """The housing's contact."""
        self._condition("tamper", asserted)

    def link(self, linked: bool) -> None:
        """The co-processor is there, or not."""
        self._blind = 0
        self._condition("link_lost", not linked)

    def camera(self, working: bool) -> None:
        """One report of the co-processor about its camera."""
        self._blind = 0 if working else self._blind + 1
        if working or self._blind >= PATIENT:
            self._condition("camera_lost", not working)

    def _condition(self, kind: alerts.Kind, holds: bool) -> None:
        if holds == (kind in self._lasting):
            return
        if holds:
            self._lasting.add(kind)
            self._clerk.note(kind, TERMINAL, {}, alert=alerts.raised(kind, TERMINAL))
        else:
            self._lasting.discard(kind)
            self._clerk.note(f"{kind}_over", TERMINAL, {}, alert=alerts.cleared(kind, TERMINAL))

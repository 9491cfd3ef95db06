"""Feeds the watchdog, but only while every task of the door has shown that it lives."""

import asyncio
from collections.abc import Callable
from typing import Final

from board.signals import WDT

EVERY_S: Final = 1.0


class Heartbeat:
    """Tasks beat; when all have beaten since the last feed, the watchdog is fed."""

    def __init__(self, wdt: WDT) -> None:
        self._wdt = wdt
        self._missing: set[str] = set()
        self._names: set[str] = set()

    def task(self, name: str) -> Callable[[], None]:
        """Return what the task of this name must call at least once a second."""
        self._names.add(name)
        return lambda: self._missing.discard(name)

    async def run(self) -> None:
        """Feed for ever, or let the watchdog reset a terminal that only seems alive."""
        self._missing = set()
        while True:
            if not self._missing:
                self._wdt.feed()
                self._missing = set(self._names)
            await asyncio.sleep(EVERY_S)

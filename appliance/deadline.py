"""When the time of an attempt is up: one wish after the other, each with a time of its own."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple


class TimeUp(NamedTuple):
    """The attempt with this number has waited long enough for its so many-th wish."""

    attempt: int
    wish: int = 1


class Deadline:
    """One timer; a new wish ends the one before."""

    def __init__(self, say: Callable[[TimeUp], None]) -> None:
        self._say = say
        self._timer: asyncio.TimerHandle | None = None
        self._running = TimeUp(0, 0)

    def begin(self, attempt: int, wait_ms: int) -> None:
        """The first wish of an attempt."""
        self._running = TimeUp(attempt, 0)
        self.prolong(wait_ms)

    def prolong(self, wait_ms: int) -> None:
        """The attempt wishes for the next thing, and has so long for it."""
        if self._timer:
            self._timer.cancel()
        self._running = TimeUp(self._running.attempt, self._running.wish + 1)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(wait_ms / 1000, self._say, self._running)

    def is_over(self, time_up: TimeUp) -> bool:
        """Whether this is the running wish's; what was queued for an earlier one comes too late."""
        return time_up == self._running

"""The sides that somebody is asked to turn to: drawn at random, and more after a failure."""

import secrets

from appliance import stepup

MOST_TURNS = 4
REMEMBERED_MS = 600_000
"""Whoever tries a recording again and again soon finds the order it holds asked for: each failure
within so long makes the order longer, and the chance half of what it was."""


class Sides:
    """Of one portal."""

    def __init__(self) -> None:
        self._failed_ms: list[int] = []

    def failed(self, now_ms: int) -> None:
        """A step-up was not done as asked."""
        self._failed_ms = [*self._failed_ms, now_ms][-MOST_TURNS:]

    def drawn(self, now_ms: int) -> tuple[str, ...]:
        """Return stepup.LEFT and stepup.RIGHT in an order that nobody could know before."""
        recent = sum(0 <= now_ms - at_ms < REMEMBERED_MS for at_ms in self._failed_ms)
        turns = min(stepup.TURNS + recent, MOST_TURNS)
        return tuple(secrets.choice((stepup.LEFT, stepup.RIGHT)) for _ in range(turns))

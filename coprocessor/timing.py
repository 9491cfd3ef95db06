"""Do the frames' time stamps run as a sensor's do?"""

from collections import deque
from itertools import pairwise
from typing import Final

RECENT: Final = 30
"""Frames that a verdict rests on."""
LEAST: Final = 10
"""And at least so many: a single odd stamp is a driver's slip."""
BACKWARDS: Final = 3
"""Steps back in time among them: the clock they are taken from is one that nobody can set."""
SHARE: Final = 0.5
"""Of the steps: so many without any time between, or stamps still to come, are no slip."""
AHEAD_MS: Final = 250
"""A stamp so far ahead of the clock it is taken from was not taken from it."""
FAST: Final = 0.6
"""New pictures in less than this share of the camera's own period: it cannot make them."""


class TimingWatch:
    """Remembers the last frames' stamps.

    What it leaves alone, for honest streams do it: gaps, periods that change (the terminal itself
    reads slower while nobody is there) and periods that are exact (a kernel's stamps are).
    """

    def __init__(self, period_ms: float = 0.0) -> None:
        """period_ms: the camera's own, from one new picture to the next; 0: not known."""
        self._period_ms = period_ms
        self._stamps: deque[int] = deque(maxlen=RECENT)
        self._ahead: deque[bool] = deque(maxlen=RECENT)
        self._new: deque[int] = deque(maxlen=RECENT)

    def note(self, captured_ms: int, now_ms: int, *, new: bool) -> None:
        """One more frame, in the order it came. new: it is no repetition of an earlier one."""
        self._stamps.append(captured_ms)
        self._ahead.append(captured_ms > now_ms + AHEAD_MS)
        if new:
            self._new.append(captured_ms)

    def impossible(self) -> bool:
        """Do they run as no sensor's can?"""
        steps = [after - before for before, after in pairwise(self._stamps)]
        if len(steps) < LEAST:
            return False
        return (
            sum(step < 0 for step in steps) >= BACKWARDS
            or sum(step == 0 for step in steps) >= SHARE * len(steps)
            or sum(self._ahead) >= SHARE * len(self._ahead)
            or self._too_fast()
        )

    def _too_fast(self) -> bool:
        steps = sorted(after - before for before, after in pairwise(self._new))
        if len(steps) < LEAST or not self._period_ms:
            return False
        return steps[len(steps) // 2] < FAST * self._period_ms

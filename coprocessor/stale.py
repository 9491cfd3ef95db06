"""Are these frames a sensor's? One that was seen before, bit for bit, is not: it was fed in."""

from collections import deque
from typing import Final

from board.link.messages import Sign
from coprocessor.frame import Frame

MEMORY_MS: Final = 10_000
"""How long a frame is remembered: a recording that loops within it is found out."""
JUDGED_MS: Final = 1_000
"""The verdict is about the frames of the last second."""
LEAST_MS: Final = 750
"""And needs this much of it."""
SHARE: Final = 0.75
"""A grabber faster than its camera repeats up to half of the frames; nothing honest does more."""


class StaleWatch:
    """Remembers what frames looked like, as hashes of every seventh pixel."""

    def __init__(self) -> None:
        self._known: deque[tuple[int, int]] = deque()
        self._judged: deque[tuple[int, bool]] = deque()

    def note(self, frame: Frame) -> None:
        """One more frame, in the order of capture."""
        now_ms, seen = frame.captured_ms, hash(frame.rgb[::7, ::7].tobytes())
        while self._known and self._known[0][0] < now_ms - MEMORY_MS:
            self._known.popleft()
        while self._judged and self._judged[0][0] < now_ms - JUDGED_MS:
            self._judged.popleft()
        stale = any(seen == earlier for _, earlier in self._known)
        self._known.append((now_ms, seen))
        self._judged.append((now_ms, stale))

    def sign(self) -> Sign:
        """By which sign the last second's frames come from anything but a sensor; "" by none."""
        return "frozen" if self._frozen() else ""

    def _frozen(self) -> bool:
        span_ms = self._judged[-1][0] - self._judged[0][0] if self._judged else 0
        stale = sum(stale for _, stale in self._judged)
        return span_ms >= LEAST_MS and stale >= SHARE * len(self._judged)

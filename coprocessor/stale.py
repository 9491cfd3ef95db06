"""Was this frame seen before, bit for bit? A sensor's noise is never twice the same."""

from collections import deque
from typing import Final

from coprocessor.frame import Frame

MEMORY_MS: Final = 10_000
"""How long a frame is remembered: a recording that loops within it is found out."""
JUDGED_MS: Final = 1_000
"""The verdict is about the frames of the last second."""
LEAST_MS: Final = 750
"""And needs this much of it."""
MOST: Final = 1_024
"""Frames kept, however fast they come or little their time stamps advance."""
SHARE: Final = 0.75
"""A grabber faster than its camera repeats up to half of the frames; nothing honest does more."""


class StaleWatch:
    """Remembers what frames looked like, as hashes of every seventh pixel."""

    def __init__(self) -> None:
        self._known: deque[tuple[int, int]] = deque(maxlen=MOST)
        self._judged: deque[tuple[int, bool]] = deque(maxlen=MOST)

    def note(self, frame: Frame) -> bool:
        """One more frame, in the order of capture: was it seen before?"""
        now_ms, seen = frame.captured_ms, hash(frame.rgb[::7, ::7].tobytes())
        while self._known and not 0 <= now_ms - self._known[0][0] <= MEMORY_MS:
            self._known.popleft()
        while self._judged and not 0 <= now_ms - self._judged[0][0] <= JUDGED_MS:
            self._judged.popleft()
        stale = any(seen == earlier for _, earlier in self._known)
        self._known.append((now_ms, seen))
        self._judged.append((now_ms, stale))
        return stale

    def frozen(self) -> bool:
        """Were most of the last second's frames seen before?"""
        span_ms = self._judged[-1][0] - self._judged[0][0] if self._judged else 0
        stale = sum(stale for _, stale in self._judged)
        return span_ms >= LEAST_MS and stale >= SHARE * len(self._judged)

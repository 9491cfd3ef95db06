"""How long whole readings took during the last minute."""

from collections import deque
from typing import Final

WINDOW_MS: Final = 60_000


class Pace:
    """Times of whole readings: a frame without a face is cheap, and would flatter."""

    def __init__(self) -> None:
        self._times: deque[tuple[int, int]] = deque(maxlen=8_192)

    def add(self, now_ms: int, took_us: int) -> None:
        """A reading ended at `now_ms` and took this long."""
        self._times.append((now_ms, took_us))

    def summary(self, now_ms: int) -> tuple[int, int, int]:
        """Return how many, their p50 and their p99 (nearest rank) in microseconds; 0 of none."""
        while self._times and now_ms - self._times[0][0] > WINDOW_MS:
            self._times.popleft()
        ordered = sorted(took_us for _, took_us in self._times)
        return len(ordered), nearest_rank(ordered, 50), nearest_rank(ordered, 99)


def nearest_rank(ordered: list[int], percent: int) -> int:
    """Return the smallest value that `percent` of the values do not exceed; 0 of none."""
    if not ordered:
        return 0
    return ordered[-(-len(ordered) * percent // 100) - 1]

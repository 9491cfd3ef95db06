"""One quantity as counts: those of the first days, kept, and those of the latest, to compare."""

from bisect import bisect_right
from typing import Annotated, Final

import msgspec

from coprocessor.drift.figure import psi_e3

BASELINE: Final = 300
BASELINE_MINUTES: Final = 14 * 24 * 60
HALF: Final = 150
HALF_MINUTES: Final = 5 * 24 * 60
"""A baseline, and each half of the window, hold so many samples and so many minutes at least: in a
part of a day every evening would differ from every morning, and in a few days weather is news."""
MOST_BINS: Final = 64
MOST: Final = 1 << 40

Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Counts = Annotated[tuple[Count, ...], msgspec.Meta(max_length=MOST_BINS)]


class Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of a gauge.

    baseline, before, now: samples in each bin: of the first days; of the window's finished half;
    of the half that fills. frozen: the baseline is complete. began: minute in which the part that
    fills now began.
    """

    baseline: Counts
    before: Counts
    now: Counts
    frozen: bool
    began: Count


class Gauge:
    """Counts samples into bins between fixed edges: bounded memory, and no sample is kept."""

    def __init__(self, edges: tuple[int, ...], minute: int = 0) -> None:
        """edges: rising; below the first and from the last on is a bin each."""
        self._edges = edges
        self._nothing = (0,) * (len(edges) + 1)
        self.counted = Counted(self._nothing, self._nothing, self._nothing, False, minute)

    def take_up(self, counted: Counted, minute: int) -> None:
        """Go on with what was kept. Raises ValueError: of other bins, or of a time to come."""
        lengths = {len(part) for part in (counted.baseline, counted.before, counted.now)}
        if lengths != {len(self._nothing)}:
            raise ValueError("counts of other bins")
        if counted.began > minute:
            raise ValueError("counts of a time to come")
        self.counted = counted

    def add(self, value: float, minute: int) -> None:
        """One more sample. minute: of running time, never less than before."""
        place = bisect_right(self._edges, value)
        if self.counted.frozen:
            self._add_now(place, minute)
        else:
            self._add_baseline(place, minute)

    def psi_e3(self) -> int:
        """How far the window is from the baseline; 0 while one of the two is not complete."""
        counted = self.counted
        if not any(counted.before):
            return 0
        window = [old + new for old, new in zip(counted.before, counted.now, strict=True)]
        return psi_e3(counted.baseline, window)

    def _add_baseline(self, place: int, minute: int) -> None:
        baseline = one_more(self.counted.baseline, place)
        lasted = minute - self.counted.began
        if sum(baseline) < BASELINE or lasted < BASELINE_MINUTES:
            self._become(baseline=baseline)
        else:
            self._become(baseline=baseline, frozen=True, began=minute)

    def _add_now(self, place: int, minute: int) -> None:
        now = one_more(self.counted.now, place)
        if sum(now) < HALF or minute - self.counted.began < HALF_MINUTES:
            self._become(now=now)
        else:
            self._become(before=now, now=self._nothing, began=minute)

    def _become(self, **changed: object) -> None:
        self.counted = msgspec.structs.replace(self.counted, **changed)


def one_more(counts: tuple[int, ...], place: int) -> tuple[int, ...]:
    """The counts with one sample more in that bin."""
    return (*counts[:place], min(counts[place] + 1, MOST), *counts[place + 1 :])

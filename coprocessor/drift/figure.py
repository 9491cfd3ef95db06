"""How far one histogram is from another: a population stability index, in thousandths.

PSI = sum over groups of (q - p) * ln(q / p), with p and q a group's shares of baseline and of now.
Of two samples of one and the same distribution it is not 0 but about (groups - 1) * (1/n + 1/m), n
and m their sizes; that is taken off, so that 0 stands for "the same" however few there were.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import log
from typing import Final

GROUPS: Final = 8
"""Of about equal baseline. Fewer see less, more are noisier: the noise grows with their root."""
EMPTY: Final = 0.5
"""Added to each group's count: where the baseline had nobody, somebody is news, not infinity."""


def cuts(baseline: Sequence[int]) -> list[int]:
    """Where adjacent bins are joined to groups: bins [a, b) between neighbours a, b of the list.

    All below and all above whatever the baseline had is a group each: a shift beyond it shows even
    if the baseline was all in one bin.
    """
    occupied = [place for place, count in enumerate(baseline) if count]
    if not occupied:
        return [0, len(baseline)]
    enough = -(-sum(baseline) // GROUPS)
    first, last = occupied[0], occupied[-1] + 1
    inner, held = [], 0
    for place in range(first, last):
        held += baseline[place]
        if held >= enough:
            inner.append(place + 1)
            held = 0
    if inner[-1:] and inner[-1] != last and 2 * held < enough:
        inner.pop()  # a rest too small to stand alone joins the last group
    return sorted({0, first, *inner, last, len(baseline)})


def psi_e3(baseline: Sequence[int], current: Sequence[int]) -> int:
    """Of two histograms over the same bins; 0 where either is empty."""
    n, m = sum(baseline), sum(current)
    if not n or not m:
        return 0
    places = cuts(baseline)
    before, now = _shares(baseline, places), _shares(current, places)
    psi = sum((q - p) * log(q / p) for p, q in zip(before, now, strict=True))
    by_chance = (len(before) - 1) * (1 / n + 1 / m)
    return max(0, round(1_000 * (psi - by_chance)))


def _shares(counts: Sequence[int], places: Sequence[int]) -> list[float]:
    sums = (0, *accumulate(counts))
    groups = [sums[end] - sums[start] + EMPTY for start, end in pairwise(places)]
    return [group / sum(groups) for group in groups]

"""Scores to error rates in the words of ISO/IEC 19795-1 and 30107-3, each with its 95 % bounds.

Numbers in, numbers out: no pictures, no files. A similarity matches from the threshold on; an
attack score passes as bona fide up to the threshold. A face that was not acquired has similarity
-inf: it never matches. Counts beside each rate, because a rate of few trials says little.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, sqrt
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

Z: Final = NormalDist().inv_cdf(0.975)
"""Two-sided 95 %."""
NEVER: Final = float("-inf")
"""The similarity of a comparison that could not be made."""


@dataclass(frozen=True)
class Rate:
    """Events among trials, and Wilson's 95 % interval; value is None of no trials.

    The interval takes trials for independent. Comparisons that share a person are not quite.
    """

    events: int
    trials: int
    value: float | None
    low: float
    high: float

    def __str__(self) -> str:
        """`1.23 % [0.98, 1.55] (12/976)`, or `- (0/0)`."""
        if self.value is None:
            return f"- ({self.events}/{self.trials})"
        low, value, high = (percent(part) for part in (self.low, self.value, self.high))
        return f"{value} % [{low}, {high}] ({self.events}/{self.trials})"


def percent(part: float) -> str:
    """Two decimals, or two digits of less than a thousandth."""
    return f"{100 * part:.2f}" if part >= 0.001 or part == 0 else f"{100 * part:.2g}"


def rate(events: int, trials: int) -> Rate:
    """Raises ValueError unless 0 <= events <= trials."""
    low, high = wilson(events, trials)
    return Rate(events, trials, events / trials if trials else None, low, high)


def share(events: NDArray[np.bool_]) -> Rate:
    """The rate of True."""
    return rate(int(events.sum()), events.size)


def wilson(events: int, trials: int, z: float = Z) -> tuple[float, float]:
    """Wilson's score interval (1927); (0, 1) of no trials.

    Chosen over Clopper-Pearson: closed form, and its mean coverage is nearer to the stated 95 %.
    """
    if not 0 <= events <= trials:
        raise ValueError(f"{events} events in {trials} trials")
    if not trials:
        return 0.0, 1.0
    value, weight = events / trials, z * z / trials
    middle = (value + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(value * (1 - value) / trials + weight / (4 * trials))
    # At the ends the formula is exact but for rounding, which must not exclude the value.
    return min(max(0.0, middle - half), value), max(min(1.0, middle + half), value)


def fmr(impostor: Scores, threshold: float) -> Rate:
    """False match rate: comparisons of two people that match."""
    return share(impostor >= threshold)


def fnmr(genuine: Scores, threshold: float) -> Rate:
    """False non-match rate: comparisons of one person that do not match."""
    return share(~(genuine >= threshold))


def threshold_at(impostor: Scores, target: float) -> float:
    """The lowest threshold whose FMR is at most `target`: just above one of the scores.

    Raises ValueError without scores, or for a target outside 0 < target < 1.
    """
    if not impostor.size or not 0 < target < 1:
        raise ValueError(f"no threshold for a rate of {target} of {impostor.size} scores")
    allowed = floor(target * impostor.size * (1 + 1e-12))
    place = impostor.size - 1 - allowed
    return float(np.nextafter(np.partition(impostor, place)[place], np.inf))


@dataclass(frozen=True, eq=False)
class Det:
    """A detection error trade-off: two error rates at each threshold, threshold ascending."""

    thresholds: Scores
    false_match: Scores
    false_non_match: Scores


def det(genuine: Scores, impostor: Scores) -> Det:
    """The curve through every score, and beyond the highest. Raises ValueError of an empty side."""
    if not genuine.size or not impostor.size:
        raise ValueError("a trade-off needs both kinds of scores")
    mated, strange = np.sort(genuine), np.sort(impostor)
    # Tens of millions of impostors have few different scores: sorted once, told apart after.
    thresholds = np.append(np.union1d(_different(mated), _different(strange)), np.inf)
    missed = np.searchsorted(mated, thresholds) / genuine.size
    matched = 1 - np.searchsorted(strange, thresholds) / impostor.size
    return Det(thresholds, matched, missed)


def _different(ascending: Scores) -> Scores:
    found: Scores = ascending[np.append(True, ascending[1:] != ascending[:-1])]
    return found


def eer(curve: Det) -> float:
    """Equal error rate, where the two rates come nearest. Secondary: no door works there."""
    best = int(np.abs(curve.false_match - curve.false_non_match).argmin())
    return float(curve.false_match[best] + curve.false_non_match[best]) / 2


def accuracy(scores: Scores, same: NDArray[np.bool_], threshold: float) -> Rate:
    """Share of pairs decided rightly. A pair that was not acquired is an error, same or not."""
    right = (scores >= threshold) == same
    return share(right & (scores > NEVER))


def best_threshold(scores: Scores, same: NDArray[np.bool_]) -> float:
    """The threshold of highest accuracy, halfway between scores; of several, the middle one."""
    different = np.unique(scores[scores > NEVER])
    between = (different[1:] + different[:-1]) / 2
    candidates = np.concatenate([different[:1], between, [np.inf]])
    missed = np.searchsorted(np.sort(scores[same]), candidates)
    matched = (~same).sum() - np.searchsorted(np.sort(scores[~same]), candidates)
    wrong = missed + matched
    best = candidates[wrong == wrong.min()]
    return float(best[len(best) // 2])


def mean_and_standard_error(values: Scores) -> tuple[float, float]:
    """Mean over folds, and its standard error (ddof 1). Raises ValueError of fewer than two."""
    if values.size < 2:
        raise ValueError("a standard error needs two values")
    return float(values.mean()), float(values.std(ddof=1) / sqrt(values.size))


def fpir(strangers: Scores, threshold: float) -> Rate:
    """False positive identification rate; a stranger's score is their best in the gallery."""
    return share(strangers >= threshold)


def fnir(best: Scores, right: NDArray[np.bool_], threshold: float) -> Rate:
    """False negative identification rate: not first, or first but below the threshold."""
    return share(~(right & (best >= threshold)))


def apcer(attacks: Scores, threshold: float) -> Rate:
    """Attack presentation classification error rate of one species: attack scores that pass."""
    return share(attacks <= threshold)


def bpcer(bona_fide: Scores, threshold: float) -> Rate:
    """Bona fide presentation classification error rate: live people taken for attacks."""
    return share(~(bona_fide <= threshold))


def worst(by_species: Mapping[str, Rate]) -> str:
    """The species with the highest rate, of equals the one of more trials; "" of none.

    A species that never had a trial is not the worst.
    """
    tried = {name: one for name, one in by_species.items() if one.value is not None}
    return max(tried, key=lambda name: _badness(tried[name], name), default="")


def _badness(one: Rate, name: str) -> tuple[Any, ...]:
    return one.value, one.trials, name


def threshold_at_apcer(by_species: Mapping[str, Scores], target: float) -> float:
    """The highest threshold at which no species' APCER is above `target`.

    Raises ValueError without species, or for one without scores.
    """
    if not by_species:
        raise ValueError("no species")
    return min(-threshold_at(-attacks, target) for attacks in by_species.values())

"""Similarities of one person and of two to the thresholds of a stated error rate, and their basis.

A threshold is the lowest whose false match rate has the upper end of its 95 % interval (Wilson) at
or below the stated rate: not the rate that happened to be seen, but what it may still be. With no
false match seen that end is about 3.84 / comparisons (a rule of three), so fewer comparisons than
3.84 / rate cannot show the rate, and are refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, expm1, log1p
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from board.bundle import Thresholds
from coprocessor.evaluation import pairs
from coprocessor.evaluation.acquisition import acquire
from coprocessor.evaluation.crossing import cross
from coprocessor.evaluation.gallery import COLUMNS, Searches, search
from coprocessor.evaluation.listing import EvaluationError, inside, rows
from coprocessor.evaluation.pairs import whole
from coprocessor.metrics import Rate, Scores, Z, fmr, fnmr, wilson
from coprocessor.models.model import Bundle

AFFORDED: Final = 200
"""The margin over the next person may refuse one in so many of those rightly found."""
LARGEST_E4: Final = 10_000


@dataclass(frozen=True, eq=False)
class Measured:
    """Similarities of one person and of two, searches if there was a gallery, what was compared."""

    genuine: Scores
    impostor: Scores
    searches: Searches | None
    told: str


@dataclass(frozen=True)
class Limit:
    """A threshold and both error rates at it, on the data it was set on."""

    threshold_e4: int
    fmr: Rate
    fnmr: Rate

    def __str__(self) -> str:
        return f"{self.threshold_e4}: FMR {self.fmr}, FNMR {self.fnmr}"


def needed(target: float) -> int:
    """The fewest comparisons of two people that can show a false match rate of `target`."""
    return ceil(Z * Z * (1 - target) / target)


def limit_at(genuine: Scores, impostor: Scores, target: float) -> Limit:
    """The lowest whole threshold whose FMR is at most `target` with its bound.

    Raises EvaluationError for too few comparisons, or when no cosine is high enough.
    """
    count = impostor.size
    if count < needed(target):
        raise EvaluationError(
            f"{count} comparisons of two people cannot show a false match rate of {target:.2g}:"
            f" with none of them matching its 95 % bound is still {wilson(0, count)[1]:.2g} (rule"
            f" of three). It takes {needed(target)}: add people, or state a higher rate"
        )
    allowed = _allowed(count, target)
    place = count - 1 - allowed
    threshold = whole(float(np.nextafter(np.partition(impostor, place)[place], np.inf)))
    if threshold is None or threshold > LARGEST_E4:
        raise EvaluationError(
            f"{allowed + 1} comparisons of two people are as similar as can be; is one person"
            " labelled as two, or one picture listed for two?"
        )
    threshold = max(threshold, 0)
    return Limit(threshold, fmr(impostor, threshold), fnmr(genuine, threshold))


def _allowed(count: int, target: float) -> int:
    """The most false matches whose rate is still bounded by `target`; the bound rises with them."""
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wilson(middle, count)[1] <= target else (low, middle)
    return low


def comparison_rate(fpir: float, enrolled: int) -> float:
    """The FMR at which a stranger's search among so many is a false positive at rate `fpir`.

    1 - (1 - FMR) ** enrolled = FPIR, as if comparisons of one search were independent.
    """
    return -expm1(log1p(-fpir) / enrolled)


def margin_at(searches: Searches, identify_e4: int) -> int | None:
    """The largest lead over the next person that refuses at most 1 in AFFORDED rightly found.

    None of fewer searches than that.
    """
    found = searches.mated & searches.right & (searches.best >= identify_e4)
    leads = np.sort(searches.margin[found])
    if leads.size < AFFORDED:
        return None
    return max(0, min(int(leads[leads.size // AFFORDED]), LARGEST_E4))


def verifying(old: Thresholds, limit: Limit, target: float, data: str) -> Thresholds:
    """1:1 by this limit."""
    basis = f"at most FMR {target:.2g} with its 95 % bound: {_told(limit)} on {data}"
    return restated(old, "match_e4", limit.threshold_e4, basis)


def identifying(
    old: Thresholds, limit: Limit, fpir: float, enrolled: int, margin: int | None, data: str
) -> Thresholds:
    """1:N by this limit, never easier than 1:1; the margin stays where it cannot be set."""
    basis = (
        f"FPIR {fpir:.2g} with {enrolled} enrolled, so at most FMR"
        f" {comparison_rate(fpir, enrolled):.2g} with its 95 % bound: {_told(limit)} on {data}"
    )
    if limit.threshold_e4 < old.match_e4:
        basis = f"that of match_e4, which is higher than it need be for: {basis}"
    new = restated(old, "identify_e4", max(limit.threshold_e4, old.match_e4), basis)
    if margin is None:
        return new
    told = f"the largest that refuses at most 1 in {AFFORDED} of those rightly found, on {data}"
    return restated(new, "margin_e4", margin, told)


def restated(old: Thresholds, name: str, value: int, basis: str) -> Thresholds:
    """The same thresholds but for this one, and what it rests on."""
    told = {**old.basis, name: basis}
    return msgspec.structs.replace(old, **{name: value}, basis=told)


def measure_pairs(listing: Path, images: Path, models: Bundle) -> Measured:
    """The comparisons listed as for `evaluate verify`. Raises EvaluationError, BundleError."""
    _, compared = pairs.verify(listing, images, models)
    genuine = compared.genuine()
    return Measured(genuine, compared.impostor(), None, f"{len(compared.scores)} pairs")


def measure_gallery(listings: Sequence[Path], images: Path, models: Bundle) -> Measured:
    """Every two pictures of lists with identity and image; searches among each one's first.

    Raises EvaluationError, BundleError.
    """
    listed = [row for listing in listings for row in rows(listing, COLUMNS)]
    paths = [inside(images, row, "image") for row in listed]
    people = np.array([row["identity"] for row in listed])
    acquired = acquire(paths, models)
    crossed, pictures = cross(paths, people, acquired)
    first = np.zeros(len(people), bool)
    first[np.unique(people, return_index=True)[1]] = True
    gallery, probes = ([acquired[paths[at]] for at in np.flatnonzero(w)] for w in (first, ~first))
    searches = search(gallery, people[first], probes, people[~first])
    told = f"{pictures} pictures of {first.sum()} people, every two compared"
    return Measured(crossed.genuine, crossed.impostor, searches, told)


def _told(limit: Limit) -> str:
    return f"FMR {limit.fmr}, FNMR {limit.fnmr}"

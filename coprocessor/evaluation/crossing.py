"""Every two pictures of a set to the error rates that need many comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coprocessor.evaluation.acquisition import Acquired, similarities_e4
from coprocessor.evaluation.pairs import AtThreshold, at_targets, at_threshold
from coprocessor.evaluation.progress import progress
from coprocessor.metrics import Scores, det, eer

TARGETS: Final = (1e-3, 1e-4, 1e-5)
ROWS: Final = 256
"""References at a time."""


@dataclass(frozen=True)
class AllAgainstAll:
    """Every two pictures of gallery and probes compared once: the earlier one is the reference."""

    pictures: int
    genuine: int
    impostor: int
    shipped: AtThreshold
    at_fmr: list[AtThreshold]
    eer: float | None


@dataclass(frozen=True, eq=False)
class Crossed:
    """All against all: similarities of one person and of two."""

    genuine: Scores
    impostor: Scores


def cross(
    paths: Sequence[Path], people: NDArray[np.str_], acquired: dict[Path, Acquired]
) -> tuple[Crossed, int]:
    """Every two different pictures once, of those acquired; and how many these are.

    Some rows at a time: thousands of pictures make tens of millions of comparisons, of which only
    the scores may stay in memory.
    """
    person = {path: name for path, name in zip(paths, people, strict=True) if acquired[path].probe}
    each = [acquired[path] for path in person]
    codes = np.unique(np.array(list(person.values()), np.str_), return_inverse=True)[1]
    same = np.bincount(codes) if codes.size else np.zeros(1, np.int64)
    genuine = np.empty(int((same * (same - 1) // 2).sum()), np.float64)
    impostor = np.empty(len(each) * (len(each) - 1) // 2 - genuine.size, np.float64)
    filled = [0, 0]
    for begin in progress(range(0, len(each), ROWS), "row of comparisons"):
        scores, mated = _rows(each, codes, begin)
        for which, (found, part) in enumerate(((genuine, mated), (impostor, ~mated))):
            taken = scores[part]
            found[filled[which] : filled[which] + taken.size] = taken
            filled[which] += taken.size
    return Crossed(genuine, impostor), len(each)


def _rows(
    each: list[Acquired], codes: NDArray[np.int64], begin: int
) -> tuple[Scores, NDArray[np.bool_]]:
    """ROWS references against every later picture: scores, and whether of one person."""
    end = min(begin + ROWS, len(each))
    references = [one.reference for one in each[begin:end]]
    scores = similarities_e4(references, [one.probe for one in each[begin:]])
    later = np.triu(np.ones(scores.shape, bool), 1)
    return scores[later], (codes[begin:end, None] == codes[None, begin:])[later]


def all_against_all(crossed: Crossed, pictures: int, match_e4: int) -> AllAgainstAll:
    """The figures of what `cross` compared."""
    genuine, impostor = crossed.genuine, crossed.impostor
    return AllAgainstAll(
        pictures=pictures,
        genuine=genuine.size,
        impostor=impostor.size,
        shipped=at_threshold(genuine, impostor, match_e4),
        at_fmr=at_targets(genuine, impostor, TARGETS),
        eer=eer(det(genuine, impostor)) if genuine.size and impostor.size else None,
    )

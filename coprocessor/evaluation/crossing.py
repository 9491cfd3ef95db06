"""Every two pictures of a set to the error rates that need many comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coprocessor.evaluation.acquisition import Acquired, similarities_e4
from coprocessor.evaluation.pairs import AtThreshold, at_targets, at_threshold
from coprocessor.metrics import Scores, det, eer

TARGETS: Final = (1e-3, 1e-4, 1e-5)


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
    """Every two different pictures once, of those acquired; and how many these are."""
    person = {path: name for path, name in zip(paths, people, strict=True) if acquired[path].probe}
    each = [acquired[path] for path in person]
    names = np.array(list(person.values()))
    scores = similarities_e4([one.reference for one in each], [one.probe for one in each])
    upper = np.triu_indices(len(each), 1)
    same = names[upper[0]] == names[upper[1]]
    return Crossed(scores[upper][same], scores[upper][~same]), len(each)


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

"""Pairs of pictures, same person or not, to the figures of verification (1:1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coprocessor.evaluation.acquisition import Acquired, Acquisition, acquire, summary
from coprocessor.evaluation.listing import Row, inside, rows
from coprocessor.metrics import (
    NEVER,
    Rate,
    Scores,
    accuracy,
    best_threshold,
    det,
    eer,
    fmr,
    fnmr,
    mean_and_standard_error,
    rate,
    threshold_at,
)
from coprocessor.models.model import Bundle
from coprocessor.template import similarity_e4

COLUMNS: Final = ("fold", "image_a", "image_b", "same")
TARGETS: Final = (1e-2, 1e-3)


@dataclass(frozen=True)
class AtThreshold:
    """Both error rates at one threshold; target: the FMR it was set for, None for the shipped."""

    target: float | None
    threshold_e4: int | None
    fmr: Rate
    fnmr: Rate

    def __str__(self) -> str:
        return f"FNMR {self.fnmr}  FMR {self.fmr}  from {self.threshold_e4} on"


@dataclass(frozen=True)
class Fold:
    """One fold, judged by the threshold that was best on all others."""

    fold: str
    pairs: int
    threshold_e4: int | None
    accuracy: Rate

    def __str__(self) -> str:
        return f"{self.accuracy}  from {self.threshold_e4} on"


@dataclass(frozen=True)
class Gated:
    """The pairs of which the terminal would have accepted both pictures."""

    pairs: int
    shipped: AtThreshold
    at_fmr: list[AtThreshold]


@dataclass(frozen=True)
class Verification:
    """A pair that was not acquired is an error of its fold, and a non-match if of one person.

    accuracy: of all folds, each by the others' threshold; its mean and standard error over folds.
    """

    pairs: int
    pictures: Acquisition
    pairs_not_acquired: int
    accuracy: Rate
    accuracy_mean: float | None
    accuracy_standard_error: float | None
    folds: list[Fold]
    shipped: AtThreshold
    at_fmr: list[AtThreshold]
    eer: float | None
    gated: Gated


@dataclass(frozen=True, eq=False)
class Compared:
    """All pairs: fold, same person or not, similarity (NEVER when not acquired), gate passed."""

    folds: list[str]
    same: NDArray[np.bool_]
    scores: Scores
    gated: NDArray[np.bool_]

    def genuine(self) -> Scores:
        """Of one person, NEVER among them."""
        return self.scores[self.same]

    def impostor(self) -> Scores:
        """Of two people, those compared: a face not found must not make the FMR look better."""
        return self.scores[~self.same & (self.scores > NEVER)]


def verify(listing: Path, images: Path, models: Bundle) -> tuple[Verification, Compared]:
    """The figures, and the scores they come from. Raises EvaluationError and what models raise."""
    listed = rows(listing, COLUMNS)
    same = np.array([_same(row) for row in listed])
    pairs = [(inside(images, row, "image_a"), inside(images, row, "image_b")) for row in listed]
    acquired = acquire([path for pair in pairs for path in pair], models)
    compared = Compared(
        [row["fold"] for row in listed],
        same,
        np.array([_similarity(acquired[a], acquired[b]) for a, b in pairs], np.float64),
        np.array([acquired[a].passes_gate and acquired[b].passes_gate for a, b in pairs]),
    )
    figures = _figures(compared, models.manifest.thresholds.match_e4, summary(acquired, images))
    return figures, compared


def _same(row: Row) -> bool:
    if row["same"] not in ("0", "1"):
        raise row.wrong("same must be 0 or 1")
    return row["same"] == "1"


def _similarity(reference: Acquired, probe: Acquired) -> float:
    if not (reference.reference and probe.probe):
        return NEVER
    return similarity_e4(reference.reference, probe.probe)


def _figures(compared: Compared, match_e4: int, pictures: Acquisition) -> Verification:
    folds = by_fold(compared)
    mean, error = None, None
    if len(folds) > 1:
        each = np.array([fold.accuracy.events / fold.accuracy.trials for fold in folds])
        mean, error = mean_and_standard_error(each)
    right, tried = (sum(getattr(f.accuracy, n) for f in folds) for n in ("events", "trials"))
    genuine, impostor = compared.genuine(), compared.impostor()
    kept = compared.gated
    passed = compared.scores[kept & compared.same], compared.scores[kept & ~compared.same]
    return Verification(
        pairs=len(compared.scores),
        pictures=pictures,
        pairs_not_acquired=int((compared.scores == NEVER).sum()),
        accuracy=rate(right, tried),
        accuracy_mean=mean,
        accuracy_standard_error=error,
        folds=folds,
        shipped=at_threshold(genuine, impostor, match_e4),
        at_fmr=at_targets(genuine, impostor, TARGETS),
        eer=eer(det(genuine, impostor)) if genuine.size and impostor.size else None,
        gated=Gated(int(kept.sum()), at_threshold(*passed, match_e4), at_targets(*passed, TARGETS)),
    )


def by_fold(compared: Compared) -> list[Fold]:
    """Each fold by the others' threshold; none where there is but one."""
    names = np.array(compared.folds)
    different = sorted(set(compared.folds))
    if len(different) < 2:
        return []
    return [_fold(name, names == name, compared) for name in different]


def _fold(name: str, own: NDArray[np.bool_], compared: Compared) -> Fold:
    scores, same = compared.scores, compared.same
    threshold = best_threshold(scores[~own], same[~own])
    right = accuracy(scores[own], same[own], threshold)
    return Fold(name, int(own.sum()), whole(threshold), right)


def at_targets(genuine: Scores, impostor: Scores, targets: Sequence[float]) -> list[AtThreshold]:
    """Both rates at the lowest threshold that holds each FMR; nothing without impostors."""
    if not impostor.size:
        return []
    thresholds = [(target, threshold_at(impostor, target)) for target in targets]
    return [at_threshold(genuine, impostor, each, target) for target, each in thresholds]


def at_threshold(
    genuine: Scores, impostor: Scores, threshold: float, target: float | None = None
) -> AtThreshold:
    """Both rates there."""
    return AtThreshold(target, whole(threshold), fmr(impostor, threshold), fnmr(genuine, threshold))


def whole(threshold: float) -> int | None:
    """The same threshold on scores that are whole numbers; None where nothing matches."""
    return None if threshold == inf else ceil(threshold)

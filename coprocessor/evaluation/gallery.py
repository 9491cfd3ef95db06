"""A gallery and probes, enrolled or not, to the figures of identification (1:N)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from board.bundle import Thresholds
from coprocessor.evaluation.acquisition import (
    Acquired,
    Acquisition,
    acquire,
    similarities_e4,
    summary,
)
from coprocessor.evaluation.crossing import AllAgainstAll, Crossed, all_against_all, cross
from coprocessor.evaluation.listing import Row, inside, rows
from coprocessor.evaluation.pairs import whole
from coprocessor.metrics import NEVER, Rate, Scores, fnir, fpir, share, threshold_at
from coprocessor.models.model import Bundle

COLUMNS: Final = ("identity", "image")
KINDS: Final = {"": None, "enrolled": True, "unknown": False}
FPIR_TARGETS: Final = (1e-2, 3e-3)


@dataclass(frozen=True)
class AtFpir:
    """Both error rates at one threshold; target: the FPIR it was set for, None for the shipped.

    margin_e4: how far the first must be ahead of the next person; nought for the targets.
    """

    target: float | None
    threshold_e4: int | None
    margin_e4: int
    fpir: Rate
    fnir: Rate

    def __str__(self) -> str:
        margin = f", margin {self.margin_e4}" if self.margin_e4 else ""
        return f"FNIR {self.fnir}  FPIR {self.fpir}  from {self.threshold_e4} on{margin}"


@dataclass(frozen=True)
class Identification:
    """A probe that was not acquired finds nobody: an error if of somebody enrolled."""

    enrolled: int
    not_enrolled: list[str]
    pictures: Acquisition
    rank_1: Rate
    shipped: AtFpir
    at_fpir: list[AtFpir]
    all_against_all: AllAgainstAll


@dataclass(frozen=True, eq=False)
class Searches:
    """One search for each probe: is its person in the gallery, and what was found first.

    best: highest similarity, NEVER when not acquired. right: it is the probe's person. margin:
    ahead of the next person.
    """

    mated: NDArray[np.bool_]
    best: Scores
    right: NDArray[np.bool_]
    margin: Scores

    def strangers(self) -> Scores:
        """Best scores of acquired probes of people not enrolled."""
        return self.best[~self.mated & (self.best > NEVER)]


def identify(
    gallery: Path, probes: Path, images: Path, models: Bundle
) -> tuple[Identification, Crossed]:
    """The figures, and the scores of all against all. Raises EvaluationError and what models do."""
    enrolled, searched = rows(gallery, COLUMNS), rows(probes, COLUMNS, ("kind",))
    _check_kinds({row["identity"] for row in enrolled}, searched)
    paths = [inside(images, row, "image") for row in (*enrolled, *searched)]
    people = np.array([row["identity"] for row in (*enrolled, *searched)])
    acquired = acquire(paths, models)
    each = [acquired[path] for path in paths]
    count = len(enrolled)
    searches = search(each[:count], people[:count], each[count:], people[count:])
    crossed, different = cross(paths, people, acquired)
    limits = models.manifest.thresholds
    figures = Identification(
        enrolled=len(set(people[:count])),
        not_enrolled=sorted(
            {str(p) for p, a in zip(people, each[:count], strict=False) if not a.reference}
        ),
        pictures=summary(acquired, images),
        rank_1=share(searches.right[searches.mated]),
        shipped=_shipped(searches, limits),
        at_fpir=_at_fpir(searches),
        all_against_all=all_against_all(crossed, different, limits.match_e4),
    )
    return figures, crossed


def _check_kinds(enrolled: set[str], probes: list[Row]) -> None:
    for row in probes:
        if row["kind"] not in KINDS:
            raise row.wrong("kind must be enrolled or unknown")
        if KINDS[row["kind"]] not in (None, row["identity"] in enrolled):
            raise row.wrong(f"kind is {row['kind']}, but the gallery says otherwise")


def search(
    gallery: list[Acquired],
    owners: NDArray[np.str_],
    probes: list[Acquired],
    people: NDArray[np.str_],
) -> Searches:
    """Each probe against the whole gallery; of several references of one person the best counts."""
    scores = similarities_e4([one.reference for one in gallery], [one.probe for one in probes])
    first = scores.argmax(0)
    best = scores[first, np.arange(len(probes))]
    others = np.where(owners[:, None] == owners[first], NEVER, scores).max(0)
    found = best > NEVER
    margin = np.subtract(best, np.maximum(others, -10_000.0), where=found, out=np.zeros_like(best))
    right = found & (owners[first] == people)
    return Searches(np.isin(people, owners), best, right, margin)


def _at_fpir(searches: Searches) -> list[AtFpir]:
    strangers = searches.strangers()
    if not strangers.size:
        return []
    found = [(target, threshold_at(strangers, target)) for target in FPIR_TARGETS]
    return [_at(searches, threshold, target) for target, threshold in found]


def _at(searches: Searches, threshold: float, target: float) -> AtFpir:
    mated = searches.mated
    return AtFpir(
        target,
        whole(threshold),
        0,
        fpir(searches.strangers(), threshold),
        fnir(searches.best[mated], searches.right[mated], threshold),
    )


def _shipped(searches: Searches, limits: Thresholds) -> AtFpir:
    """As the appliance identifies: similar enough, and clear of the next person."""
    clear = np.where(searches.margin >= limits.margin_e4, searches.best, NEVER)
    mated, acquired = searches.mated, searches.best > NEVER
    return AtFpir(
        None,
        limits.identify_e4,
        limits.margin_e4,
        fpir(clear[~mated & acquired], limits.identify_e4),
        fnir(clear[mated], searches.right[mated], limits.identify_e4),
    )

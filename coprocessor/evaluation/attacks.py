"""Single pictures of people and of attacks to the figures of presentation attack detection."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from coprocessor.evaluation.listing import Row, inside, rows
from coprocessor.evaluation.progress import progress
from coprocessor.evaluation.still import NotAcquiredError, Stills
from coprocessor.metrics import (
    Rate,
    Scores,
    apcer,
    bpcer,
    det,
    eer,
    rate,
    threshold_at_apcer,
    worst,
)
from coprocessor.models.model import Bundle
from coprocessor.spoof import Spoof
from coprocessor.track import Track

COLUMNS: Final = ("image", "label")
UNSTATED: Final = "unknown"
TARGETS: Final = (0.01, 0.05, 0.10)
NOTE: Final = (
    "A still is one frame: attack_permille is what the pipeline says after one frame of a new"
    " track, before anything can have moved, and the shipped threshold is attack_accept_permille:"
    " above it nobody is let in. The terminal never decides on one frame; its decisions are the"
    " protocol `videos`. The spoof net is asked on every crop; the terminal asks on one or two"
    " of three a frame. BPCER at APCER is taken on its log-odds, the mean of the crops, of which"
    " attack_permille is a rounded and capped form, at the threshold that holds the APCER for"
    " every species on these same pictures, so it flatters. Non-response (APNRR, BPNRR): the"
    " picture does not open, no face is found, or the mesh sees a covered one; not in APCER or"
    " BPCER. eer is one point of each curve, without bounds."
)


@dataclass(frozen=True)
class Species:
    """One instrument: attacks taken for bona fide, and those that got no answer."""

    apcer: Rate
    apnrr: Rate

    def __str__(self) -> str:
        return f"APCER {self.apcer}  APNRR {self.apnrr}"


@dataclass(frozen=True)
class AtApcer:
    """BPCER where no species' APCER exceeds the target; by_species: what it then is."""

    target: float
    bpcer: Rate
    by_species: dict[str, Rate]

    def __str__(self) -> str:
        return f"BPCER {self.bpcer}"


@dataclass(frozen=True)
class Attacks:
    """By species, the worst named; no mean over species or of both errors: it would hide one.

    no_answer: failures counted; not_answered: which pictures, and what is wrong with each.
    """

    bona_fide: int
    shipped_accept_permille: int
    species: dict[str, Species]
    worst: str
    bpcer: Rate
    bpnrr: Rate
    no_answer: dict[str, int]
    not_answered: dict[str, str]
    at_apcer: list[AtApcer]
    eer: dict[str, float]


@dataclass(frozen=True)
class Answer:
    """One picture: its species ("" for bona fide), the failure or "", and what was measured.

    image: its name in the list; why: the failure, and what is wrong with the file.
    """

    species: str
    failure: str
    attack_permille: int
    log_odds: float
    image: str = ""
    why: str = ""


@dataclass(frozen=True, eq=False)
class Answers:
    """Minus the log-odds of pictures with an answer: higher is more attack-like."""

    bona_fide: Scores
    species: dict[str, Scores]


def attacks(listing: Path, images: Path, models: Bundle) -> tuple[Attacks, Answers]:
    """The figures, and the scores they come from. Raises EvaluationError and what models raise."""
    listed = rows(listing, COLUMNS, ("instrument",))
    species = [species_of(row) for row in listed]
    names = [row["image"] for row in listed]
    paths = [inside(images, row, "image") for row in listed]
    stills, spoof = Stills(models), Spoof(models)
    pictures = progress(list(zip(names, paths, species, strict=True)), "picture")
    given = [_answer(name, path, kind, stills, spoof) for name, path, kind in pictures]
    answers = _answers(given)
    limit = models.manifest.thresholds.attack_accept_permille
    return figures(given, answers, limit), answers


def species_of(row: Row) -> str:
    """The instrument of an attack, "" for bona fide. Raises EvaluationError."""
    if row["label"] not in ("real", "attack"):
        raise row.wrong("label must be real or attack")
    return (row["instrument"] or UNSTATED) if row["label"] == "attack" else ""


def _answer(name: str, path: Path, species: str, stills: Stills, spoof: Spoof) -> Answer:
    try:
        still = stills.still(path)
    except NotAcquiredError as error:
        return Answer(species, error.failure, 0, 0.0, name, error.told)
    if still.mesh.flag < 0:
        # The pipeline begins no track on such a face, so nothing is ever said of it.
        return Answer(species, "occluded", 0, 0.0, name, "occluded")
    said = spoof.all_log_odds(still.rgb, still.face.box)
    track = Track(1, still.face, 0)
    track.add(still.face, 0)
    track.add_log_odds(said)
    log_odds = sum(said.values()) / len(said)
    return Answer(species, "", track.standing().attack_permille, log_odds)


def _answers(given: Sequence[Answer]) -> Answers:
    kinds = sorted({one.species for one in given})
    scores = {kind: _scores(_answered(given, kind)) for kind in kinds}
    bona_fide = scores.pop("", _scores([]))
    return Answers(bona_fide, {kind: found for kind, found in scores.items() if found.size})


def _answered(given: Sequence[Answer], species: str) -> list[Answer]:
    return [one for one in given if one.species == species and not one.failure]


def _scores(given: list[Answer]) -> Scores:
    return np.array([-one.log_odds for one in given], np.float64)


def _permille(given: list[Answer]) -> Scores:
    return np.array([one.attack_permille for one in given], np.float64)


def figures(given: Sequence[Answer], answers: Answers, accept_permille: int) -> Attacks:
    """All rates of what was answered; `accept_permille` is the shipped threshold."""
    kinds = sorted({one.species for one in given} - {""})
    species = {kind: _species(given, kind, accept_permille) for kind in kinds}
    return Attacks(
        bona_fide=sum(not one.species for one in given),
        shipped_accept_permille=accept_permille,
        species=species,
        worst=worst({kind: one.apcer for kind, one in species.items()}),
        bpcer=bpcer(_permille(_answered(given, "")), accept_permille),
        bpnrr=no_response(given, ""),
        no_answer=dict(sorted(Counter(one.failure for one in given if one.failure).items())),
        not_answered={one.image: one.why for one in given if one.failure},
        at_apcer=[_at_apcer(answers, target) for target in TARGETS if answers.species],
        eer=_eer(answers),
    )


def _species(given: Sequence[Answer], kind: str, accept_permille: int) -> Species:
    scores = _permille(_answered(given, kind))
    return Species(apcer(scores, accept_permille), no_response(given, kind))


def no_response(given: Sequence[Answer], species: str) -> Rate:
    """APNRR of one species, or BPNRR (species "")."""
    kind = [one for one in given if one.species == species]
    return rate(sum(bool(one.failure) for one in kind), len(kind))


def _at_apcer(answers: Answers, target: float) -> AtApcer:
    threshold = threshold_at_apcer(answers.species, target)
    return AtApcer(
        target,
        bpcer(answers.bona_fide, threshold),
        {kind: apcer(scores, threshold) for kind, scores in answers.species.items()},
    )


def _eer(answers: Answers) -> dict[str, float]:
    if not answers.bona_fide.size:
        return {}
    # As similarities: bona fide is what should come out high.
    curves = {kind: det(-answers.bona_fide, -found) for kind, found in answers.species.items()}
    return {kind: eer(curve) for kind, curve in curves.items()}

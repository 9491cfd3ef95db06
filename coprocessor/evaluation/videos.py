"""Recorded presentations through the whole pipeline to one decision each, and its error rates."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low
from typing import Final

import cv2

from board.bundle import Thresholds
from board.link.messages import FaceReading
from coprocessor.evaluation.attempt import Word, decide, enough, until_decided
from coprocessor.evaluation.film import film
from coprocessor.evaluation.listing import Row, inside, rows
from coprocessor.evaluation.presentation import Kinds, Video, Videos, figures
from coprocessor.evaluation.progress import progress
from coprocessor.evaluation.turning import sides
from coprocessor.frame import Frame
from coprocessor.models.model import Bundle
from coprocessor.reading import Pipeline

COLUMNS: Final = ("file", "subject", "label")
NOTE: Final = (
    "One attempt begins with each video and lasts to its end; every frame is read. The person is"
    " taken as the enrolled one: matching is measured by `verify`. asked: unclear for so long that"
    " a head turn would be asked for; a video cannot answer, so that is no grant and no refusal in"
    " `species` and `bpcer`, and with_step_up tells what it would come to. Undecided with"
    " attack_suspected would be refused as an attack when time is up, and counts as such;"
    " undecided for want of a face or of quality is a non-response (APNRR, BPNRR), not in APCER or"
    " BPCER. at_any_moment: an attempt begun at some other moment of the same video would have"
    " been granted. granted_by_start (with --starts MS): each video shown anew, to a terminal that"
    " has seen none of it, from every MS milliseconds on; the share of these attempts that was"
    " granted. They overlap, so their bounds are too narrow."
)


@dataclass(frozen=True)
class Course:
    """The attack score over one video, of readings that rest on enough: (ms, permille)."""

    file: str
    label: str
    points: list[tuple[int, int]]


def videos(
    listing: Path, directory: Path, models: Bundle, starts_ms: int = 0
) -> tuple[Videos, list[Course]]:
    """The figures, and how each video went; starts_ms: show each anew from every so often on.

    Raises EvaluationError and what models raise.
    """
    listed = rows(listing, COLUMNS)
    paths = [inside(directory, row, "file") for row in listed]
    for row, path in zip(listed, paths, strict=True):
        if cv2.haveImageReader(str(path)):
            raise row.wrong("is a still picture; `attacks` measures those")
        if next(film(path), None) is None:  # now, not after an hour of others
            raise row.wrong("not one frame decodes; send a video that OpenCV opens")
    limits = models.manifest.thresholds
    both = zip(listed, paths, strict=True)
    seen = [_video(row, path, models, starts_ms) for row, path in both]
    played = [video for video, _ in seen]
    return figures(played), [Course(v.file, v.label, course(r, limits)) for v, r in seen]


def _video(
    row: Row, path: Path, models: Bundle, starts_ms: int
) -> tuple[Video, list[tuple[int, FaceReading]]]:
    limits = models.manifest.thresholds
    given = list(progress(readings(path, models), "frame", row["file"]))
    if not given:
        raise row.wrong("not one frame decodes; send a video that OpenCV opens")
    resting = [reading for _, reading in given if enough(reading, limits)]
    scores = [reading.attack_permille for reading in resting]
    yaws = [reading.yaw_deg for _, reading in given]
    return (
        Video(
            file=row["file"],
            subject=row["subject"],
            label=row["label"],
            frames=len(given),
            with_face=sum(reading.refusal != "no_face" for _, reading in given),
            tracks=len({reading.track for _, reading in given} - {0}),
            decision=decide(given, limits),
            lowest_permille=min(scores, default=None),
            highest_permille=max(scores, default=None),
            kinds=_kinds(resting) if resting else None,
            turns=sides(reading for _, reading in given),
            yaw_deg=(min(yaws), max(yaws)),
            starts=_starts(path, models, starts_ms, given[-1][0]) if starts_ms else {},
        ),
        given,
    )


def _kinds(resting: list[FaceReading]) -> Kinds:
    return Kinds(
        print=median_low(reading.print_permille for reading in resting),
        screen=median_low(reading.screen_permille for reading in resting),
        other=median_low(reading.other_permille for reading in resting),
        signs=dict(Counter(reading.sign for reading in resting).most_common()),
    )


def _starts(path: Path, models: Bundle, every_ms: int, length_ms: int) -> dict[Word, int]:
    """How often each decision comes out; starts too late for any are left out."""
    limits = models.manifest.thresholds
    begins = range(0, max(1, length_ms - limits.attack_span_ms), every_ms)
    shown = (
        decide(until_decided(readings(path, models, begin), limits), limits).decision
        for begin in progress(begins, "start", path.name)
    )
    return dict(sorted(Counter(shown).items()))


def readings(path: Path, models: Bundle, begin_ms: int = 0) -> Iterator[tuple[int, FaceReading]]:
    """Every frame of the video from begin_ms on, at its own time, through a fresh pipeline."""
    pipeline = Pipeline(models)
    for at_ms, rgb in film(path):
        if at_ms >= begin_ms:
            yield at_ms, pipeline.read(Frame(rgb, at_ms), 0, "", at_ms)


def course(given: Iterable[tuple[int, FaceReading]], limits: Thresholds) -> list[tuple[int, int]]:
    """(ms, attack_permille) of the readings that rest on enough."""
    return [(at, reading.attack_permille) for at, reading in given if enough(reading, limits)]

"""Recorded presentations through the whole pipeline to one decision each, and its error rates."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import cv2

from board.bundle import Thresholds
from board.link.messages import FaceReading
from coprocessor.camera import pictures
from coprocessor.evaluation.attacks import Species
from coprocessor.evaluation.attempt import Decision, Word, decide, enough, until_decided
from coprocessor.evaluation.listing import Row, inside, rows
from coprocessor.evaluation.progress import progress
from coprocessor.frame import Frame, picture
from coprocessor.metrics import Rate, rate, worst
from coprocessor.models.model import Bundle
from coprocessor.reading import Pipeline

COLUMNS: Final = ("file", "subject", "label")
LIVE: Final = "live"
NOTE: Final = (
    "One attempt begins with each video and lasts to its end; every frame is read. The person is"
    " taken as the enrolled one: matching is measured by `verify`. Undecided with"
    " attack_suspected would be refused as an attack when time is up, and counts as such;"
    " undecided for want of a face or of quality is a non-response (APNRR, BPNRR), not in APCER or"
    " BPCER. at_any_moment: an attempt begun at some other moment of the same video would have"
    " been granted. granted_by_start (with --starts MS): each video shown anew, to a terminal that"
    " has seen none of it, from every MS milliseconds on; the share of these attempts that was"
    " granted. They overlap, so their bounds are too narrow."
)


@dataclass(frozen=True)
class Video:
    """One video. frames: decoded; with_face: of these; tracks: people followed, one after another;
    lowest, highest: attack_permille of the readings that rest on enough; starts: decisions when
    shown anew from later moments on."""

    file: str
    subject: str
    label: str
    frames: int
    with_face: int
    tracks: int
    decision: Decision
    lowest_permille: int | None
    highest_permille: int | None
    starts: dict[Word, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return (
            f"{self.label}: {self.decision}; score {self.lowest_permille} to"
            f" {self.highest_permille}; {self.with_face} of {self.frames} frames with a face,"
            f" tracks: {self.tracks}{self._shown_anew()}"
        )

    def _shown_anew(self) -> str:
        found = ", ".join(f"{count} {word}" for word, count in self.starts.items())
        return f"; shown anew: {found}" if found else ""


@dataclass(frozen=True)
class Videos:
    """By species, the worst named. bona_fide_granted: what a holder meets, non-responses included;
    apcer_at_any_moment: the attacker chooses when to begin."""

    videos: list[Video]
    species: dict[str, Species]
    apcer_at_any_moment: dict[str, Rate]
    worst: str
    bpcer: Rate
    bpnrr: Rate
    bona_fide_granted: Rate
    granted_by_start: dict[str, Rate]


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
    scores = [permille for _, permille in course(given, limits)]
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
            starts=_starts(path, models, starts_ms, given[-1][0]) if starts_ms else {},
        ),
        given,
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
    at_s = 0.0
    for bgr, lasts_s in pictures(path, again=False):
        at_ms = round(1_000 * at_s)
        at_s += lasts_s
        if at_ms >= begin_ms:
            rgb = picture(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
            yield at_ms, pipeline.read(Frame(rgb, at_ms), 0, "", at_ms)


def course(given: Iterable[tuple[int, FaceReading]], limits: Thresholds) -> list[tuple[int, int]]:
    """(ms, attack_permille) of the readings that rest on enough."""
    return [(at, reading.attack_permille) for at, reading in given if enough(reading, limits)]


def figures(played: list[Video]) -> Videos:
    """All rates of what was decided."""
    kinds = sorted({video.label for video in played} - {LIVE})
    by_kind = {kind: [v.decision for v in played if v.label == kind] for kind in kinds}
    live = [video.decision for video in played if video.label == LIVE]
    species = {
        kind: Species(_share(_answered(found), "granted"), _unanswered(found))
        for kind, found in by_kind.items()
    }
    return Videos(
        videos=played,
        species=species,
        apcer_at_any_moment={
            kind: rate(sum(one.at_any_moment for one in found), len(found))
            for kind, found in by_kind.items()
        },
        worst=worst({kind: one.apcer for kind, one in species.items()}),
        bpcer=_share(_answered(live), "refused_attack", "undecided"),
        bpnrr=_unanswered(live),
        bona_fide_granted=_share(live, "granted"),
        granted_by_start={
            kind: _granted_by_start([video for video in played if video.label == kind])
            for kind in sorted({video.label for video in played if video.starts})
        },
    )


def _granted_by_start(played: list[Video]) -> Rate:
    granted = sum(video.starts.get("granted", 0) for video in played)
    return rate(granted, sum(sum(video.starts.values()) for video in played))


def _answered(decisions: list[Decision]) -> list[Decision]:
    return [one for one in decisions if one.reason in ("", "attack_suspected")]


def _unanswered(decisions: list[Decision]) -> Rate:
    return rate(len(decisions) - len(_answered(decisions)), len(decisions))


def _share(decisions: list[Decision], *words: Word) -> Rate:
    return rate(sum(one.decision in words for one in decisions), len(decisions))

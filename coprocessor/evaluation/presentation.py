"""Decisions on recorded presentations to the error rates of the door, without and with step-up."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from coprocessor.evaluation.attacks import Species
from coprocessor.evaluation.attempt import Decision, Word
from coprocessor.evaluation.turning import Side
from coprocessor.metrics import Rate, rate, worst

LIVE: Final = "live"
BOTH: Final = 2


@dataclass(frozen=True)
class Kinds:
    """Of the readings that rest on enough: the median score of each kind of attack (permille), and
    how often each sign spoke loudest ("" where nothing did)."""

    print: int
    screen: int
    other: int
    signs: dict[str, int]

    def __str__(self) -> str:
        told = ", ".join(f"{sign or 'none'} {count}" for sign, count in self.signs.items())
        return f"print {self.print}, screen {self.screen}, other {self.other}; signs: {told}"


@dataclass(frozen=True)
class Video:
    """One video. frames: decoded; with_face: of these; tracks: people followed, one after another;
    lowest, highest: attack_permille of the readings that rest on enough; kinds: of the same, None
    of none; turns: the sides to which somebody in it turned; yaw_deg: least and most; starts:
    decisions when shown anew from later moments on."""

    file: str
    subject: str
    label: str
    frames: int
    with_face: int
    tracks: int
    decision: Decision
    lowest_permille: int | None
    highest_permille: int | None
    kinds: Kinds | None = None
    turns: list[Side] = field(default_factory=list)
    yaw_deg: tuple[int, int] = (0, 0)
    starts: dict[Word, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return (
            f"{self.label}: {self.decision}; score {self.lowest_permille} to"
            f" {self.highest_permille} ({self.kinds}); yaw {self.yaw_deg[0]} to {self.yaw_deg[1]};"
            f" {self.with_face} of {self.frames} frames with a face,"
            f" tracks: {self.tracks}{self._shown_anew()}"
        )

    def _shown_anew(self) -> str:
        found = ", ".join(f"{count} {word}" for word, count in self.starts.items())
        return f"; shown anew: {found}" if found else ""

    @property
    def answered(self) -> bool:
        """Was it taken for bona fide or for an attack, or asked to turn?"""
        return self.decision.reason in ("", "attack_suspected")


@dataclass(frozen=True)
class SteppedUp:
    """The same, were every head turn that is asked for answered.

    apcer: a recording passes if it holds turns to both sides, which flatters it: the sides are
    drawn, and it cannot know when. bpcer: people do as asked; bpcer_unanswered: none of them does.
    """

    asked: dict[str, Rate]
    apcer: dict[str, Rate]
    worst: str
    bpcer: Rate
    bpcer_unanswered: Rate


@dataclass(frozen=True)
class Videos:
    """By species, the worst named. Who is asked to turn is neither granted nor refused in `species`
    and `bpcer`, but is among their trials. bona_fide_granted: what a holder meets at once,
    non-responses included; apcer_at_any_moment: the attacker chooses when to begin."""

    videos: list[Video]
    species: dict[str, Species]
    apcer_at_any_moment: dict[str, Rate]
    worst: str
    bpcer: Rate
    bpnrr: Rate
    bona_fide_granted: Rate
    with_step_up: SteppedUp
    granted_by_start: dict[str, Rate]


def figures(played: list[Video]) -> Videos:
    """All rates of what was decided."""
    live = _of(played, LIVE)
    attacks = {kind: _of(played, kind) for kind in sorted({v.label for v in played} - {LIVE})}
    species = {
        kind: Species(_share(_answered(found), "granted"), _unanswered(found))
        for kind, found in attacks.items()
    }
    return Videos(
        videos=played,
        species=species,
        apcer_at_any_moment={
            kind: rate(sum(one.decision.at_any_moment for one in found), len(found))
            for kind, found in attacks.items()
        },
        worst=worst({kind: one.apcer for kind, one in species.items()}),
        bpcer=_share(_answered(live), "refused_attack", "undecided"),
        bpnrr=_unanswered(live),
        bona_fide_granted=_share(live, "granted"),
        with_step_up=_stepped_up(live, attacks),
        granted_by_start={
            kind: _granted_by_start(_of(played, kind))
            for kind in sorted({video.label for video in played if video.starts})
        },
    )


def _stepped_up(live: list[Video], attacks: dict[str, list[Video]]) -> SteppedUp:
    apcer = {kind: _passed(_answered(found)) for kind, found in attacks.items()}
    answered = _answered(live)
    every = attacks | ({LIVE: live} if live else {})
    return SteppedUp(
        asked={kind: _share(_answered(found), "asked") for kind, found in every.items()},
        apcer=apcer,
        worst=worst(apcer),
        bpcer=_share(answered, "refused_attack", "undecided"),
        bpcer_unanswered=_share(answered, "refused_attack", "undecided", "asked"),
    )


def _passed(attacks: list[Video]) -> Rate:
    """Granted at once, or asked and with turns to both sides in it."""
    lucky = [v for v in attacks if v.decision.decision == "asked" and len(v.turns) == BOTH]
    granted = [v for v in attacks if v.decision.decision == "granted"]
    return rate(len(lucky) + len(granted), len(attacks))


def _of(played: list[Video], label: str) -> list[Video]:
    return [video for video in played if video.label == label]


def _granted_by_start(played: list[Video]) -> Rate:
    shown: Counter[Word] = Counter()
    for video in played:
        shown.update(video.starts)
    return rate(shown["granted"], shown.total())


def _answered(played: list[Video]) -> list[Video]:
    return [video for video in played if video.answered]


def _unanswered(played: list[Video]) -> Rate:
    return rate(len(played) - len(_answered(played)), len(played))


def _share(played: list[Video], *words: Word) -> Rate:
    return rate(sum(one.decision.decision in words for one in played), len(played))

"""The readings of one attempt to what the door would have done with them.

These are the appliance's rules without the match, written again because the wings never import each
other: appliance/people.py (_face), appliance/decision.py (face_reason) and appliance/attempt.py
(with_face, hopeless, wants_step_up). tests/coprocessor/test_evaluate.py holds the two together.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from board.bundle import Thresholds
from board.link.messages import FaceReading

Reason = Literal["", "attack_suspected", "quality_too_low", "no_face_reading"]
Word = Literal["granted", "refused_attack", "asked", "undecided"]
PROGRESS: Final[tuple[Reason, ...]] = ("no_face_reading", "quality_too_low", "attack_suspected", "")
LOOK_MS: Final = 3_000
"""One person so long unclear, and nothing else amiss: a head turn is asked for."""


@dataclass(frozen=True)
class Decision:
    """What the door would have done, at how many milliseconds, and why not, if not granted.

    asked: it would have asked for a head turn; what came of that is not in the readings.
    at_any_moment: any reading at all of this video would have let somebody in.
    """

    decision: Word
    reason: Reason
    decided_ms: int | None
    at_any_moment: bool

    def __str__(self) -> str:
        when = "" if self.decided_ms is None else f" at {self.decided_ms} ms"
        why = f" ({self.reason})" if self.decision == "undecided" else ""
        lucky = self.at_any_moment and self.decision != "granted"
        later = "; another moment would have been granted" if lucky else ""
        return f"{self.decision}{when}{why}{later}"


class Attempt:
    """One attempt, reading by reading; `word` is "undecided" until one of them ends it."""

    def __init__(self, limits: Thresholds) -> None:
        self._limits = limits
        self._unclear: tuple[int, int, int] | None = None  # track, since_ms, until_ms
        self.word: Word = "undecided"
        self.reason: Reason = "no_face_reading"
        self.decided_ms: int | None = None

    def take(self, at_ms: int, reading: FaceReading) -> None:
        """One more reading. One that grants, is an attack beyond doubt, or is one too many of
        those that are unclear ends the attempt; else the furthest reason is kept."""
        if self.decided_ms is not None:
            return
        why = reason(reading, self._limits)
        word = self._ended(at_ms, reading, why)
        if word != "undecided":
            self.word, self.decided_ms = word, at_ms
        if word in ("granted", "refused_attack"):
            self.reason = why
        else:
            self.reason = max(self.reason, why, key=PROGRESS.index)

    def _ended(self, at_ms: int, reading: FaceReading, why: Reason) -> Word:
        if not why:
            return "granted"
        if _clear_attack(reading, self._limits):
            return "refused_attack"
        if why == "attack_suspected" and not reading.refusal:
            track, since_ms, _ = self._unclear or (0, at_ms, at_ms)
            same = self._unclear is None or track == reading.track
            self._unclear = reading.track, since_ms if same else at_ms, at_ms
        return "asked" if self._lasts() else "undecided"

    def _lasts(self) -> bool:
        return self._unclear is not None and self._unclear[2] - self._unclear[1] >= LOOK_MS


def enough(reading: FaceReading, limits: Thresholds) -> bool:
    """May a verdict rest on this?"""
    return (
        reading.refusal != "no_face"
        and reading.frames >= limits.attack_frames
        and reading.span_ms >= limits.attack_span_ms
    )


def reason(reading: FaceReading, limits: Thresholds) -> Reason:
    """Why this reading lets nobody in, or ""."""
    if not enough(reading, limits):
        return "no_face_reading"
    if reading.attack_permille > limits.attack_accept_permille:
        return "attack_suspected"
    return "quality_too_low" if reading.refusal else ""


def decide(given: Iterable[tuple[int, FaceReading]], limits: Thresholds) -> Decision:
    """What one attempt over all these readings comes to."""
    attempt = Attempt(limits)
    any_moment = False
    for at_ms, reading in given:
        any_moment = any_moment or not reason(reading, limits)
        attempt.take(at_ms, reading)
    return Decision(attempt.word, attempt.reason, attempt.decided_ms, any_moment)


def until_decided(
    given: Iterable[tuple[int, FaceReading]], limits: Thresholds
) -> Iterator[tuple[int, FaceReading]]:
    """The readings up to the one that ends the attempt: what comes after need not be measured."""
    attempt = Attempt(limits)
    for at_ms, reading in given:
        attempt.take(at_ms, reading)
        yield at_ms, reading
        if attempt.decided_ms is not None:
            return


def _clear_attack(reading: FaceReading, limits: Thresholds) -> bool:
    return enough(reading, limits) and reading.attack_permille >= limits.attack_refuse_permille

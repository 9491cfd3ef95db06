"""The readings of one attempt to what the door would have done with them.

These are the appliance's rules without the match, written again because the wings never import each
other: appliance/people.py (_face), appliance/decision.py (face_reason) and appliance/attempt.py
(with_face, hopeless). tests/coprocessor/test_evaluate.py holds the two together.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from board.bundle import Thresholds
from board.link.messages import FaceReading

Reason = Literal["", "attack_suspected", "quality_too_low", "no_face_reading"]
Word = Literal["granted", "refused_attack", "undecided"]
PROGRESS: Final[tuple[Reason, ...]] = ("no_face_reading", "quality_too_low", "attack_suspected", "")


@dataclass(frozen=True)
class Decision:
    """What the door would have done, at how many milliseconds, and why not, if not granted.

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
    """The first reading that grants or is an attack beyond doubt; else the furthest reason."""
    decided: tuple[Word, Reason, int] | None = None
    furthest: Reason = "no_face_reading"
    any_moment = False
    for at_ms, reading in given:
        why = reason(reading, limits)
        any_moment = any_moment or not why
        furthest = max(furthest, why, key=PROGRESS.index)
        if decided is None and not why:
            decided = "granted", why, at_ms
        elif decided is None and _clear_attack(reading, limits):
            decided = "refused_attack", "attack_suspected", at_ms
    word, why, decided_ms = decided or ("undecided", furthest, None)
    return Decision(word, why, decided_ms, any_moment)


def until_decided(
    given: Iterable[tuple[int, FaceReading]], limits: Thresholds
) -> Iterator[tuple[int, FaceReading]]:
    """The readings up to the one that ends the attempt: what comes after need not be measured."""
    for at_ms, reading in given:
        yield at_ms, reading
        if not reason(reading, limits) or _clear_attack(reading, limits):
            return


def _clear_attack(reading: FaceReading, limits: Thresholds) -> bool:
    return enough(reading, limits) and reading.attack_permille >= limits.attack_refuse_permille

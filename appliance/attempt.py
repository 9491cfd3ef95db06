"""One access attempt: which factors it wants, what came in, and when it is over."""

# Pure: values in, new values out; time is an argument. Runs unchanged under MicroPython.

from collections import namedtuple

from appliance import decision

CARD = "card"
PIN = "pin"
FACE = "face"

MISSES_ENOUGH = 6
"""Readings good enough to match that all missed: a different person stands there, say so early."""

# number: journalled with everything that belongs to it. wanted: factors beyond the first.
# facts: what the decision will be made of. furthest: the reading that came nearest to a match so
# far. misses: readings that would have done, but for the person.
Attempt = namedtuple("Attempt", ("number", "wanted", "facts", "furthest", "misses"))

# From "nothing seen" to "almost": at the deadline the furthest one is the reason that helps.
PROGRESS = (
    decision.NO_FACE_READING,
    decision.QUALITY_TOO_LOW,
    decision.ATTACK_SUSPECTED,
    decision.NO_MATCH,
    decision.AMBIGUOUS_MATCH,
)


def begin(number: int, wanted: tuple[str, ...], facts: decision.Facts) -> Attempt:
    """Return a new attempt; `wanted` are the factors that still have to be shown."""
    facts = decision.filled_in(facts, PIN in wanted, facts.pin, FACE in wanted, facts.face)
    return Attempt(number, wanted, facts, None, 0)


def missing(attempt: Attempt) -> str:
    """Return the factor to ask for next, or an empty string when all were shown."""
    facts = attempt.facts
    if facts.wants_pin and facts.pin == decision.PIN_MISSING:
        return PIN
    if facts.wants_face and (attempt.furthest is None or attempt.furthest.reason):
        return FACE
    return ""


def with_pin(attempt: Attempt, pin: int) -> Attempt:
    """Return the attempt with what became of the PIN (decision.PIN_*)."""
    number, wanted, facts, furthest, misses = attempt
    facts = decision.filled_in(facts, facts.wants_pin, pin, facts.wants_face, facts.face)
    return Attempt(number, wanted, facts, furthest, misses)


# A face and what decision.face_reason makes of it.
Seen = namedtuple("Seen", ("face", "reason"))


def with_face(attempt: Attempt, face: decision.Face, limits: decision.Limits) -> Attempt:
    """Return the attempt with one more reading; the best so far counts, and any clear attack."""
    number, wanted, facts, furthest, misses = attempt
    reason = decision.face_reason(face, limits)
    misses += reason == decision.NO_MATCH
    if furthest is None or clear_attack(face, limits) or _rank(reason) >= _rank(furthest.reason):
        furthest = Seen(face, reason)
        facts = decision.filled_in(facts, facts.wants_pin, facts.pin, facts.wants_face, face)
    return Attempt(number, wanted, facts, furthest, misses)


def _rank(reason: str) -> int:
    return PROGRESS.index(reason) if reason else len(PROGRESS)


def clear_attack(face: decision.Face, limits: decision.Limits) -> bool:
    """Return whether a reading is an attack beyond doubt."""
    return bool(face.enough and face.attack_permille >= limits.attack_refuse)


def hopeless(attempt: Attempt, limits: decision.Limits) -> bool:
    """Return whether waiting longer cannot help: a wrong PIN, a clear attack, a stranger."""
    facts = attempt.facts
    if facts.wants_pin and facts.pin == decision.PIN_WRONG:
        return True
    if facts.face is None or not facts.wants_face:
        return False
    return clear_attack(facts.face, limits) or bool(attempt.misses >= MISSES_ENOUGH)

"""One access attempt: which factors it wants, what came in, and when it is over."""

# Pure: values in, new values out; time is an argument. Runs unchanged under MicroPython.

from collections import namedtuple

from appliance import decision, stepup

CARD = "card"
PIN = "pin"
FACE = "face"

MISSES_ENOUGH = 6
"""Readings good enough to match that all missed: a different person stands there, say so early."""

LOOK_MS = 3_000
"""Of unclear readings that match: then the holder is asked to turn their head."""

# number: journalled with everything that belongs to it. wanted: factors beyond the first.
# facts: what the decision will be made of. furthest: the reading that came nearest to a match so
# far. misses: readings that would have done, but for the person. unclear: how long one person has
# been unclear who would do but for that. step_up: the head turn asked for.
Attempt = namedtuple(
    "Attempt", ("number", "wanted", "facts", "furthest", "misses", "unclear", "step_up")
)

# A face and what decision.face_reason makes of it.
Seen = namedtuple("Seen", ("face", "reason"))

Unclear = namedtuple("Unclear", ("track", "since_ms", "until_ms", "face"))

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
    facts = _wanting(facts, PIN in wanted, facts.pin, FACE in wanted)
    facts = _of_face(facts, facts.face, stepup.NONE)
    return Attempt(number, wanted, facts, None, 0, None, stepup.NOT_ASKED)


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
    number, wanted, facts, furthest, misses, unclear, step_up = attempt
    facts = _wanting(facts, facts.wants_pin, pin, facts.wants_face)
    return Attempt(number, wanted, facts, furthest, misses, unclear, step_up)


def with_second_factor(attempt: Attempt, wanted: tuple[str, ...], pin: int) -> Attempt:
    """Return the attempt that wants a PIN after all; `pin` is PIN_NONE where there can be none."""
    number, _, facts, furthest, misses, unclear, step_up = attempt
    facts = _wanting(facts, True, pin, facts.wants_face)
    return Attempt(number, wanted, facts, furthest, misses, unclear, step_up)


def with_face(
    attempt: Attempt,
    face: decision.Face,
    limits: decision.Limits,
    look: stepup.Look,
    now_ms: int,
) -> Attempt:
    """Return the attempt with one more reading; the best so far counts, and any clear attack.

    Once a step-up is asked for, readings answer that, and only its last one can still be best.
    """
    number, wanted, facts, furthest, misses, unclear, step_up = attempt
    holder = not decision.face_reason(face, limits, stepup.PASSED)
    step_up = stepup.look_at(step_up, look, holder, now_ms)
    reason = decision.face_reason(face, limits, step_up.result)
    misses += reason == decision.NO_MATCH
    if reason == decision.ATTACK_SUSPECTED and holder:
        unclear = _lasting(unclear, face, look, now_ms)
    if decision.clear_attack(face, limits) or _counts(attempt, reason):
        furthest = Seen(face, reason)
    facts = _of_face(facts, furthest.face if furthest else facts.face, step_up.result)
    return Attempt(number, wanted, facts, furthest, misses, unclear, step_up)


def _counts(attempt: Attempt, reason: str) -> bool:
    """Return whether a reading of this reason is at least as good as the best so far."""
    if attempt.step_up.result != stepup.NONE:
        return attempt.step_up.result == stepup.ASKED and not reason
    return attempt.furthest is None or _rank(reason) >= _rank(attempt.furthest.reason)


def _rank(reason: str) -> int:
    return PROGRESS.index(reason) if reason else len(PROGRESS)


def _lasting(
    unclear: Unclear | None, face: decision.Face, look: stepup.Look, now_ms: int
) -> Unclear:
    """Return for how long this person has been unclear; somebody else begins anew."""
    if unclear is None or unclear.track != look.track or now_ms < unclear.until_ms:
        return Unclear(look.track, now_ms, now_ms, face)
    return Unclear(look.track, unclear.since_ms, now_ms, face)


def wants_step_up(attempt: Attempt, limits: decision.Limits) -> bool:
    """Return whether to ask for a head turn: long enough unclear, and all else would be granted.

    Who would be refused anyway is never asked: it would say that the face matched.
    """
    unclear = attempt.unclear
    if attempt.step_up.result != stepup.NONE or unclear is None:
        return False
    if unclear.until_ms - unclear.since_ms < LOOK_MS:
        return False
    turned = _of_face(attempt.facts, unclear.face, stepup.PASSED)
    return bool(decision.decide(turned, limits).granted)


def with_step_up(
    attempt: Attempt, sides: tuple[str, ...], look: stepup.Look, now_ms: int
) -> Attempt:
    """Return the attempt that asks whom `look` shows to turn their head to these sides."""
    number, wanted, facts, _, misses, unclear, _ = attempt
    step_up = stepup.ask(sides, look, now_ms)
    furthest = Seen(unclear.face, decision.STEP_UP_FAILED)
    facts = _of_face(facts, unclear.face, step_up.result)
    return Attempt(number, wanted, facts, furthest, misses, unclear, step_up)


def _wanting(facts: decision.Facts, wants_pin: bool, pin: int, wants_face: bool) -> decision.Facts:
    """Return the facts with other factors wanted (MicroPython's namedtuple has no _replace)."""
    standing, _, _, _, face, step_up, either, company = facts
    return decision.Facts(standing, wants_pin, pin, wants_face, face, step_up, either, company)


def _of_face(facts: decision.Facts, face: decision.Face | None, step_up: int) -> decision.Facts:
    standing, wants_pin, pin, wants_face, _, _, either, company = facts
    return decision.Facts(standing, wants_pin, pin, wants_face, face, step_up, either, company)


def hopeless(attempt: Attempt, limits: decision.Limits) -> bool:
    """Return whether waiting longer cannot help.

    A PIN that does not count, a clear attack, a stranger, or a head turned otherwise than asked.
    """
    facts = attempt.facts
    if facts.wants_pin and facts.pin in (decision.PIN_WRONG, decision.PIN_LOCKED):
        return True
    if facts.face is None or not facts.wants_face:
        return False
    if facts.step_up == stepup.FAILED:
        return True
    return decision.clear_attack(facts.face, limits) or bool(attempt.misses >= MISSES_ENOUGH)

"""One access attempt: which factors it wants, what came in, and when it is over."""

# Pure: values in, new values out; time is an argument. Runs unchanged under MicroPython.

from collections import namedtuple

from appliance import decision, stepup

CARD = "card"
PIN = "pin"
FACE = "face"
CARD_OR_PIN = "card_or_pin"
FACE_OR_PIN = "face_or_pin"

MISSES_ENOUGH = 6
"""Readings good enough to match that all missed: a different person stands there, say so early."""

LOOK_MS = 3_000
"""Of unclear readings that match: then the holder is asked to turn their head."""

# number: journalled with everything that belongs to it. wanted: factors beyond the first.
# facts: what the decision will be made of. furthest: the reading that came nearest to a match so
# far. misses: readings that would have done, but for the person. unclear: how long one person has
# been unclear who would do but for that. step_up: the head turn asked for. or_card: the card of
# the holder whose face was seen would do in place of the PIN.
Attempt = namedtuple(
    "Attempt", ("number", "wanted", "facts", "furthest", "misses", "unclear", "step_up", "or_card")
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
    return Attempt(number, wanted, facts, None, 0, None, stepup.NOT_ASKED, False)


def missing(attempt: Attempt) -> str:
    """Return the factor to ask for next, or an empty string when all were shown."""
    unseen = _unseen(attempt)
    if attempt.facts.either:
        return _missing_of_either(attempt) if unseen else ""
    if takes_pin(attempt):
        return CARD_OR_PIN if attempt.or_card else PIN
    if attempt.or_card and attempt.facts.pin == decision.PIN_NONE:
        return CARD
    return FACE if unseen else ""


def takes_pin(attempt: Attempt) -> bool:
    """Return whether a PIN counts now; not where a head turn was asked for in its place."""
    facts = attempt.facts
    turning = facts.either and facts.step_up != stepup.NONE
    return bool(facts.wants_pin and facts.pin == decision.PIN_MISSING and not turning)


def takes_face(attempt: Attempt) -> bool:
    """Return whether a face counts now."""
    return missing(attempt) in (FACE, FACE_OR_PIN)


def takes_card(attempt: Attempt) -> bool:
    """Return whether the card of the holder whose face was seen counts now."""
    return missing(attempt) in (CARD, CARD_OR_PIN)


def shown(attempt: Attempt) -> tuple[str, ...]:
    """Return the factors that the attempt rests on, beyond the first; of either, which one."""
    if not attempt.facts.either:
        return tuple(attempt.wanted)
    return (FACE,) if attempt.facts.pin == decision.PIN_MISSING else (PIN,)


def _unseen(attempt: Attempt) -> bool:
    furthest = attempt.furthest
    return bool(attempt.facts.wants_face and (furthest is None or furthest.reason))


def _missing_of_either(attempt: Attempt) -> str:
    if takes_pin(attempt):
        return FACE_OR_PIN
    return FACE if attempt.facts.pin == decision.PIN_MISSING else ""


def with_pin(attempt: Attempt, pin: int) -> Attempt:
    """Return the attempt with what became of the PIN (decision.PIN_*)."""
    number, wanted, facts, furthest, misses, unclear, step_up, or_card = attempt
    facts = _wanting(facts, facts.wants_pin, pin, facts.wants_face)
    return Attempt(number, wanted, facts, furthest, misses, unclear, step_up, or_card)


def with_second_factor(
    attempt: Attempt, wanted: tuple[str, ...], pin: int, or_card: bool = False
) -> Attempt:
    """Return the attempt that wants a PIN after all; `pin` is PIN_NONE where there can be none.

    or_card: the holder's own card would do as well.
    """
    number, _, facts, furthest, misses, unclear, step_up, _ = attempt
    facts = _wanting(facts, True, pin, facts.wants_face)
    return Attempt(number, wanted, facts, furthest, misses, unclear, step_up, or_card)


def with_card(attempt: Attempt, standing: decision.Standing) -> Attempt:
    """Return the attempt after the holder's own card was shown; `standing` is that of the card."""
    number, wanted, facts, furthest, misses, unclear, step_up, _ = attempt
    wanted = tuple([factor for factor in wanted if factor != PIN])
    facts = decision.Facts(standing, False, *facts[2:])
    return Attempt(number, wanted, facts, furthest, misses, unclear, step_up, False)


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
    number, wanted, facts, furthest, misses, unclear, step_up, or_card = attempt
    holder = not decision.face_reason(face, limits, stepup.PASSED)
    step_up = stepup.look_at(step_up, look, holder, now_ms)
    reason = decision.face_reason(face, limits, step_up.result)
    misses += reason == decision.NO_MATCH
    if reason == decision.ATTACK_SUSPECTED and holder:
        unclear = _lasting(unclear, face, look, now_ms)
    if decision.clear_attack(face, limits) or _counts(attempt, reason):
        furthest = Seen(face, reason)
    facts = _of_face(facts, furthest.face if furthest else facts.face, step_up.result)
    return Attempt(number, wanted, facts, furthest, misses, unclear, step_up, or_card)


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


def wants_turn(attempt: Attempt, limits: decision.Limits) -> bool:
    """Return whether to ask for a head turn although the face is clear: all would be granted."""
    if attempt.step_up.result != stepup.NONE or missing(attempt):
        return False
    return bool(decision.decide(attempt.facts, limits).granted)


def with_step_up(
    attempt: Attempt, sides: tuple[str, ...], look: stepup.Look, now_ms: int
) -> Attempt:
    """Return the attempt that asks whom `look` shows to turn their head to these sides."""
    number, wanted, facts, _, misses, unclear, _, or_card = attempt
    face = unclear.face if unclear else facts.face
    step_up = stepup.ask(sides, look, now_ms)
    furthest = Seen(face, decision.STEP_UP_FAILED)
    facts = _of_face(facts, face, step_up.result)
    return Attempt(number, wanted, facts, furthest, misses, unclear, step_up, or_card)


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
    Where a PIN is enough a stranger's face is waited with: the holder may stand behind them.
    """
    facts = attempt.facts
    if facts.wants_pin and facts.pin in (decision.PIN_WRONG, decision.PIN_LOCKED):
        return True
    if facts.face is None or not facts.wants_face:
        return False
    if facts.step_up == stepup.FAILED:
        return True
    if decision.clear_attack(facts.face, limits):
        return True
    return bool(attempt.misses >= MISSES_ENOUGH and not facts.either)

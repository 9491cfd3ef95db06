"""Who may pass: the facts of an attempt in, granted or the one reason why not out."""

# Pure and total: every combination of facts has an answer, and only one answer grants.
# Runs unchanged under MicroPython: ints, strings, namedtuple.

from collections import namedtuple

from appliance import stepup

GRANTED = "granted"
UNKNOWN_CREDENTIAL = "unknown_credential"
LOST = "lost"
SUSPENDED = "suspended"
OUTSIDE_VALIDITY = "outside_validity"
LOCKDOWN = "lockdown"
NO_RIGHT = "no_right"
OUTSIDE_SCHEDULE = "outside_schedule"
ANTI_PASSBACK = "anti_passback"
AREA_FULL = "area_full"
INTERLOCK = "interlock"
NO_PIN = "no_pin"
LOCKED_OUT = "locked_out"
WRONG_PIN = "wrong_pin"
SECOND_FACTOR = "second_factor"
NO_FACE_READING = "no_face_reading"
ATTACK_SUSPECTED = "attack_suspected"
STEP_UP_FAILED = "step_up_failed"
QUALITY_TOO_LOW = "quality_too_low"
NO_MATCH = "no_match"
AMBIGUOUS_MATCH = "ambiguous_match"
TWO_PERSON = "two_person"
ESCORT = "escort"
FAULT = "fault"

PIN_MISSING, PIN_WRONG, PIN_RIGHT, PIN_DURESS, PIN_NONE, PIN_LOCKED = range(6)
"""What became of the PIN; PIN_NONE: one is wanted that the holder does not have, or cannot enter.
PIN_LOCKED: whatever was entered counts for nothing, after too many wrong ones.
Whoever opens under duress is let in, and help is called silently."""

ENOUGH, SECOND_WANTED, ESCORT_WANTED = range(3)
"""Whether whoever else has shown who they are makes up the company that this door wants."""

# What vault, site and door say of a credential and its holder here, now, before anything else is
# shown. passback: they would enter where they are. full: the area is. interlock: another door of
# the lock stands open.
Standing = namedtuple(
    "Standing",
    (
        "known",
        "lost",
        "suspended",
        "valid",
        "lockdown",
        "right",
        "in_schedule",
        "passback",
        "full",
        "interlock",
    ),
)

ADMISSIBLE = Standing(True, False, False, True, False, True, True, False, False, False)
"""Nothing speaks against them yet."""

# wants_pin, wants_face: which factors this attempt needs beyond the credential; either: one of the
# two is enough.
# face: a Face, or None when nothing was read in time (the link's NO_ANSWER).
# step_up: what became of the head turn that an unclear face is asked for (stepup.NONE, ...).
# company: ENOUGH, or who else is wanted.
Facts = namedtuple(
    "Facts",
    ("standing", "wants_pin", "pin", "wants_face", "face", "step_up", "either", "company"),
)

# One reading beside the reference: enough evidence or not, the attack score in permille, whether
# the picture was refused, similarity and margin over the next holder in 1/10000 of a cosine.
Face = namedtuple("Face", ("enough", "attack_permille", "refused", "similarity_e4", "margin_e4"))

# The thresholds of the verified bundle: attack score accepted up to, refused from (in between it
# is unclear); least similarity; least margin (0 for 1:1, where there is no next holder).
Limits = namedtuple("Limits", ("attack_accept", "attack_refuse", "similarity", "margin"))

Decision = namedtuple("Decision", ("granted", "reason", "duress"))


def decide(facts: Facts, limits: Limits) -> Decision:
    """Return the decision; checks run in one fixed order and the first refusal wins."""
    reason = (
        _standing_reason(facts.standing)
        or _factors_reason(facts, limits)
        or COMPANY.get(facts.company, "")
    )
    if reason:
        return Decision(False, reason, False)
    return Decision(True, GRANTED, bool(facts.wants_pin and facts.pin == PIN_DURESS))


def unshown(standing: Standing) -> Facts:
    """Return the facts of an attempt where nothing else was shown yet, and nothing is wanted."""
    return Facts(standing, False, PIN_MISSING, False, None, stepup.NONE, False, ENOUGH)


COMPANY = {SECOND_WANTED: TWO_PERSON, ESCORT_WANTED: ESCORT}


def _standing_reason(standing: Standing) -> str:
    if not standing.known:
        return UNKNOWN_CREDENTIAL
    if standing.lost:
        return LOST
    if standing.suspended:
        return SUSPENDED
    if not standing.valid:
        return OUTSIDE_VALIDITY
    if standing.lockdown:
        return LOCKDOWN
    if not standing.right:
        return NO_RIGHT
    return _place_reason(standing)


def _place_reason(standing: Standing) -> str:
    """Return why somebody with a right may not pass here now."""
    if not standing.in_schedule:
        return OUTSIDE_SCHEDULE
    if standing.passback:
        return ANTI_PASSBACK
    if standing.full:
        return AREA_FULL
    return INTERLOCK if standing.interlock else ""


def _factors_reason(facts: Facts, limits: Limits) -> str:
    if facts.either:
        return _either_reason(facts, limits)
    return _pin_reason(facts) or _face_reason(facts, limits)


def _either_reason(facts: Facts, limits: Limits) -> str:
    """Return why neither PIN nor face will do; a right PIN takes no suspicion off the face."""
    if facts.pin in (PIN_WRONG, PIN_LOCKED):
        return _pin_reason(facts)
    reason = _face_reason(facts, limits)
    if _pin_reason(facts) or facts.step_up in (stepup.ASKED, stepup.FAILED):
        return reason
    return ATTACK_SUSPECTED if facts.face and clear_attack(facts.face, limits) else ""


def _pin_reason(facts: Facts) -> str:
    if not facts.wants_pin or facts.pin in (PIN_RIGHT, PIN_DURESS):
        return ""
    if facts.pin == PIN_NONE:
        return SECOND_FACTOR
    if facts.pin == PIN_LOCKED:
        return LOCKED_OUT
    return NO_PIN if facts.pin == PIN_MISSING else WRONG_PIN


def _face_reason(facts: Facts, limits: Limits) -> str:
    if not facts.wants_face:
        return ""
    return face_reason(facts.face, limits, facts.step_up)


def clear_attack(face: Face, limits: Limits) -> bool:
    """Return whether a reading is an attack beyond doubt."""
    return bool(face.enough and face.attack_permille >= limits.attack_refuse)


def face_reason(face: Face | None, limits: Limits, step_up: int) -> str:
    """Return why a face does not pass, or an empty string when it does.

    A step-up that was asked for must be passed, however clear the face has become since: the time
    it takes must not be so many more tries. And no step-up helps a clear attack.
    """
    if face is None or not face.enough:
        return NO_FACE_READING
    if clear_attack(face, limits):
        return ATTACK_SUSPECTED
    if step_up in (stepup.ASKED, stepup.FAILED):
        return STEP_UP_FAILED
    if face.attack_permille > limits.attack_accept and step_up != stepup.PASSED:
        return ATTACK_SUSPECTED
    if face.refused:
        return QUALITY_TOO_LOW
    if face.similarity_e4 < limits.similarity:
        return NO_MATCH
    if face.margin_e4 < limits.margin:
        return AMBIGUOUS_MATCH
    return ""

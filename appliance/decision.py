"""Who may pass: the facts of an attempt in, granted or the one reason why not out."""

# Pure and total: every combination of facts has an answer, and only one answer grants.
# Runs unchanged under MicroPython: ints, strings, namedtuple.

from collections import namedtuple

from appliance import stepup

GRANTED = "granted"
UNKNOWN_CREDENTIAL = "unknown_credential"
SUSPENDED = "suspended"
OUTSIDE_VALIDITY = "outside_validity"
LOCKDOWN = "lockdown"
NO_RIGHT = "no_right"
OUTSIDE_SCHEDULE = "outside_schedule"
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
FAULT = "fault"

PIN_MISSING, PIN_WRONG, PIN_RIGHT, PIN_DURESS, PIN_NONE, PIN_LOCKED = range(6)
"""What became of the PIN; PIN_NONE: one is wanted that the holder does not have, or cannot enter.
PIN_LOCKED: whatever was entered counts for nothing, after too many wrong ones.
Whoever opens under duress is let in, and help is called silently."""

# known, suspended, valid, right, in_schedule: what the vault says of the credential and its holder
# here, now.
# wants_pin, wants_face: which factors this attempt needs beyond the credential.
# face: a Face, or None when nothing was read in time (the link's NO_ANSWER).
# step_up: what became of the head turn that an unclear face is asked for (stepup.NONE, ...).
Facts = namedtuple(
    "Facts",
    (
        "known",
        "suspended",
        "valid",
        "lockdown",
        "right",
        "in_schedule",
        "wants_pin",
        "pin",
        "wants_face",
        "face",
        "step_up",
    ),
)

# One reading beside the reference: enough evidence or not, the attack score in permille, whether
# the picture was refused, similarity and margin over the next holder in 1/10000 of a cosine.
Face = namedtuple("Face", ("enough", "attack_permille", "refused", "similarity_e4", "margin_e4"))

# The thresholds of the verified bundle: attack score accepted up to, refused from (in between it
# is unclear); least similarity; least margin (0 for 1:1, where there is no next holder).
Limits = namedtuple("Limits", ("attack_accept", "attack_refuse", "similarity", "margin"))

Decision = namedtuple("Decision", ("granted", "reason", "duress"))


def filled_in(
    facts: Facts, wants_pin: bool, pin: int, wants_face: bool, face: Face | None, step_up: int
) -> Facts:
    """Return the facts with what an attempt adds (MicroPython's namedtuple has no _replace)."""
    return Facts(*facts[:6], wants_pin, pin, wants_face, face, step_up)


def decide(facts: Facts, limits: Limits) -> Decision:
    """Return the decision; checks run in one fixed order and the first refusal wins."""
    reason = _credential_reason(facts) or _pin_reason(facts) or _face_reason(facts, limits)
    if reason:
        return Decision(False, reason, False)
    return Decision(True, GRANTED, bool(facts.wants_pin and facts.pin == PIN_DURESS))


def _credential_reason(facts: Facts) -> str:
    if not facts.known:
        return UNKNOWN_CREDENTIAL
    if facts.suspended:
        return SUSPENDED
    if not facts.valid:
        return OUTSIDE_VALIDITY
    if facts.lockdown:
        return LOCKDOWN
    if not facts.right:
        return NO_RIGHT
    if not facts.in_schedule:
        return OUTSIDE_SCHEDULE
    return ""


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


def face_reason(face: Face | None, limits: Limits, step_up: int) -> str:
    """Return why a face does not pass, or an empty string when it does.

    A step-up that was asked for must be passed, however clear the face has become since: the time
    it takes must not be so many more tries. And no step-up helps a clear attack.
    """
    if face is None or not face.enough:
        return NO_FACE_READING
    if face.attack_permille >= limits.attack_refuse:
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

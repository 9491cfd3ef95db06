"""An attempt keeps its best reading, and knows when waiting cannot help."""

from appliance import attempt, decision
from appliance.decision import Face, Facts, Limits

LIMITS = Limits(attack_accept=400, attack_refuse=700, similarity=3_500, margin=0)
KNOWN = Facts(True, False, True, False, True, False, decision.PIN_MISSING, False, None)
MATCH = Face(True, 100, False, 6_000, 0)
STRANGER = MATCH._replace(similarity_e4=500)
UNCLEAR = MATCH._replace(attack_permille=500)
ATTACK = MATCH._replace(attack_permille=700)
EARLY = MATCH._replace(enough=False)


def begun(*wanted: str) -> attempt.Attempt:
    return attempt.begin(7, wanted, KNOWN)


def seen(*faces: Face) -> attempt.Attempt:
    current = begun(attempt.FACE)
    for face in faces:
        current = attempt.with_face(current, face, LIMITS)
    return current


def reason(current: attempt.Attempt) -> str:
    return str(decision.decide(current.facts, LIMITS).reason)


def test_a_card_alone_misses_nothing() -> None:
    assert attempt.missing(begun()) == ""


def test_pin_is_asked_before_the_face() -> None:
    current = begun(attempt.PIN, attempt.FACE)
    assert attempt.missing(current) == attempt.PIN
    current = attempt.with_pin(current, decision.PIN_RIGHT)
    assert attempt.missing(current) == attempt.FACE
    current = attempt.with_face(current, MATCH, LIMITS)
    assert attempt.missing(current) == ""
    assert reason(current) == decision.GRANTED


def test_a_wrong_pin_is_hopeless_and_a_right_one_is_not() -> None:
    assert not attempt.hopeless(begun(attempt.PIN), LIMITS)
    assert attempt.hopeless(attempt.with_pin(begun(attempt.PIN), decision.PIN_WRONG), LIMITS)
    assert not attempt.hopeless(attempt.with_pin(begun(attempt.PIN), decision.PIN_RIGHT), LIMITS)


def test_too_little_evidence_keeps_looking() -> None:
    current = seen(EARLY)
    assert attempt.missing(current) == attempt.FACE
    assert not attempt.hopeless(current, LIMITS)
    assert reason(current) == decision.NO_FACE_READING


def test_an_attack_by_too_little_evidence_is_not_yet_one() -> None:
    assert not attempt.hopeless(seen(ATTACK._replace(enough=False)), LIMITS)


def test_a_clear_attack_is_hopeless_and_an_unclear_one_is_looked_at_again() -> None:
    assert attempt.hopeless(seen(ATTACK), LIMITS)
    assert reason(seen(ATTACK)) == decision.ATTACK_SUSPECTED
    assert not attempt.hopeless(seen(UNCLEAR), LIMITS)
    assert reason(seen(UNCLEAR, MATCH)) == decision.GRANTED


def test_a_clear_attack_after_a_stranger_is_an_attack() -> None:
    current = seen(STRANGER, ATTACK)
    assert attempt.hopeless(current, LIMITS)
    assert reason(current) == decision.ATTACK_SUSPECTED


def test_a_stranger_is_told_early_but_not_at_once() -> None:
    assert not attempt.hopeless(seen(*[STRANGER] * (attempt.MISSES_ENOUGH - 1)), LIMITS)
    current = seen(*[STRANGER] * attempt.MISSES_ENOUGH)
    assert attempt.hopeless(current, LIMITS)
    assert reason(current) == decision.NO_MATCH


def test_the_furthest_reading_gives_the_reason() -> None:
    blurred = MATCH._replace(refused=True)
    assert reason(seen(EARLY, blurred, EARLY)) == decision.QUALITY_TOO_LOW
    assert reason(seen(blurred, STRANGER, blurred)) == decision.NO_MATCH


def test_a_reading_without_a_wanted_face_is_never_hopeless() -> None:
    assert not attempt.hopeless(attempt.with_face(begun(), ATTACK, LIMITS), LIMITS)


def test_of_two_readings_that_reach_as_far_the_newer_counts() -> None:
    nearer = STRANGER._replace(similarity_e4=3_000)
    assert seen(STRANGER, nearer).furthest.face == nearer


def test_before_the_first_reading_there_is_hope() -> None:
    assert not attempt.hopeless(begun(attempt.FACE), LIMITS)

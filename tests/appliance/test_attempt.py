"""An attempt keeps its best reading, and knows when waiting cannot help."""

import pytest

from appliance import attempt, decision, stepup
from appliance.decision import Face, Limits
from appliance.stepup import LEFT, RIGHT, Look

LIMITS = Limits(attack_accept=400, attack_refuse=700, similarity=3_500, margin=0)
KNOWN = decision.unshown(decision.ADMISSIBLE)
MATCH = Face(True, 100, False, 6_000, 0)
STRANGER = MATCH._replace(similarity_e4=500)
UNCLEAR = MATCH._replace(attack_permille=500)
ATTACK = MATCH._replace(attack_permille=700)
EARLY = MATCH._replace(enough=False)
FRONT = Look(7, True, 0, 60)
EVERY_MS = 100


def begun(*wanted: str) -> attempt.Attempt:
    return attempt.begin(7, wanted, KNOWN)


def seen(*faces: Face) -> attempt.Attempt:
    current = begun(attempt.FACE)
    for number, face in enumerate(faces):
        current = attempt.with_face(current, face, LIMITS, FRONT, number * EVERY_MS)
    return current


def looked_on(*faces: Face, track: int = 7, since_ms: int = 0) -> attempt.Attempt:
    """Readings for LOOK_MS, the last one included: these, over and over."""
    current = begun(attempt.FACE)
    look = FRONT._replace(track=track)
    for number in range(attempt.LOOK_MS // EVERY_MS + 1):
        face = faces[number % len(faces)]
        current = attempt.with_face(current, face, LIMITS, look, since_ms + number * EVERY_MS)
    return current


def asked(*sides: str) -> attempt.Attempt:
    return attempt.with_step_up(looked_on(UNCLEAR), sides, FRONT, attempt.LOOK_MS)


def answered(current: attempt.Attempt, *yaws_deg: int, face: Face = UNCLEAR) -> attempt.Attempt:
    for yaw_deg in yaws_deg:
        now_ms = current.step_up.seen_ms + EVERY_MS
        turned = abs(yaw_deg) > 20
        shown = face._replace(refused=True, similarity_e4=-10_000) if turned else face
        look = FRONT._replace(yaw_deg=yaw_deg)
        current = attempt.with_face(current, shown, LIMITS, look, now_ms)
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
    current = attempt.with_face(current, MATCH, LIMITS, FRONT, 0)
    assert attempt.missing(current) == ""
    assert reason(current) == decision.GRANTED


def test_a_wrong_pin_is_hopeless_and_a_right_one_is_not() -> None:
    assert not attempt.hopeless(begun(attempt.PIN), LIMITS)
    assert attempt.hopeless(attempt.with_pin(begun(attempt.PIN), decision.PIN_WRONG), LIMITS)
    assert not attempt.hopeless(attempt.with_pin(begun(attempt.PIN), decision.PIN_RIGHT), LIMITS)


def test_a_pin_that_counts_for_nothing_is_hopeless() -> None:
    current = attempt.with_pin(begun(attempt.PIN, attempt.FACE), decision.PIN_LOCKED)
    assert attempt.hopeless(current, LIMITS)
    assert reason(current) == decision.LOCKED_OUT


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
    current = attempt.with_face(begun(), ATTACK, LIMITS, FRONT, 0)
    assert not attempt.hopeless(current, LIMITS)


def test_of_two_readings_that_reach_as_far_the_newer_counts() -> None:
    nearer = STRANGER._replace(similarity_e4=3_000)
    assert seen(STRANGER, nearer).furthest.face == nearer


def test_before_the_first_reading_there_is_hope() -> None:
    assert not attempt.hopeless(begun(attempt.FACE), LIMITS)


def test_who_stays_unclear_is_asked_to_turn_their_head() -> None:
    current = looked_on(UNCLEAR)
    assert attempt.wants_step_up(current, LIMITS)
    assert not attempt.hopeless(current, LIMITS)
    assert reason(current) == decision.ATTACK_SUSPECTED
    shorter = begun(attempt.FACE)
    for now_ms in (0, attempt.LOOK_MS - 1):
        shorter = attempt.with_face(shorter, UNCLEAR, LIMITS, FRONT, now_ms)
    assert not attempt.wants_step_up(shorter, LIMITS)
    assert not attempt.wants_step_up(begun(attempt.FACE), LIMITS)


def test_a_clear_holder_is_let_in_at_once_and_asked_nothing() -> None:
    current = seen(MATCH)
    assert attempt.missing(current) == ""
    assert not attempt.wants_step_up(current, LIMITS)
    assert reason(current) == decision.GRANTED


@pytest.mark.parametrize(
    "face",
    [
        UNCLEAR._replace(similarity_e4=3_499),
        UNCLEAR._replace(refused=True),
        UNCLEAR._replace(enough=False),
        STRANGER,
        ATTACK,
    ],
)
def test_nobody_else_is_ever_asked(face: Face) -> None:
    """No oracle: whose face does not match learns nothing by being asked to turn."""
    current = looked_on(face)
    assert not attempt.wants_step_up(current, LIMITS)
    assert attempt.missing(current) == attempt.FACE


def test_a_moment_of_poor_readings_costs_no_time() -> None:
    poor = UNCLEAR._replace(refused=True, similarity_e4=-10_000)
    assert attempt.wants_step_up(looked_on(UNCLEAR, poor, EARLY), LIMITS)


def test_one_reading_that_missed_does_not_keep_the_holder_out() -> None:
    current = attempt.with_face(looked_on(UNCLEAR), STRANGER, LIMITS, FRONT, attempt.LOOK_MS)
    assert attempt.wants_step_up(current, LIMITS)
    current = attempt.with_step_up(current, (LEFT,), FRONT, attempt.LOOK_MS)
    assert reason(answered(current, 0, 30, 30, 0)) == decision.GRANTED


def test_another_person_begins_anew() -> None:
    current = looked_on(UNCLEAR)
    other = FRONT._replace(track=8)
    current = attempt.with_face(current, UNCLEAR, LIMITS, other, attempt.LOOK_MS + 1)
    assert not attempt.wants_step_up(current, LIMITS)


def test_the_time_before_it_was_unclear_does_not_count() -> None:
    current = attempt.with_face(seen(MATCH), UNCLEAR, LIMITS, FRONT, attempt.LOOK_MS)
    assert not attempt.wants_step_up(current, LIMITS)


def test_two_readings_in_one_millisecond_are_no_time_running_backwards() -> None:
    current = attempt.with_face(looked_on(UNCLEAR), UNCLEAR, LIMITS, FRONT, attempt.LOOK_MS)
    assert attempt.wants_step_up(current, LIMITS)


def test_time_that_runs_backwards_begins_anew() -> None:
    current = attempt.with_face(looked_on(UNCLEAR), UNCLEAR, LIMITS, FRONT, 0)
    assert not attempt.wants_step_up(current, LIMITS)
    current = attempt.with_face(current, UNCLEAR, LIMITS, FRONT, attempt.LOOK_MS - 1)
    assert not attempt.wants_step_up(current, LIMITS)
    current = attempt.with_face(current, UNCLEAR, LIMITS, FRONT, attempt.LOOK_MS)
    assert attempt.wants_step_up(current, LIMITS)


@pytest.mark.parametrize(
    "wrong", [{"suspended": True}, {"lockdown": True}, {"right": False}, {"interlock": True}]
)
def test_who_would_be_refused_anyway_is_not_asked(wrong: dict[str, object]) -> None:
    current = looked_on(UNCLEAR)
    facts = current.facts._replace(standing=decision.ADMISSIBLE._replace(**wrong))
    current = current._replace(facts=facts)
    assert not attempt.wants_step_up(current, LIMITS)


def test_whose_pin_is_still_missing_is_not_asked() -> None:
    current = looked_on(UNCLEAR)
    current = current._replace(facts=current.facts._replace(wants_pin=True))
    assert not attempt.wants_step_up(current, LIMITS)


def test_it_is_asked_once() -> None:
    current = asked(LEFT)
    assert current.step_up.asks == (stepup.FACING, LEFT, stepup.FACING)
    assert not attempt.wants_step_up(current, LIMITS)
    assert attempt.missing(current) == attempt.FACE
    assert not attempt.hopeless(current, LIMITS)
    assert reason(current) == decision.STEP_UP_FAILED


def test_turned_as_asked_the_unclear_face_passes() -> None:
    current = answered(asked(LEFT, RIGHT), 0, 30, 30, 0, -30, -30)
    assert reason(current) == decision.STEP_UP_FAILED
    assert attempt.missing(current) == attempt.FACE
    current = answered(current, 0)
    assert attempt.missing(current) == ""
    assert not attempt.hopeless(current, LIMITS)
    assert reason(current) == decision.GRANTED
    assert current.facts.face == UNCLEAR


def test_afterwards_the_face_must_still_match() -> None:
    turned = answered(asked(LEFT), 0, 30, 30)
    for face in (UNCLEAR._replace(similarity_e4=3_499), UNCLEAR._replace(refused=True)):
        current = answered(turned, 0, 0, face=face)
        assert attempt.missing(current) == attempt.FACE
        assert reason(current) == decision.STEP_UP_FAILED


def test_the_wrong_side_is_the_end() -> None:
    current = answered(asked(LEFT), 0, -30)
    assert attempt.hopeless(current, LIMITS)
    assert reason(current) == decision.STEP_UP_FAILED
    current = answered(current, 0, face=MATCH)
    assert reason(current) == decision.STEP_UP_FAILED
    assert attempt.missing(current) == attempt.FACE


def test_once_asked_a_clear_reading_does_not_open() -> None:
    current = answered(asked(LEFT), 0, 0, face=MATCH)
    assert attempt.missing(current) == attempt.FACE
    assert reason(current) == decision.STEP_UP_FAILED


@pytest.mark.parametrize("turns", [(0,), (0, 30, 30), (0, 30, 30, 0)])
def test_a_clear_attack_is_one_whatever_was_turned(turns: tuple[int, ...]) -> None:
    current = answered(answered(asked(LEFT), *turns), 0, face=ATTACK)
    assert attempt.hopeless(current, LIMITS)
    assert reason(current) == decision.ATTACK_SUSPECTED


def test_what_comes_after_a_step_up_does_not_replace_its_last_reading() -> None:
    current = answered(asked(LEFT), 0, 30, 30, 0)
    later = attempt.with_face(current, MATCH, LIMITS, FRONT._replace(track=8), 99_000)
    assert later.facts.face == current.facts.face


def test_a_step_up_is_lost_with_the_time_it_had() -> None:
    current = asked(LEFT)
    late_ms = current.step_up.seen_ms + stepup.ASK_MS + 1
    current = attempt.with_face(current, UNCLEAR, LIMITS, FRONT, late_ms)
    assert attempt.hopeless(current, LIMITS)


def test_a_second_factor_is_wanted_after_the_face() -> None:
    wanted = (attempt.FACE, attempt.PIN)
    current = attempt.with_second_factor(seen(MATCH), wanted, decision.PIN_MISSING)
    assert (current.wanted, attempt.missing(current)) == (wanted, attempt.PIN)
    assert reason(current) == decision.NO_PIN
    assert reason(attempt.with_pin(current, decision.PIN_WRONG)) == decision.WRONG_PIN
    right = attempt.with_pin(current, decision.PIN_RIGHT)
    assert (attempt.missing(right), reason(right)) == ("", decision.GRANTED)
    without = attempt.with_second_factor(seen(MATCH), wanted, decision.PIN_NONE)
    assert (attempt.missing(without), reason(without)) == ("", decision.SECOND_FACTOR)


def test_a_step_up_outlives_the_pin_that_follows() -> None:
    current = answered(asked(LEFT), 0, 30, 30, 0)
    current = attempt.with_second_factor(current, (attempt.FACE, attempt.PIN), decision.PIN_MISSING)
    assert reason(attempt.with_pin(current, decision.PIN_RIGHT)) == decision.GRANTED


def either() -> attempt.Attempt:
    return attempt.begin(7, (attempt.PIN, attempt.FACE), KNOWN._replace(either=True))


def looking(current: attempt.Attempt, face: Face, now_ms: int = 0) -> attempt.Attempt:
    return attempt.with_face(current, face, LIMITS, FRONT, now_ms)


def test_of_either_the_pin_or_the_face_is_asked_for() -> None:
    assert attempt.missing(either()) == attempt.FACE_OR_PIN
    assert attempt.takes_pin(either())
    assert attempt.takes_face(either())
    by_pin = attempt.with_pin(either(), decision.PIN_RIGHT)
    assert (attempt.missing(by_pin), attempt.shown(by_pin)) == ("", (attempt.PIN,))
    assert reason(by_pin) == decision.GRANTED
    by_face = looking(either(), MATCH)
    assert (attempt.missing(by_face), attempt.shown(by_face)) == ("", (attempt.FACE,))
    assert reason(by_face) == decision.GRANTED
    assert attempt.takes_pin(by_face)
    assert not attempt.takes_face(by_face)


def test_of_either_a_wrong_pin_and_a_clear_attack_are_the_end() -> None:
    wrong = attempt.with_pin(either(), decision.PIN_WRONG)
    assert attempt.hopeless(wrong, LIMITS)
    assert attempt.hopeless(looking(either(), ATTACK), LIMITS)
    attacked = attempt.with_pin(looking(either(), ATTACK), decision.PIN_RIGHT)
    assert reason(attacked) == decision.ATTACK_SUSPECTED


def test_of_either_a_stranger_in_the_picture_leaves_the_pin() -> None:
    current = either()
    for _ in range(attempt.MISSES_ENOUGH):
        current = looking(current, STRANGER)
    assert not attempt.hopeless(current, LIMITS)
    assert attempt.missing(current) == attempt.FACE_OR_PIN
    assert reason(attempt.with_pin(current, decision.PIN_RIGHT)) == decision.GRANTED


def test_of_either_a_pin_takes_no_suspicion_off_the_face() -> None:
    current = looking(looking(either(), UNCLEAR), UNCLEAR, attempt.LOOK_MS)
    assert attempt.wants_step_up(current, LIMITS)
    current = attempt.with_step_up(current, (LEFT,), FRONT, attempt.LOOK_MS)
    assert not attempt.takes_pin(current)
    assert attempt.missing(current) == attempt.FACE
    assert attempt.missing(answered(current, 0, 30, 30, 0)) == ""


def test_a_factor_that_is_not_wanted_is_not_taken() -> None:
    assert not attempt.takes_pin(begun())
    assert not attempt.takes_face(begun())
    assert not attempt.takes_card(begun())
    assert not attempt.takes_pin(attempt.with_pin(begun(attempt.PIN), decision.PIN_RIGHT))
    assert attempt.takes_pin(begun(attempt.PIN))
    assert attempt.takes_face(begun(attempt.FACE))
    assert attempt.shown(begun(attempt.PIN, attempt.FACE)) == (attempt.PIN, attempt.FACE)


BOTH = (attempt.FACE, attempt.PIN)


def test_after_the_face_the_holders_card_does_in_place_of_the_pin() -> None:
    current = attempt.with_second_factor(seen(MATCH), BOTH, decision.PIN_MISSING, True)
    assert attempt.missing(current) == attempt.CARD_OR_PIN
    assert attempt.takes_card(current)
    assert attempt.takes_pin(current)
    carded = attempt.with_card(current, decision.ADMISSIBLE)
    assert (attempt.missing(carded), carded.wanted) == ("", (attempt.FACE,))
    assert reason(carded) == decision.GRANTED
    assert not attempt.takes_card(carded)
    right = attempt.with_pin(current, decision.PIN_RIGHT)
    assert (attempt.missing(right), reason(right)) == ("", decision.GRANTED)


def test_who_has_no_pin_is_asked_for_their_card() -> None:
    current = attempt.with_second_factor(seen(MATCH), BOTH, decision.PIN_NONE, True)
    assert attempt.missing(current) == attempt.CARD
    assert attempt.takes_card(current)
    assert not attempt.takes_pin(current)
    assert reason(current) == decision.SECOND_FACTOR
    carded = attempt.with_card(current, decision.ADMISSIBLE)
    assert (attempt.missing(carded), reason(carded)) == ("", decision.GRANTED)


def test_the_card_is_judged_like_any_other() -> None:
    current = attempt.with_second_factor(seen(MATCH), BOTH, decision.PIN_NONE, True)
    lost = decision.ADMISSIBLE._replace(lost=True)
    assert reason(attempt.with_card(current, lost)) == decision.LOST


def test_a_clear_face_may_be_asked_to_turn_as_well() -> None:
    current = seen(MATCH)
    assert attempt.wants_turn(current, LIMITS)
    current = attempt.with_step_up(current, (LEFT,), FRONT, 0)
    assert current.facts.face == MATCH
    assert not attempt.wants_turn(current, LIMITS)
    assert attempt.missing(current) == attempt.FACE
    assert reason(current) == decision.STEP_UP_FAILED
    current = answered(current, 0, 30, 30, 0, face=MATCH)
    assert (attempt.missing(current), reason(current)) == ("", decision.GRANTED)
    assert not attempt.wants_turn(current, LIMITS), "once is enough"


def test_who_would_be_refused_or_is_not_seen_yet_is_not_asked_to_turn() -> None:
    assert not attempt.wants_turn(begun(attempt.FACE), LIMITS)
    assert not attempt.wants_turn(seen(UNCLEAR), LIMITS)
    assert not attempt.wants_turn(begun(attempt.PIN, attempt.FACE), LIMITS)
    current = seen(MATCH)
    shut = decision.ADMISSIBLE._replace(lockdown=True)
    current = current._replace(facts=current.facts._replace(standing=shut))
    assert not attempt.wants_turn(current, LIMITS)

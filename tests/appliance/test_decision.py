"""The decision is total, has one order, and grants only when nothing is wrong."""

from itertools import product

import pytest

from appliance import decision, stepup
from appliance.decision import Face, Facts, Limits, Standing

LIMITS = Limits(attack_accept=400, attack_refuse=700, similarity=3_500, margin=500)
GOOD = Face(True, 400, False, 3_500, 500)
SHOWN = (True, decision.PIN_RIGHT, True, GOOD, stepup.NONE)
RIGHT = Facts(decision.ADMISSIBLE, *SHOWN, either=False, company=decision.ENOUGH)
UNCLEAR = GOOD._replace(attack_permille=699)

# Each wrong fact and the reason it must give, in the order in which refusals win.
WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"known": False}, decision.UNKNOWN_CREDENTIAL),
    ({"lost": True}, decision.LOST),
    ({"suspended": True}, decision.SUSPENDED),
    ({"valid": False}, decision.OUTSIDE_VALIDITY),
    ({"lockdown": True}, decision.LOCKDOWN),
    ({"right": False}, decision.NO_RIGHT),
    ({"in_schedule": False}, decision.OUTSIDE_SCHEDULE),
    ({"passback": True}, decision.ANTI_PASSBACK),
    ({"full": True}, decision.AREA_FULL),
    ({"interlock": True}, decision.INTERLOCK),
    ({"pin": decision.PIN_NONE}, decision.SECOND_FACTOR),
    ({"pin": decision.PIN_LOCKED}, decision.LOCKED_OUT),
    ({"pin": decision.PIN_WRONG}, decision.WRONG_PIN),
    ({"pin": decision.PIN_MISSING}, decision.NO_PIN),
    ({"face": None}, decision.NO_FACE_READING),
    ({"face": GOOD._replace(enough=False)}, decision.NO_FACE_READING),
    ({"face": GOOD._replace(attack_permille=700)}, decision.ATTACK_SUSPECTED),
    ({"step_up": stepup.ASKED}, decision.STEP_UP_FAILED),
    ({"step_up": stepup.FAILED}, decision.STEP_UP_FAILED),
    ({"face": GOOD._replace(attack_permille=401)}, decision.ATTACK_SUSPECTED),
    ({"face": GOOD._replace(refused=True)}, decision.QUALITY_TOO_LOW),
    ({"face": GOOD._replace(similarity_e4=3_499)}, decision.NO_MATCH),
    ({"face": GOOD._replace(margin_e4=499)}, decision.AMBIGUOUS_MATCH),
    ({"company": decision.SECOND_WANTED}, decision.TWO_PERSON),
    ({"company": decision.ESCORT_WANTED}, decision.ESCORT),
)


def wronged(facts: Facts, wrong: dict[str, object]) -> Facts:
    """The facts with some of them changed, wherever they stand."""
    standing = {key: value for key, value in wrong.items() if key in Standing._fields}
    shown = {key: value for key, value in wrong.items() if key not in standing}
    return facts._replace(standing=facts.standing._replace(**standing), **shown)


def test_an_attempt_begins_with_nothing_shown_and_nothing_wanted() -> None:
    begun = decision.unshown(decision.ADMISSIBLE)
    shown = (False, decision.PIN_MISSING, False, None, stepup.NONE, False, decision.ENOUGH)
    assert begun == (decision.ADMISSIBLE, *shown)
    assert decision.decide(begun, LIMITS).granted


def test_all_right_is_granted() -> None:
    assert decision.decide(RIGHT, LIMITS) == (True, decision.GRANTED, False)


@pytest.mark.parametrize(("wrong", "reason"), WRONG)
def test_one_wrong_fact_refuses_with_its_reason(wrong: dict[str, object], reason: str) -> None:
    assert decision.decide(wronged(RIGHT, wrong), LIMITS) == (False, reason, False)


def test_the_first_refusal_wins() -> None:
    for first, (wrong, reason) in enumerate(WRONG):
        for later, later_reason in WRONG[first + 1 :]:
            if not wrong.keys() & later.keys() and reason != later_reason:
                facts = wronged(wronged(RIGHT, later), wrong)
                assert decision.decide(facts, LIMITS).reason == reason


def test_faces_refuse_in_order() -> None:
    worst = Face(False, 1000, True, -10_000, -10_000)
    order = (
        ("enough", True, decision.NO_FACE_READING),
        ("attack_permille", 0, decision.ATTACK_SUSPECTED),
        ("refused", False, decision.QUALITY_TOO_LOW),
        ("similarity_e4", 10_000, decision.NO_MATCH),
        ("margin_e4", 10_000, decision.AMBIGUOUS_MATCH),
    )
    face = worst
    for field, better, reason in order:
        assert decision.face_reason(face, LIMITS, stepup.NONE) == reason
        face = face._replace(**{field: better})
    assert decision.face_reason(face, LIMITS, stepup.NONE) == ""


def test_an_unclear_face_passes_by_a_step_up_alone() -> None:
    reasons = {
        stepup.NONE: decision.ATTACK_SUSPECTED,
        stepup.ASKED: decision.STEP_UP_FAILED,
        stepup.PASSED: "",
        stepup.FAILED: decision.STEP_UP_FAILED,
    }
    for result, reason in reasons.items():
        assert decision.face_reason(UNCLEAR, LIMITS, result) == reason


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"attack_permille": 700}, decision.ATTACK_SUSPECTED),
        ({"enough": False}, decision.NO_FACE_READING),
        ({"refused": True}, decision.QUALITY_TOO_LOW),
        ({"similarity_e4": 3_499}, decision.NO_MATCH),
        ({"margin_e4": 499}, decision.AMBIGUOUS_MATCH),
    ],
)
def test_a_step_up_passed_excuses_nothing_else(wrong: dict[str, object], reason: str) -> None:
    assert decision.face_reason(UNCLEAR._replace(**wrong), LIMITS, stepup.PASSED) == reason


@pytest.mark.parametrize("result", [stepup.ASKED, stepup.FAILED])
def test_a_step_up_asked_for_must_be_passed_however_clear_the_face_becomes(result: int) -> None:
    assert decision.face_reason(GOOD, LIMITS, result) == decision.STEP_UP_FAILED


def test_duress_is_let_in_and_told() -> None:
    assert decision.decide(RIGHT._replace(pin=decision.PIN_DURESS), LIMITS) == (
        True,
        decision.GRANTED,
        True,
    )


def test_factors_that_are_not_wanted_do_not_count() -> None:
    facts = RIGHT._replace(wants_pin=False, pin=decision.PIN_DURESS, wants_face=False, face=None)
    assert decision.decide(facts, LIMITS) == (True, decision.GRANTED, False)


FLAGS = (False, True)
FACES = (
    None,
    *(
        Face(*parts)
        for parts in product(FLAGS, (400, 401, 699, 700), FLAGS, (3_499, 3_500), (499, 500))
    ),
)


def test_one_standing_alone_passes() -> None:
    """With all factors right and company enough; nobody else is let in by any of them."""
    for parts in product(*[FLAGS] * 10):
        for company in range(3):
            facts = RIGHT._replace(standing=Standing(*parts), company=company)
            decided = decision.decide(facts, LIMITS)
            assert decided.granted == (decided.reason == decision.GRANTED)
            right = (parts, company) == (tuple(decision.ADMISSIBLE), decision.ENOUGH)
            assert decided.granted == right


def test_total_over_every_combination_of_factors() -> None:
    """Each combination has exactly one answer, and only these faces let anybody in."""
    granted = 0
    for parts in product(FLAGS, range(6), FLAGS, FACES, range(4)):
        facts = Facts(decision.ADMISSIBLE, *parts, either=False, company=decision.ENOUGH)
        decided = decision.decide(facts, LIMITS)
        assert decided.granted == (decided.reason == decision.GRANTED)
        granted += decided.granted
    pins_and_wants = 6 + 2  # no PIN wanted: all six; wanted: right or duress
    # no face wanted: any; wanted: the clear one, not asked or passed, and the unclear two, passed
    faces_and_wants = len(FACES) * 4 + 2 + 2
    assert granted == pins_and_wants * faces_and_wants


EITHER = RIGHT._replace(either=True)


@pytest.mark.parametrize("pin", range(6))
@pytest.mark.parametrize("step_up", range(4))
def test_either_of_two_is_enough_and_an_attack_too_much(pin: int, step_up: int) -> None:
    """Beside plain words: a PIN that is wrong, a clear attack, a turn not done as asked: no."""
    for face in FACES:
        decided = decision.decide(EITHER._replace(pin=pin, face=face, step_up=step_up), LIMITS)
        wrong = pin in (decision.PIN_WRONG, decision.PIN_LOCKED)
        asked = step_up in (stepup.ASKED, stepup.FAILED)
        attack = face is not None and face.enough and face.attack_permille >= 700
        by_pin = pin in (decision.PIN_RIGHT, decision.PIN_DURESS)
        by_face = not decision.face_reason(face, LIMITS, step_up)
        assert decided.granted == (not (wrong or asked or attack) and (by_pin or by_face))
        assert decided.duress == (decided.granted and pin == decision.PIN_DURESS)


def test_of_neither_the_face_is_what_was_wanted() -> None:
    facts = EITHER._replace(pin=decision.PIN_MISSING, face=None)
    assert decision.decide(facts, LIMITS).reason == decision.NO_FACE_READING
    locked = EITHER._replace(pin=decision.PIN_LOCKED)
    assert decision.decide(locked, LIMITS).reason == decision.LOCKED_OUT

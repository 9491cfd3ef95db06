"""The decision is total, has one order, and grants only when nothing is wrong."""

from itertools import product

import pytest

from appliance import decision, stepup
from appliance.decision import Face, Facts, Limits

LIMITS = Limits(attack_accept=400, attack_refuse=700, similarity=3_500, margin=500)
GOOD = Face(True, 400, False, 3_500, 500)
ADMISSIBLE = (True, False, True, False, True, True)
RIGHT = Facts(*ADMISSIBLE, True, decision.PIN_RIGHT, True, GOOD, stepup.NONE)
UNCLEAR = GOOD._replace(attack_permille=699)

# Each wrong fact and the reason it must give, in the order in which refusals win.
WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"known": False}, decision.UNKNOWN_CREDENTIAL),
    ({"suspended": True}, decision.SUSPENDED),
    ({"valid": False}, decision.OUTSIDE_VALIDITY),
    ({"lockdown": True}, decision.LOCKDOWN),
    ({"right": False}, decision.NO_RIGHT),
    ({"in_schedule": False}, decision.OUTSIDE_SCHEDULE),
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
)


def test_all_right_is_granted() -> None:
    assert decision.decide(RIGHT, LIMITS) == (True, decision.GRANTED, False)


@pytest.mark.parametrize(("wrong", "reason"), WRONG)
def test_one_wrong_fact_refuses_with_its_reason(wrong: dict[str, object], reason: str) -> None:
    assert decision.decide(RIGHT._replace(**wrong), LIMITS) == (False, reason, False)


def test_the_first_refusal_wins() -> None:
    for first, (wrong, reason) in enumerate(WRONG):
        for later, later_reason in WRONG[first + 1 :]:
            if not wrong.keys() & later.keys() and reason != later_reason:
                facts = RIGHT._replace(**later)._replace(**wrong)
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


def test_total_over_every_combination() -> None:
    """Each combination has exactly one answer, and only these faces let anybody in."""
    flags = (False, True)
    attacks = (400, 401, 699, 700)
    faces = [
        None,
        *(Face(*parts) for parts in product(flags, attacks, flags, (3_499, 3_500), (499, 500))),
    ]
    granted = 0
    for parts in product(
        flags, flags, flags, flags, flags, flags, flags, range(6), flags, faces, range(4)
    ):
        decided = decision.decide(Facts(*parts), LIMITS)
        assert decided.granted == (decided.reason == decision.GRANTED)
        granted += decided.granted
    pins_and_wants = 6 + 2  # no PIN wanted: all six; wanted: right or duress
    # no face wanted: any; wanted: the clear one, not asked or passed, and the unclear two, passed
    faces_and_wants = len(faces) * 4 + 2 + 2
    assert granted == pins_and_wants * faces_and_wants

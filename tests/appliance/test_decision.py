"""The decision is total, has one order, and grants only when nothing is wrong."""

from itertools import product

import pytest

from appliance import decision
from appliance.decision import Face, Facts, Limits

LIMITS = Limits(attack_accept=400, attack_refuse=700, similarity=3_500, margin=500)
GOOD = Face(True, 400, False, 3_500, 500)
RIGHT = Facts(True, False, True, False, True, True, decision.PIN_RIGHT, True, GOOD)

# Each wrong fact and the reason it must give, in the order in which refusals win.
WRONG = (
    ({"known": False}, decision.UNKNOWN_CREDENTIAL),
    ({"suspended": True}, decision.SUSPENDED),
    ({"valid": False}, decision.OUTSIDE_VALIDITY),
    ({"lockdown": True}, decision.LOCKDOWN),
    ({"right": False}, decision.NO_RIGHT),
    ({"pin": decision.PIN_WRONG}, decision.WRONG_PIN),
    ({"pin": decision.PIN_MISSING}, decision.NO_PIN),
    ({"face": None}, decision.NO_FACE_READING),
    ({"face": GOOD._replace(enough=False)}, decision.NO_FACE_READING),
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
        for later, _ in WRONG[first + 1 :]:
            if not wrong.keys() & later.keys():
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
        assert decision.face_reason(face, LIMITS) == reason
        face = face._replace(**{field: better})
    assert decision.face_reason(face, LIMITS) == ""


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
    """Each combination has exactly one answer, and only one of all the faces lets anybody in."""
    flags = (False, True)
    faces = [
        None,
        *(Face(*parts) for parts in product(flags, (400, 401), flags, (3_499, 3_500), (499, 500))),
    ]
    granted = 0
    for parts in product(flags, flags, flags, flags, flags, flags, range(4), flags, faces):
        decided = decision.decide(Facts(*parts), LIMITS)
        assert decided.granted == (decided.reason == decision.GRANTED)
        granted += decided.granted
    pins_and_wants = 4 + 2  # no PIN wanted: all four; wanted: right or duress
    faces_and_wants = len(faces) + 1  # no face wanted: any; wanted: the one good face
    assert granted == pins_and_wants * faces_and_wants

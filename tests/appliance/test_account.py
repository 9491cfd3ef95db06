"""The journal tells by how much a face passed, and nothing of the face."""

import pytest

from appliance import stepup
from appliance.account import UNLIKE, Account
from appliance.decision import Face, Limits
from appliance.vault.journal import BODY_WORDS, canonical

LIMITS = Limits(attack_accept=300, attack_refuse=700, similarity=4_000, margin=500)
FACE = Face(True, 100, False, 6_000, 900)
MARGINS = {
    "similarity_e4": 6_000,
    "similarity_limit_e4": 4_000,
    "margin_e4": 900,
    "margin_limit_e4": 500,
    "attack_permille": 100,
    "attack_limit_permille": 300,
    "attack_refuse_permille": 700,
}
PLAIN = {"holder": "h1", "factors": "card+face", "bundle": "b1"}


def told(**more: object) -> dict[str, object]:
    return dict(Account(1, ("h1",), "card+face")._replace(**more).body("b1"))


def test_a_comparison_is_told_beside_its_thresholds() -> None:
    assert told(face=FACE, limits=LIMITS) == PLAIN | MARGINS
    assert canonical(told(face=FACE, limits=LIMITS))  # type: ignore[arg-type]
    assert set(MARGINS) <= BODY_WORDS


@pytest.mark.parametrize("face", [None, FACE._replace(similarity_e4=UNLIKE)])
def test_where_nothing_was_compared_there_is_no_number(face: Face | None) -> None:
    assert told(face=face, limits=LIMITS) == PLAIN


def test_a_head_turn_and_several_holders_are_told() -> None:
    assert told(step_up=stepup.PASSED) == PLAIN | {"step_up": "passed"}
    both = told(holders=("h0", "h1"))
    assert both == PLAIN | {"holders": ["h0", "h1"]}


def test_nobody_known_is_nobody() -> None:
    assert Account(1, (), "").body("b1")["holder"] == ""

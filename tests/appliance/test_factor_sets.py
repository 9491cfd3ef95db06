"""What each factor set wants, beginning with a card and beginning with a face."""

from typing import get_args

import pytest

from appliance import attempt, factor_sets, sections

# Each set, what is wanted beyond a card, whether a face begins, what is wanted beyond it.
SETS = (
    ("face", ("face",), True, ()),
    ("card", (), False, ()),
    ("any-two", ("pin", "face"), True, ("card", "pin")),
    ("face+pin", ("pin", "face"), True, ("pin",)),
    ("card+pin", ("pin",), False, ()),
    ("card+face", ("face",), False, ()),
    ("card+pin+face", ("pin", "face"), False, ()),
)


def test_every_set_of_the_site_is_here_once() -> None:
    names = [row[0] for row in SETS]
    assert sorted(names) == sorted(get_args(sections.Factors))
    assert tuple(names) == factor_sets.WEAKEST_FIRST


@pytest.mark.parametrize(("factors", "card", "begins", "face"), SETS)
def test_what_a_set_wants(
    factors: str, card: tuple[str, ...], begins: bool, face: tuple[str, ...]
) -> None:
    assert factor_sets.beyond_card(factors) == card
    assert factor_sets.begins_by_face(factors) == begins
    assert factor_sets.beyond_face(factors) == face
    assert factor_sets.looks_among_all(factors) == (factors == "face")


def test_of_any_two_every_factor_plays_a_part() -> None:
    for factor in (attempt.CARD, attempt.PIN, attempt.FACE):
        assert factor_sets.uses("any-two", factor)
        assert factor_sets.uses("card+pin+face", factor)
    assert not factor_sets.uses("card+pin", attempt.FACE)
    assert not factor_sets.uses("face+pin", attempt.CARD)


def test_the_strictest_is_the_last() -> None:
    assert factor_sets.strictest(("card", "card+pin+face", "any-two")) == "card+pin+face"
    assert factor_sets.strictest(("any-two", "card")) == "any-two"
    for weaker, stricter in zip(
        factor_sets.WEAKEST_FIRST, factor_sets.WEAKEST_FIRST[1:], strict=False
    ):
        assert factor_sets.strictest((stricter, weaker)) == stricter


def test_the_first_that_is_open_counts_and_the_strictest_where_nobody_knows() -> None:
    light, strict = ("card", True), ("card+pin", True)
    assert factor_sets.in_force("card+face", ()) == "card+face"
    assert factor_sets.in_force("card+face", (light, strict)) == "card"
    assert factor_sets.in_force("card+face", (("card", False), strict)) == "card+pin"
    assert factor_sets.in_force("card+face", (("card", False),)) == "card+face"
    unknown = ("card", None)
    assert factor_sets.in_force("card+pin", (unknown,)) == "card+pin"
    assert factor_sets.in_force("card", (unknown, ("card+pin+face", False))) == "card+pin+face"
    assert factor_sets.in_force("card", (light, ("card+pin", None))) == "card"

"""Each rule against each place; and a day of comings and goings beside a plain model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import areas
from appliance.areas import (
    FINE,
    HARD,
    NOWHERE,
    OFF,
    OUTSIDE,
    REFUSED,
    SOFT,
    TIMED,
    TOLD,
    Place,
    Rule,
    Way,
)

HOUR_MS = 3_600_000
LATER_MS = 10 * HOUR_MS


def rule(name: str, anti_passback: str, limit: int = 0) -> Rule:
    return Rule(name, anti_passback, HOUR_MS if anti_passback == TIMED else 0, limit)


def there(area: str, for_ms: int = 0) -> Place:
    return Place(area, LATER_MS - for_ms)


@pytest.mark.parametrize(
    ("kind", "for_ms", "becomes"),
    [
        (OFF, 0, FINE),
        (SOFT, 0, TOLD),
        (HARD, 0, REFUSED),
        (HARD, 9 * HOUR_MS, REFUSED),
        (TIMED, 0, REFUSED),
        (TIMED, HOUR_MS - 1, REFUSED),
        (TIMED, HOUR_MS, FINE),
    ],
)
def test_entering_where_they_are(kind: str, for_ms: int, becomes: int) -> None:
    way = Way(OUTSIDE, rule("office", kind))
    assert areas.passback(there("office", for_ms), way, LATER_MS) == becomes
    for elsewhere in (None, there(""), there("yard")):
        assert areas.passback(elsewhere, way, LATER_MS) == FINE


@pytest.mark.parametrize(
    ("kind", "becomes"), [(OFF, FINE), (SOFT, TOLD), (HARD, REFUSED), (TIMED, FINE)]
)
def test_leaving_where_they_are_not(kind: str, becomes: int) -> None:
    way = Way(rule("office", kind), OUTSIDE)
    for elsewhere in (there(""), there("yard")):
        assert areas.passback(elsewhere, way, LATER_MS) == becomes
    for fine in (None, there("office")):
        assert areas.passback(fine, way, LATER_MS) == FINE


def test_between_two_areas_the_harder_rule_counts() -> None:
    way = Way(rule("office", SOFT), rule("vault", HARD))
    assert areas.passback(there("office"), way, LATER_MS) == FINE
    assert areas.passback(there("vault"), way, LATER_MS) == REFUSED
    assert areas.passback(there(""), way, LATER_MS) == TOLD


def test_a_portal_between_no_areas_is_nobodys_way() -> None:
    assert not areas.tracked(NOWHERE)
    assert areas.tracked(Way(OUTSIDE, rule("office", OFF)))
    assert areas.tracked(Way(rule("office", OFF), OUTSIDE))
    for place in (None, there(""), there("office")):
        assert areas.passback(place, NOWHERE, LATER_MS) == FINE
        assert not areas.comes(place, NOWHERE)


@pytest.mark.parametrize(("inside", "full"), [(0, False), (1, False), (2, True), (3, True)])
def test_an_area_is_full_for_whoever_would_be_one_more(inside: int, full: bool) -> None:
    way = Way(OUTSIDE, rule("office", OFF, limit=2))
    for place in (None, there(""), there("yard")):
        assert areas.comes(place, way)
        assert areas.full(place, way, inside) == full
    assert not areas.comes(there("office"), way)
    assert not areas.full(there("office"), way, inside)


def test_no_limit_is_never_reached_and_outside_is_never_full() -> None:
    assert not areas.full(None, Way(OUTSIDE, rule("office", OFF)), 10_000)
    assert not areas.full(None, Way(rule("office", OFF, limit=1), OUTSIDE), 10_000)


KINDS = st.sampled_from((OFF, SOFT, HARD, TIMED))
STEPS = st.lists(
    st.sampled_from((("", "a"), ("a", "b"), ("b", "a"), ("a", ""), ("b", "")))
    | st.sampled_from(("forget", "wait")),
    max_size=30,
)


@given(KINDS, KINDS, STEPS)
def test_a_day_of_one_holder_as_a_plain_model_tells_it(a: str, b: str, steps: list) -> None:  # type: ignore[type-arg]
    """The model: a list of the areas they went into, and sentences instead of tables."""
    rules = {"": OUTSIDE, "a": rule("a", a), "b": rule("b", b)}
    history: list[tuple[str, int]] = []
    place, now_ms = None, 0
    for step in steps:
        if step == "wait":
            now_ms += HOUR_MS // 2
        elif step == "forget":
            history, place = [], None
        else:
            came, goes = step
            found = areas.passback(place, Way(rules[came], rules[goes]), now_ms)
            assert found == plainly(history, rules, came, goes, now_ms)
            if found != REFUSED:
                history.append((goes, now_ms))
                place = Place(goes, now_ms)


def plainly(
    history: list[tuple[str, int]], rules: dict[str, Rule], came: str, goes: str, now_ms: int
) -> int:
    if not history:
        return FINE
    area, since_ms = history[-1]
    worst = FINE
    if goes and area == goes:
        soon = now_ms < since_ms + HOUR_MS
        kind = rules[goes].anti_passback
        if kind == HARD or (kind == TIMED and soon):
            worst = REFUSED
        elif kind == SOFT:
            worst = TOLD
    if came and area != came:
        if rules[came].anti_passback == HARD:
            worst = REFUSED
        elif rules[came].anti_passback == SOFT and worst == FINE:
            worst = TOLD
    return worst

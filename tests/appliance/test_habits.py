"""An hour is unusual once enough is known, and nobody came about that time on such a day."""

import pytest

from appliance import habits

OFFICE = {8: 12, 17: 8}


def counts(working: dict[int, int], other: dict[int, int] | None = None) -> tuple[int, ...]:
    days = (working, other or {})
    return tuple(day.get(hour, 0) for day in days for hour in range(habits.HOURS))


@pytest.mark.parametrize(
    ("hour", "unusual"),
    [
        (6, True),
        (7, False),
        (8, False),
        (9, False),
        (10, True),
        (16, False),
        (18, False),
        (19, True),
    ],
)
def test_within_an_hour_of_the_usual_nothing_is_unusual(hour: int, unusual: bool) -> None:
    assert habits.unusual(counts(OFFICE), False, hour) == unusual


def test_a_day_off_has_hours_of_its_own() -> None:
    assert habits.unusual(counts(OFFICE), True, 8)
    assert not habits.unusual(counts(OFFICE, {8: 1}), True, 8)
    assert habits.unusual(counts(OFFICE, {12: 1}), False, 12)


def test_before_enough_is_known_nothing_is_unusual() -> None:
    assert not habits.unusual(counts({8: habits.ENOUGH - 1}), False, 3)
    assert habits.unusual(counts({8: habits.ENOUGH}), False, 3)
    assert habits.unusual(counts({8: 15}, {9: 5}), False, 3)


def test_the_day_goes_round_at_midnight() -> None:
    late = counts({23: 20}, {0: 20})
    assert not habits.unusual(late, False, 0)
    assert not habits.unusual(late, True, 23)
    assert habits.unusual(late, False, 1)
    assert habits.unusual(late, True, 22)


def test_weekends_and_holidays_are_other_days() -> None:
    assert [habits.other_day(day, False) for day in range(7)] == [False] * 5 + [True] * 2
    assert all(habits.other_day(day, True) for day in range(7))


def test_past_the_most_they_are_to_be_halved() -> None:
    assert not habits.grown(counts({8: habits.MOST}))
    assert habits.grown(counts({8: habits.MOST}, {9: 1}))

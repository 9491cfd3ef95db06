"""A schedule is open in its windows and nowhere else, over midnight and on holidays, too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import schedule
from appliance.schedule import Moment, Window

MON, TUE, WED, THU, FRI, SAT, SUN, HOLIDAY = range(8)
OFFICE = Window(0b0001_1111, 7 * 60, 19 * 60)
NIGHT = Window(1 << FRI, 22 * 60, 6 * 60)
FULL_MIN = 24 * 60
DAYS = st.integers(0, HOLIDAY)
WINDOWS = st.builds(
    Window, st.integers(1, 255), st.integers(0, FULL_MIN - 1), st.integers(1, FULL_MIN)
)
MOMENTS = st.builds(Moment, DAYS, DAYS, st.integers(0, FULL_MIN - 1))


@pytest.mark.parametrize(
    ("day", "minute", "open_"),
    [
        (MON, 7 * 60 - 1, False),
        (MON, 7 * 60, True),
        (FRI, 19 * 60 - 1, True),
        (FRI, 19 * 60, False),
        (SAT, 12 * 60, False),
        (HOLIDAY, 12 * 60, False),
    ],
)
def test_a_window_begins_with_its_first_minute_and_ends_before_its_last(
    day: int, minute: int, open_: bool
) -> None:
    assert schedule.covers((OFFICE,), Moment(day, THU, minute)) is open_


@pytest.mark.parametrize(
    ("day", "before", "minute", "open_"),
    [
        (FRI, THU, 22 * 60 - 1, False),
        (FRI, THU, 22 * 60, True),
        (SAT, FRI, 6 * 60 - 1, True),
        (SAT, FRI, 6 * 60, False),
        (FRI, THU, 5 * 60, False),
        (SAT, FRI, 22 * 60, False),
        (HOLIDAY, FRI, 5 * 60, True),
        (SAT, HOLIDAY, 5 * 60, False),
    ],
)
def test_a_night_belongs_to_the_day_it_begins_on(
    day: int, before: int, minute: int, open_: bool
) -> None:
    assert schedule.covers((NIGHT,), Moment(day, before, minute)) is open_


def test_an_end_at_the_beginning_is_a_whole_day() -> None:
    whole = (Window(1 << MON, 420, 420),)
    assert schedule.covers(whole, Moment(MON, SUN, 420))
    assert schedule.covers(whole, Moment(TUE, MON, 419))
    assert not schedule.covers(whole, Moment(MON, SUN, 419))
    assert not schedule.covers(whole, Moment(TUE, MON, 420))


@pytest.mark.parametrize(
    ("holiday", "before", "expected"),
    [
        (False, False, Moment(MON, SUN, 5)),
        (True, False, Moment(HOLIDAY, SUN, 5)),
        (False, True, Moment(MON, HOLIDAY, 5)),
        (True, True, Moment(HOLIDAY, HOLIDAY, 5)),
    ],
)
def test_a_holiday_takes_the_place_of_the_weekday(
    holiday: bool, before: bool, expected: Moment
) -> None:
    assert schedule.moment(MON, 5, holiday, before) == expected


@given(st.lists(WINDOWS, max_size=4), MOMENTS)
def test_no_window_is_never_and_one_more_never_shuts(windows: list[Window], at: Moment) -> None:
    assert not schedule.covers((), at)
    opened = [schedule.covers((window,), at) for window in windows]
    assert schedule.covers(tuple(windows), at) == any(opened)


@given(WINDOWS, st.integers(0, HOLIDAY))
def test_a_window_is_open_for_as_many_minutes_as_it_says(window: Window, day: int) -> None:
    """Counted over the day it begins on and the next, where no other day begins one."""
    alone = window._replace(days=1 << day)
    other = MON if day != MON else TUE
    counted = sum(
        schedule.covers((alone,), at)
        for minute in range(FULL_MIN)
        for at in (Moment(day, other, minute), Moment(other, day, minute))
    )
    length = alone.end_min - alone.begin_min
    assert counted == (length if length > 0 else length + FULL_MIN)

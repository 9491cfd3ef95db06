"""Days and hours in the site's zone, around both changes of the clock."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.validity import NoMoment, moment, written
from appliance.wallclock import zone_of

BERLIN = zone_of("Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/Santiago", "Asia/Beirut", "Australia/Lord_Howe")


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "end", "at"),
    [
        ("2026-01-01", False, "2025-12-31T23:00"),
        ("2026-01-01", True, "2026-01-01T23:00"),
        ("2026-03-29", True, "2026-03-29T22:00"),
        ("2026-07-01T18:00", True, "2026-07-01T16:00"),
        ("2026-07-01 18:00:30", False, "2026-07-01T16:00:30"),
        ("2026-10-25T02:30", False, "2026-10-25T00:30"),
        ("2026-10-25T02:30+01:00", False, "2026-10-25T01:30"),
        ("2026-10-25T02:30Z", False, "2026-10-25T02:30"),
    ],
)
def test_a_day_and_an_hour_are_of_the_sites_zone(text: str, end: bool, at: str) -> None:
    assert moment(text, BERLIN, end=end) == utc(at)


def test_nothing_is_open() -> None:
    assert moment("", BERLIN) is None
    assert written(None, BERLIN) == ""


@pytest.mark.parametrize(
    "text",
    [
        *("1.1.2026", "2026-02-30", "20260101", "2026-01-01T25:00", "2026-01-01T10", "0001-01-01"),
        *("x", "2026-01-01\n", "٢٠٢٦-٠١-٠١", "9999-12-31", "2026-01-01T10:00+99:00"),
    ],
)
def test_what_is_no_day_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(NoMoment, match="write a day like 2026-12-31"):
        moment(text, BERLIN)


def test_an_hour_that_summer_time_skips_is_refused() -> None:
    with pytest.raises(NoMoment, match="does not exist"):
        moment("2026-03-29T02:30", BERLIN)


@pytest.mark.parametrize(
    ("utc_hour", "told"), [(0, "2026-10-25T02:00"), (1, "2026-10-25T02:00+01:00")]
)
def test_an_hour_that_is_told_twice_says_which_it_is(utc_hour: int, told: str) -> None:
    at_ms = utc("2026-10-25") + utc_hour * 3_600_000
    assert written(at_ms, BERLIN) == told
    assert moment(told, BERLIN) == at_ms


@given(
    st.integers(utc("1972-01-01"), utc("2900-01-01")),
    st.sampled_from(ZONES),
    st.booleans(),
    st.sampled_from((1, 1_000, 60_000, 1_800_000, 86_400_000)),
)
def test_what_is_written_reads_as_it_was(at_ms: int, name: str, end: bool, step: int) -> None:
    zone = zone_of(name)
    at_ms -= at_ms % step
    assert moment(written(at_ms, zone, end=end), zone, end=end) == at_ms


@given(st.sampled_from(ZONES), st.dates(datetime(1972, 1, 1).date(), datetime(2900, 1, 1).date()))
def test_a_day_stays_a_day(name: str, day: object) -> None:
    zone = zone_of(name)
    for end in (False, True):
        again = written(moment(str(day), zone, end=end), zone, end=end)
        assert moment(again, zone, end=end) == moment(str(day), zone, end=end)


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    try:
        at_ms = moment(text, BERLIN, end=True)
    except NoMoment:
        return
    assert at_ms is None or at_ms > 0

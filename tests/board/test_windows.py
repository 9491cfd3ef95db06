"""A window has one way to be written, and what is no window is refused with how to write one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import schedule
from appliance.vault import journal
from board import windows
from board.windows import WindowError

WINDOWS = st.tuples(st.integers(1, 255), st.integers(0, 1439), st.integers(1, 1440))
PIECES = st.sampled_from([*windows.DAYS, "-", ",", " ", "07:00", "24:00", "always", "never", "x"])


@given(st.sets(WINDOWS, max_size=windows.MOST))
def test_what_is_written_is_read_again(some: set[windows.Window]) -> None:
    texts = [windows.write(window) for window in some]
    assert windows.parse(texts) == tuple(sorted(some))
    assert len(set(texts)) == len(some)


@given(st.text(max_size=80) | st.lists(PIECES, max_size=9).map("".join))
def test_any_text_is_a_window_or_refused(text: str) -> None:
    try:
        found = windows.parse([text])
    except WindowError:
        return
    assert windows.parse([windows.write(window) for window in found]) == found


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("mon-fri 07:00-19:00", (0b1_1111, 420, 1140)),
        ("sat,sun 22:00-06:00", (0b110_0000, 1320, 360)),
        ("holiday 10:00-12:00", (128, 600, 720)),
        ("mon-sun,holiday always", (255, 0, 1440)),
        ("wed 22:00-00:00", (4, 1320, 1440)),
        ("mon-wed,tue-fri 00:00-00:01", (0b1_1111, 0, 1)),
    ],
)
def test_as_people_write_it(text: str, window: windows.Window) -> None:
    assert windows.parse([text]) == (window,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mon",
        "mon ",
        "always",
        "fri-mon 07:00-08:00",
        "holiday-mon 07:00-08:00",
        "mon-holiday 07:00-08:00",
        "mon- 07:00-08:00",
        "mon,, 07:00-08:00",
        "Mon 07:00-08:00",
        "mon  07:00-08:00",
        "mon 7:00-08:00",
        "mon 07:60-08:00",
        "mon 24:00-08:00",
        "mon 07:00-24:01",
        "mon ٠٧:00-08:00",
        "mon 07:00-08:00\n",
        "mon 07:00-08:00" + " " * 64,
    ],
)
def test_what_is_no_window_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(WindowError, match=r"write|times go from"):
        windows.parse([text])


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ((0b110_0000, 0, 1440), "sat,sun always"),
        ((0b111_0000, 0, 1439), "fri-sun 00:00-23:59"),
        ((0b1101_0111, 1, 1440), "mon-wed,fri,sun,holiday 00:01-24:00"),
    ],
)
def test_it_is_written_as_short_as_it_can_be_read(window: windows.Window, text: str) -> None:
    assert windows.write(window) == text


def test_a_text_has_an_end() -> None:
    text = ",".join(["mon"] * 13) + " 07:00-08:00"
    assert len(text) == windows.LONGEST
    assert windows.parse([text]) == windows.parse(["mon 07:00-08:00"])
    with pytest.raises(WindowError):
        windows.parse([f"mon,{text}"])


def test_never_says_aloud_what_holds_anyway() -> None:
    assert windows.parse(["mon 07:00-08:00", "holiday never"]) == windows.parse(["mon 07:00-08:00"])
    assert windows.parse(["mon-sun never"]) == ()
    with pytest.raises(WindowError, match="mon,sat 07:00-08:00: the same day is `never` besides"):
        windows.parse(["mon,sat 07:00-08:00", "sat,sun never"])


def test_there_are_not_too_many() -> None:
    texts = [f"mon 00:{minute:02}-12:00" for minute in range(windows.MOST + 1)]
    assert len(windows.parse(texts[1:])) == windows.MOST
    with pytest.raises(WindowError, match="13 windows; a schedule has at most 12"):
        windows.parse(texts)


def test_the_room_that_decides_counts_days_alike() -> None:
    (window,) = windows.parse(["holiday 00:00-00:01"])
    at = schedule.moment(0, 0, True, False)
    assert schedule.covers((schedule.Window(*window),), at)
    assert windows.HOLIDAY == schedule.HOLIDAY


@given(WINDOWS)
def test_the_journal_can_hold_it(window: windows.Window) -> None:
    word = windows.write(window).replace(" ", "_").replace(",", "+")
    assert len(word) <= 57
    assert re.fullmatch(r"[a-z0-9_.:+-]+", word)
    assert journal.canonical({"schedule": "x" * 32, "windows": [word] * windows.MOST})

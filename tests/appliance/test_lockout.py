"""Wrong PINs and guesses at a reader cost time: how much, for whom, and what is forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import lockout
from appliance.lockout import NO_COUNTS, QUIET, Count, Reader

ANNA, BEN = "anna", "ben"
DAY_MS = 86_400_000


def wronged(*at_ms: int, holder: str = ANNA) -> tuple[Count, ...]:
    counts: tuple[Count, ...] = NO_COUNTS
    for when_ms in at_ms:
        counts = lockout.wrong(counts, holder, when_ms)
    return counts


def guessed(*at_ms: int) -> Reader:
    reader = QUIET
    for when_ms in at_ms:
        reader = lockout.guessed(reader, when_ms)
    return reader


@pytest.mark.parametrize(
    ("number", "seconds"),
    [
        (1, 0),
        (2, 0),
        (3, 10),
        (4, 20),
        (5, 15 * 60),
        (6, 30 * 60),
        (7, 60 * 60),
        (8, 60 * 60),
        (1_000_000, 60 * 60),
    ],
)
def test_each_wrong_pin_costs_its_time(number: int, seconds: int) -> None:
    assert lockout.wait_ms(number) == seconds * 1000


def test_a_wait_begins_with_the_wrong_pin_and_ends_to_the_millisecond() -> None:
    counts = wronged(0, 1, 2)
    assert lockout.waits(counts, ANNA, 2)
    assert lockout.waits(counts, ANNA, 10_001)
    assert not lockout.waits(counts, ANNA, 10_002)
    assert not lockout.waits(wronged(0, 1), ANNA, 1)
    assert not lockout.waits(NO_COUNTS, ANNA, 0)


def test_nobody_else_waits() -> None:
    counts = lockout.wrong(wronged(0, 0, 0, 0, 0), BEN, 0)
    assert lockout.waits(counts, ANNA, 1)
    assert not lockout.waits(counts, BEN, 1)
    assert lockout.locked(counts, ANNA)
    assert not lockout.locked(counts, BEN)


def test_it_is_a_lock_out_from_the_fifth_on() -> None:
    assert not lockout.locked(wronged(0, 0, 0, 0), ANNA)
    assert lockout.locked(wronged(0, 0, 0, 0, 0), ANNA)
    assert lockout.locked(wronged(0, 0, 0, 0, 0, 0), ANNA)
    assert not lockout.locked(NO_COUNTS, ANNA)


def test_a_right_pin_ends_its_own_count_and_no_other() -> None:
    counts = lockout.wrong(wronged(0, 0, 0, 0, 0), BEN, 0)
    assert lockout.right(counts, ANNA) == wronged(0, holder=BEN)
    assert lockout.right(counts, BEN) == wronged(0, 0, 0, 0, 0)


def test_a_day_without_a_wrong_pin_forgets() -> None:
    assert wronged(0, DAY_MS - 1)[0].wrong == 2
    assert wronged(0, DAY_MS)[0].wrong == 1
    assert lockout.wrong(wronged(0), BEN, DAY_MS) == wronged(DAY_MS, holder=BEN)


def test_of_too_many_the_least_wrong_are_forgotten_the_oldest_first() -> None:
    counts = wronged(0, 0)
    for number in range(lockout.MOST_HOLDERS - 1):
        counts = lockout.wrong(counts, str(number), 1 + number)
    assert len(counts) == lockout.MOST_HOLDERS
    counts = lockout.wrong(counts, BEN, 9_999)
    assert len(counts) == lockout.MOST_HOLDERS
    holders = [count.holder for count in counts]
    assert holders[0] == ANNA
    assert "0" not in holders
    assert holders[-1] == BEN
    assert lockout.wrong(counts, BEN, 9_999)[0].holder == ANNA


def test_guessing_with_many_cards_is_no_faster_than_waiting() -> None:
    """To keep a card forgotten one must go round all the others first, at one reader's pace."""
    day_of_guesses = (lockout.GUESSES - 1) * DAY_MS // lockout.GUESSES_MS
    allowed = DAY_MS // lockout.LONGEST_MS
    assert day_of_guesses // lockout.MOST_HOLDERS <= allowed + lockout.LOCKING
    assert lockout.LOCKING < DAY_MS // lockout.LONGEST_MS


def test_a_reader_is_shut_at_the_twentieth_guess_and_opens_again() -> None:
    times_ms = range(0, 20_000, 1_000)
    assert not lockout.shut(guessed(*times_ms[:-1]), 18_000)
    reader = guessed(*times_ms)
    assert lockout.shut(reader, 19_000)
    assert lockout.shut(reader, 48_999)
    assert not lockout.shut(reader, 49_000)
    again = lockout.guessed(reader, 49_000)
    assert not lockout.shut(again, 49_000)
    assert len(again.guesses_ms) == 1


def test_guesses_of_more_than_a_minute_ago_do_not_count() -> None:
    assert lockout.shut(guessed(*[0] * 19, 59_999), 59_999)
    reader = guessed(*[0] * 19, 60_000)
    assert not lockout.shut(reader, 60_000)
    assert reader.guesses_ms == (60_000,)


@given(st.lists(st.tuples(st.integers(0, 40_000_000), st.booleans()), max_size=60))
def test_between_two_right_pins_nobody_ever_has_more_tries_than_the_rule_says(
    steps: list[tuple[int, bool]],
) -> None:
    """Against a plain reference: the times of the tries that counted, since the last right one."""
    counts: tuple[Count, ...] = NO_COUNTS
    counted: list[int] = []
    now_ms = 0
    for pause_ms, right in steps:
        now_ms += pause_ms
        if counted and now_ms - counted[-1] >= DAY_MS:
            counted = []
        waits = bool(counted) and now_ms < counted[-1] + lockout.wait_ms(len(counted))
        assert lockout.waits(counts, ANNA, now_ms) == waits
        if waits:
            continue
        counts = lockout.right(counts, ANNA) if right else lockout.wrong(counts, ANNA, now_ms)
        counted = [] if right else [*counted, now_ms]


@given(st.lists(st.integers(0, 10_000), max_size=100))
def test_no_minute_holds_more_guesses_than_the_reader_takes(pauses: list[int]) -> None:
    reader, now_ms = QUIET, 0
    taken: list[int] = []
    for pause_ms in pauses:
        now_ms += pause_ms
        if not lockout.shut(reader, now_ms):
            reader = lockout.guessed(reader, now_ms)
            taken.append(now_ms)
        within = [at_ms for at_ms in taken if now_ms - at_ms < lockout.SHUT_MS]
        assert len(within) <= lockout.GUESSES
        assert len(reader.guesses_ms) < lockout.GUESSES

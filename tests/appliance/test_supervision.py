"""A supervised line: the four states of a voltage, noise at their limits, and what is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import supervision
from appliance.supervision import ACTIVE, CUT, NORMAL, SHORT, Limits, Line

OPENS = Limits(250, 590, 850, True)
"""A door contact: two resistors when the door is open."""
BUTTON = Limits(250, 590, 850, False)
"""A button: one resistor when it is pressed."""

VALUES = [
    (0, SHORT, SHORT),
    (249, SHORT, SHORT),
    (250, NORMAL, ACTIVE),
    (500, NORMAL, ACTIVE),
    (589, NORMAL, ACTIVE),
    (590, ACTIVE, NORMAL),
    (667, ACTIVE, NORMAL),
    (849, ACTIVE, NORMAL),
    (850, CUT, CUT),
    (1000, CUT, CUT),
]


def after(limits: Limits, start: int, *permille: int) -> Line:
    line = supervision.found(start, limits)
    for value in permille:
        line = supervision.polled(line, value, limits)
    return line


@pytest.mark.parametrize(("permille", "opens", "button"), VALUES)
def test_what_a_voltage_means(permille: int, opens: int, button: int) -> None:
    assert supervision.state_of(permille, OPENS) == opens
    assert supervision.state_of(permille, BUTTON) == button
    assert supervision.found(permille, OPENS) == Line(opens, opens, 1)


@pytest.mark.parametrize("permille", [10, 667, 1000])
def test_what_is_graver_is_believed_the_second_time(permille: int) -> None:
    state = supervision.state_of(permille, OPENS)
    assert after(OPENS, 500, permille).believed == NORMAL
    assert after(OPENS, 500, permille, permille) == Line(state, state, 2)


@pytest.mark.parametrize(("first", "then"), [(667, 500), (1000, 500), (0, 667), (1000, 0)])
def test_what_is_milder_is_believed_the_tenth_time(first: int, then: int) -> None:
    before = supervision.state_of(first, OPENS)
    assert after(OPENS, first, *[then] * 9).believed == before
    assert after(OPENS, first, *[then] * 10).believed == supervision.state_of(then, OPENS)


def test_a_spike_is_nothing() -> None:
    assert after(OPENS, 500, 1000, 500, 1000, 500).believed == NORMAL
    assert after(OPENS, 500, 667, 1000, 667).believed == NORMAL


def test_a_wire_that_chatters_is_as_bad_as_at_its_worst() -> None:
    assert after(BUTTON, 667, *[500, 500, 667, 667] * 5).believed == ACTIVE
    assert after(OPENS, 500, *[1000, 1000, 500, 500, 667, 667] * 5).believed == CUT


@pytest.mark.parametrize(
    ("before", "near", "beyond"),
    [(500, 604, 605), (667, 575, 574), (500, 235, 234), (10, 264, 265), (667, 864, 865)],
)
def test_near_a_limit_it_is_what_it_was(before: int, near: int, beyond: int) -> None:
    was = supervision.state_of(before, OPENS)
    assert after(OPENS, before, *[near] * 12).believed == was
    assert after(OPENS, before, *[beyond] * 12).believed != was


def test_far_beyond_two_limits_at_once_is_no_noise() -> None:
    assert after(OPENS, 667, 10).seen == SHORT
    assert after(OPENS, 10, 1000).seen == CUT


permilles = st.integers(0, 1000)


@given(st.lists(permilles, min_size=1, max_size=40), st.booleans())
def test_only_a_graver_state_that_was_seen_twice_is_ever_believed(
    values: list[int], high: bool
) -> None:
    limits = OPENS._replace(high=high)
    line = supervision.found(values[0], limits)
    for value in values[1:]:
        before, line = line, supervision.polled(line, value, limits)
        if line.believed > before.believed:
            assert line.seen == before.seen == line.believed


@given(permilles, permilles)
def test_a_line_that_rests_is_what_its_voltage_means(start: int, rest: int) -> None:
    state = after(OPENS, start, *[rest] * 30).believed
    nearby = range(rest - supervision.HYSTERESIS, rest + supervision.HYSTERESIS + 1)
    assert state in {supervision.state_of(value, OPENS) for value in nearby}

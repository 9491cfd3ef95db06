import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.timing import AHEAD_MS, LEAST, RECENT, TimingWatch


def impossible(stamps, period_ms=0.0, new=None, ahead_ms=0):
    watch = TimingWatch(period_ms)
    for index, at_ms in enumerate(stamps):
        watch.note(at_ms, at_ms - ahead_ms, new=new is None or new[index])
    return watch.impossible()


def jittered(period_ms, count=60, spread_ms=3.0):
    noise = np.random.default_rng(5).normal(0, spread_ms, count)
    return [int(period_ms * index + noise[index]) for index in range(count)]


@pytest.mark.parametrize("period_ms", [0.0, 66.7])
@pytest.mark.parametrize(
    "stamps",
    [
        jittered(66.7),
        list(range(0, 4_000, 67)),  # to the millisecond, as a kernel stamps
        jittered(66.7)[::3],  # a slow reader
        [at for at in jittered(66.7) if at % 5],  # dropped frames
        [*range(0, 6_000, 200), *range(6_000, 8_000, 67)],  # idle, then an attempt
        [*range(0, 1_000, 67), *range(9_000, 10_000, 67)],  # asleep in between
    ],
)
def test_honest_streams_are_left_alone(stamps, period_ms):
    assert not impossible(stamps, period_ms)


def test_a_grabber_twice_as_fast_as_its_camera_is_forgiven():
    stamps = list(range(0, 2_000, 33))
    new = [index % 2 == 0 for index in range(len(stamps))]
    assert not impossible(stamps, 66.7, new)
    assert impossible(stamps, 66.7)


def test_one_slip_of_a_driver_is_forgiven():
    stamps = jittered(66.7)
    stamps[30] = stamps[28]
    assert not impossible(stamps)


def test_stamps_that_run_backwards_again_and_again_are_not_a_sensors():
    assert impossible([at - 200 * (index % 5 == 0) for index, at in enumerate(jittered(66.7))])


def test_many_frames_of_one_moment_are_not_a_sensors():
    assert impossible([100 * (index // 3) for index in range(40)])
    assert impossible([7] * (LEAST + 1))
    assert not impossible([7] * LEAST)


def test_stamps_that_have_not_come_yet_are_not_taken_from_this_clock():
    assert impossible(jittered(66.7), ahead_ms=AHEAD_MS + 50)
    assert not impossible(jittered(66.7), ahead_ms=AHEAD_MS - 50)


def test_it_ends_when_the_sensor_is_back():
    assert not impossible([7] * 20 + [at + 100 for at in jittered(66.7, RECENT + 1)])


@given(st.lists(st.tuples(st.integers(-(2**40), 2**40), st.integers(), st.booleans())))
def test_no_stamps_trip_it(told):
    watch = TimingWatch(40.0)
    for at_ms, now_ms, new in told:
        watch.note(at_ms, now_ms, new=new)
        assert watch.impossible() in (True, False)

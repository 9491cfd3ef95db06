import numpy as np

from coprocessor.frame import Frame
from coprocessor.injection import InjectionWatch


def told(frames, now_ms=lambda at_ms: at_ms, period_ms=0.0):
    watch, signs = InjectionWatch(period_ms), []
    for frame in frames:
        watch.note(frame, now_ms(frame.captured_ms))
        signs.append(watch.sign())
    return signs


def fresh(count):
    rng = np.random.default_rng(3)
    return [rng.integers(0, 256, (48, 64, 3)).astype(np.uint8) for _ in range(count)]


def test_a_sensors_frames_have_no_sign():
    assert set(told([Frame(rgb, 67 * i) for i, rgb in enumerate(fresh(60))])) == {""}


def test_a_still_is_frozen_and_says_so_before_anything_else():
    assert told([Frame(fresh(1)[0], 67 * i) for i in range(30)])[-1] == "frozen"


def test_frames_faster_than_the_camera_are_of_impossible_timing():
    frames = [Frame(rgb, 20 * i) for i, rgb in enumerate(fresh(40))]
    assert told(frames, period_ms=66.7)[-1] == "timing"
    assert told(frames)[-1] == ""


def test_a_camera_that_repeats_each_picture_is_honest():
    doubled = [rgb for rgb in fresh(40) for _ in (0, 1)]
    frames = [Frame(rgb, 33 * i) for i, rgb in enumerate(doubled)]
    assert set(told(frames, period_ms=66.7)) == {""}


def test_stamps_ahead_of_the_clock_are_of_impossible_timing():
    frames = [Frame(rgb, 67 * i) for i, rgb in enumerate(fresh(40))]
    assert told(frames, now_ms=lambda at_ms: at_ms - 1_000)[-1] == "timing"

import numpy as np
import pytest

from coprocessor.frame import Frame
from coprocessor.stale import JUDGED_MS, LEAST_MS, MOST, StaleWatch

RNG = np.random.default_rng(3)
SEEDED = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def same_noise_in_any_order():
    RNG.bit_generator.state = SEEDED


def fresh():
    return RNG.integers(0, 256, (48, 64, 3)).astype(np.uint8)


def verdict(pictures, step_ms=67):
    watch = StaleWatch()
    for index, rgb in enumerate(pictures):
        watch.note(Frame(rgb, index * step_ms))
    return watch.frozen()


def test_before_the_first_frame_nothing_is_held_against_anybody():
    assert not StaleWatch().frozen()


def test_noise_that_is_always_new_is_a_sensors():
    assert not verdict([fresh() for _ in range(40)])


def test_one_frozen_frame_is_fed_within_a_second():
    still = fresh()
    assert not verdict([still] * (LEAST_MS // 67))
    assert verdict([still] * (1 + JUDGED_MS // 67))


def test_one_pixel_of_noise_somewhere_in_the_grid_makes_a_frame_new():
    pictures = []
    for index in range(20):
        rgb = np.zeros((48, 64, 3), np.uint8)
        rgb[0, 0, 0] = index
        pictures.append(rgb)
    assert not verdict(pictures)


def test_a_grabber_twice_as_fast_as_its_camera_is_forgiven():
    pictures = [fresh() for _ in range(20)]
    assert not verdict([rgb for rgb in pictures for _ in (0, 1)], step_ms=33)


def test_a_recording_that_loops_is_fed():
    loop = [fresh() for _ in range(20)]
    assert not verdict(loop)
    assert verdict(loop * 3)


def test_it_ends_when_the_sensor_is_back():
    assert not verdict([fresh()] * 20 + [fresh() for _ in range(10)])


def test_stamps_that_stand_still_or_jump_back_fill_no_memory():
    watch = StaleWatch()
    for index in range(MOST + 50):
        watch.note(Frame(fresh(), index % 3))
    assert len(watch._known) <= MOST
    assert not watch.frozen()

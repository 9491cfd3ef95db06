import cv2
import numpy as np
import pytest

from coprocessor.blocks import (
    CLEAR,
    HABIT_LEAST,
    LONGEST_MS,
    RAW,
    RECENT,
    SAMPLE_MS,
    BlockWatch,
    grid,
)
from coprocessor.frame import Frame
from provisioning.simulator.scenes import compose


@pytest.fixture(scope="module")
def raw(astronaut):
    return list(compose(astronaut, "live", seconds=1.0, seed=4))


def encoded(rgb, quality):
    told = [cv2.IMWRITE_JPEG_QUALITY, quality]
    body = cv2.imencode(".jpg", np.ascontiguousarray(rgb[..., ::-1]), told)[1]
    return np.ascontiguousarray(cv2.imdecode(body, cv2.IMREAD_COLOR)[..., ::-1])


def played(watch, frames, count, begin=0):
    """Whether it said so at any time, and when the next frame would come."""
    said = False
    for index in range(count):
        watch.note(Frame(frames[index % len(frames)], begin + SAMPLE_MS * index))
        said = said or watch.reencoded()
    return said, begin + SAMPLE_MS * count


def test_a_compression_shows_its_grid_and_a_sensors_picture_none(raw):
    assert max(grid(rgb) for rgb in raw) < RAW
    assert min(grid(encoded(rgb, 85)) for rgb in raw) > CLEAR


def test_a_pattern_of_two_or_four_pixels_is_a_sensors(raw):
    for period in (2, 4):
        rgb = raw[0].copy()
        rgb[:, ::period] = np.clip(rgb[:, ::period].astype(int) + 12, 0, 255)
        assert grid(rgb) < RAW


def test_a_striped_shirt_is_no_grid(raw):
    rgb = raw[0].copy()
    rgb[300:, 160:480][:, np.arange(320) // 8 % 2 == 1] = 20
    assert grid(rgb) < CLEAR


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (3, 41), (8, 8), (33, 41)])
def test_a_picture_too_small_or_too_smooth_tells_nothing(shape):
    noise = np.random.default_rng(2).integers(0, 256, (*shape, 3)).astype(np.uint8)
    assert grid(noise) is None or min(shape) >= 33
    assert grid(np.full((*shape, 3), 9, np.uint8)) is None


def test_a_raw_cameras_frames_that_grow_a_grid_are_reencoded(raw):
    watch = BlockWatch()
    said, now = played(watch, raw, HABIT_LEAST + RECENT)
    assert not said
    said, now = played(watch, [encoded(rgb, 75) for rgb in raw], RECENT, now)
    assert said
    played(watch, raw, RECENT, now)
    assert not watch.reencoded()


def test_it_does_not_become_a_habit_by_lasting(raw):
    watch = BlockWatch()
    _, now = played(watch, raw, HABIT_LEAST + RECENT)
    _, now = played(watch, [encoded(raw[0], 75)], 600, now)
    assert watch.reencoded()


def test_a_camera_that_compresses_is_honest(raw):
    watch = BlockWatch()
    streams = [encoded(rgb, quality) for rgb in raw for quality in (60, 95)]
    assert not played(watch, streams, 300)[0]


def test_a_verdict_ends_when_it_has_lasted_too_long(raw):
    """Somebody has changed how the camera sends: nobody must be shut out for ever."""
    watch = BlockWatch()
    _, now = played(watch, raw, HABIT_LEAST + RECENT)
    changed = [encoded(rgb, 75) for rgb in raw[:2]]
    _, now = played(watch, changed, RECENT, now)
    assert watch.reencoded()
    _, now = played(watch, changed, LONGEST_MS // SAMPLE_MS + RECENT, now)
    assert not watch.reencoded()


@pytest.mark.parametrize("light", [0.0, 0.02, 0.1, 0.3])
def test_a_camera_that_compresses_and_starts_in_the_dark_is_honest_in_the_morning(raw, light):
    """Pitch black is no proof of a raw camera."""
    dark = [encoded((rgb * light).astype(np.uint8), 75) for rgb in raw]
    watch = BlockWatch()
    _, now = played(watch, dark, 2 * HABIT_LEAST)
    assert not played(watch, [encoded(rgb, 75) for rgb in raw], 50, now)[0]


@pytest.mark.parametrize("quality", [90, 95])
def test_a_camera_that_compresses_little_is_honest_in_any_light(raw, quality):
    watch, now = BlockWatch(), 0
    for light in (0.3, 1.0, 0.5, 1.0):
        frames = [encoded((rgb * light).astype(np.uint8), quality) for rgb in raw]
        said, now = played(watch, frames, HABIT_LEAST + 20, now)
        assert not said

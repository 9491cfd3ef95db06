"""Light comes and goes, people stand about: the view is the same. The camera was turned: it is not.

Pictures of an installed package, each a scene larger than what the camera sees of it.
"""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data

from coprocessor.calibration.view import (
    COUNT,
    DIFFERENT,
    EVERY_MS,
    FIRST_LOOKS,
    LASTING_MS,
    LOOKS,
    ViewWatch,
    difference,
    parse,
    steps,
    view,
)

SIZE = 640, 480
SCENES = ("astronaut", "coffee", "chelsea", "camera", "coins", "text", "page", "brick", "gravel")


def scene(name):
    picture = np.asarray(getattr(data, name)())
    rgb = np.stack([picture] * 3, -1) if picture.ndim == 2 else picture[..., :3]
    scale = 1.25 * max(SIZE[0] / rgb.shape[1], SIZE[1] / rgb.shape[0])
    return cv2.resize(np.ascontiguousarray(rgb, np.uint8), None, fx=scale, fy=scale)


def seen(picture, across=0, down=0, turned=0):
    """What the camera sees of it, shifted in pixels, turned in degrees; with a sensor's noise."""
    centre = picture.shape[1] / 2, picture.shape[0] / 2
    matrix = cv2.getRotationMatrix2D(centre, turned, 1)
    matrix[:, 2] += SIZE[0] / 2 - centre[0] + across, SIZE[1] / 2 - centre[1] + down
    return noisy(cv2.warpAffine(picture, matrix, SIZE, borderMode=cv2.BORDER_REFLECT))


def noisy(rgb, deviation=3):
    noise = np.random.default_rng(1).normal(0, deviation, rgb.shape)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8)


def clipped(rgb):
    return np.clip(rgb, 0, 255).astype(np.uint8)


def somebody(rgb):
    """A person's head and shoulders in front, back to the camera."""
    cv2.ellipse(rgb, (320, 170), (75, 95), 0, 0, 360, (60, 40, 30), -1)
    cv2.rectangle(rgb, (200, 265), (440, 480), (40, 50, 90), -1)
    return rgb


SAME = {
    "noise": lambda rgb: noisy(rgb, 8),
    "a lamp less": lambda rgb: noisy(clipped(rgb * 0.4)),
    "a lamp more": lambda rgb: clipped(rgb * 1.6),
    "gamma 0.5": lambda rgb: clipped(255 * (rgb / 255) ** 0.5),
    "gamma 2": lambda rgb: clipped(255 * (rgb / 255) ** 2.0),
    "half the contrast": lambda rgb: clipped((rgb - 128.0) * 0.5 + 128),
    "light from one side": lambda rgb: clipped(rgb * np.linspace(0.5, 1.4, SIZE[0])[None, :, None]),
    "somebody": somebody,
}
OTHER = {
    "a tenth to the right": {"across": 64},
    "a tenth to the left": {"across": -64},
    "a tenth down": {"down": 48},
    "turned by 10 degrees": {"turned": 10},
}


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("change", SAME)
def test_the_same_view_in_another_light_is_the_same(name, change):
    picture = scene(name)
    found = difference(view(steps(seen(picture))), steps(SAME[change](seen(picture))))
    assert found is None or found < DIFFERENT


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("change", OTHER)
def test_another_view_is_another(name, change):
    picture = scene(name)
    found = difference(view(steps(seen(picture))), steps(seen(picture, **OTHER[change])))
    assert found is not None
    assert found >= DIFFERENT


@pytest.mark.parametrize(
    "rgb", [np.zeros((480, 640, 3), np.uint8), np.full((9, 9, 3), 7, np.uint8)]
)
def test_in_the_dark_nothing_is_said(rgb):
    assert difference(view(steps(seen(scene("coffee")))), steps(rgb)) is None
    assert difference(view(steps(rgb)), steps(seen(scene("coffee")))) is None


@given(st.binary(min_size=COUNT // 4, max_size=COUNT // 4))
def test_its_text_comes_back(raw):
    assert parse(raw.hex()).text() == raw.hex()


HERE, THERE = seen(scene("coffee")), seen(scene("coffee"), across=80)


def watching():
    """A watch that knows HERE, and the moment of its next look."""
    watch = ViewWatch()
    for look in range(FIRST_LOOKS):
        said = watch.empty(HERE, look * EVERY_MS)
        assert said == ("learned" if look == FIRST_LOOKS - 1 else "")
    return watch, FIRST_LOOKS * EVERY_MS


def test_a_camera_that_was_turned_is_noticed_and_not_before_it_lasts():
    watch, at_ms = watching()
    looks = max(LOOKS, LASTING_MS // EVERY_MS + 1)
    said = [watch.empty(THERE, at_ms + look * EVERY_MS) for look in range(looks)]
    assert said == [""] * (looks - 1) + ["moved"]


def test_frames_between_looks_do_not_count():
    watch, at_ms = watching()
    said = {watch.empty(THERE, at_ms + place) for place in range(0, LASTING_MS - EVERY_MS, 40)}
    assert said == {""}


def test_one_look_at_the_old_view_begins_the_count_anew():
    watch, at_ms = watching()
    for look in range(3 * LOOKS):
        rgb = HERE if look % 15 == 14 else THERE
        assert watch.empty(rgb, at_ms + look * EVERY_MS) != "moved"


def test_a_night_between_says_nothing():
    watch, at_ms = watching()
    dark = np.zeros_like(HERE)
    for look in range(5 * LOOKS):
        assert watch.empty(dark, at_ms + look * EVERY_MS) == ""

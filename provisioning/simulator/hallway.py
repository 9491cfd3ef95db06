"""An empty, dim hallway and the noise of a sensor: what the camera sees when nobody is there."""

from collections.abc import Iterator
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
"""Height x width x 3, RGB, uint8."""

Points = npt.NDArray[np.float64]
"""Any number of image points, N x 2: x to the right, y down, in pixels."""

NOISE_SIGMA: Final = 3.0
"""Standard deviation of the sensor's noise in grey levels, about that of a webcam indoors."""

NOISE_MARGIN: Final = 96


class Noise:
    """Noise that differs in every frame: one large field, cut at a new place each time.

    Two cuts at different offsets are uncorrelated pixel by pixel, and a cut costs nothing;
    drawing 921,600 normal numbers would cost twenty times a frame's budget.
    """

    def __init__(self, size: tuple[int, int], rng: np.random.Generator) -> None:
        height, width = size
        shape = (height + NOISE_MARGIN, width + NOISE_MARGIN, 3)
        field = rng.normal(128.0, NOISE_SIGMA, shape)
        self._field: Picture = np.clip(np.rint(field), 0, 255).astype(np.uint8)
        self._size = size
        self._rng = rng

    def over(self, picture: Picture, gain: float = 1.0) -> Picture:
        """A copy of `picture` (of this size) times `gain`, with fresh noise on it."""
        top, left = self._rng.integers(0, NOISE_MARGIN, 2)
        height, width = self._size
        cut = self._field[top : top + height, left : left + width]
        return as_picture(cv2.addWeighted(picture, gain, cut, 1.0, -128.0))


def as_picture(array: Any) -> Picture:
    """What OpenCV hands back, as the type it is."""
    return np.asarray(array, dtype=np.uint8)


def _fill(
    canvas: Picture, size: tuple[int, int], points: list[tuple[float, float]], rgb: Any
) -> None:
    """Paint a polygon given in parts of the frame, 0 to 1."""
    height, width = size
    polygon = np.array([(x * width, y * height) for x, y in points], np.int32)
    cv2.fillPoly(canvas, [polygon], tuple(int(value) for value in rgb), cv2.LINE_AA)


def hallway(size: tuple[int, int] = (480, 640), seed: int = 0) -> Picture:
    """An empty corridor, dim, still: floor, walls, ceiling lamps, a far door. No picture file.

    Another seed is another corridor: another vanishing point, other paint, other notices.
    """
    rng = np.random.default_rng([seed, 0xDA])
    height, width = size
    canvas: Picture = np.zeros((height, width, 3), np.uint8)
    x, y = 0.5 + rng.uniform(-0.08, 0.08), 0.42 + rng.uniform(-0.04, 0.04)
    w, h = 0.13, 0.17
    far = [(x - w, y - h), (x + w, y - h), (x + w, y + h), (x - w, y + h)]
    wall = np.array([96, 94, 88]) + rng.integers(-10, 11, 3)
    _fill(canvas, size, [(0, 0), (1, 0), far[1], far[0]], wall * 0.72)
    _fill(canvas, size, [(0, 1), (1, 1), far[2], far[3]], wall * 0.55)
    _fill(canvas, size, [(0, 0), far[0], far[3], (0, 1)], wall)
    _fill(canvas, size, [(1, 0), far[1], far[2], (1, 1)], wall * 0.9)
    _fill(canvas, size, far, wall * 1.12)
    _fill(
        canvas,
        size,
        [(x - 0.05, y - 0.1), (x + 0.05, y - 0.1), (x + 0.05, y + h), (x - 0.05, y + h)],
        (84, 66, 50),
    )
    for near, deep in ((0.05, 0.16), (0.3, 0.38)):
        _fill(canvas, size, _lamp(x, y - h, near, deep), (206, 204, 188))
    for _ in range(9):
        _notice(canvas, size, rng)
    canvas = as_picture(cv2.GaussianBlur(canvas, (0, 0), 1.1))
    rows = np.linspace(1.0, 0.82, height)[:, None, None]
    return np.clip(canvas * rows, 0, 255).astype(np.uint8)


def _lamp(x: float, ceiling: float, near: float, deep: float) -> list[tuple[float, float]]:
    """A ceiling panel between two depths, drawn to the vanishing point."""
    half_near, half_deep = 0.11 * (1.2 - near), 0.11 * (1.2 - deep * 1.5)
    top, bottom = near * ceiling, deep * ceiling * 1.4
    return [
        (x - half_near, top),
        (x + half_near, top),
        (x + half_deep, bottom),
        (x - half_deep, bottom),
    ]


def _notice(canvas: Picture, size: tuple[int, int], rng: np.random.Generator) -> None:
    """A frame or a sheet on one of the walls: corners that stand still."""
    left = rng.uniform(0.02, 0.26) if rng.random() < 0.5 else rng.uniform(0.74, 0.93)
    top = rng.uniform(0.15, 0.75)
    wide, high = rng.uniform(0.03, 0.08), rng.uniform(0.05, 0.13)
    corners = [(left, top), (left + wide, top), (left + wide, top + high), (left, top + high)]
    _fill(canvas, size, corners, rng.integers(50, 150) + rng.integers(-14, 15, 3))
    inner = [
        (left + 0.01, top + 0.015),
        (left + wide - 0.01, top + 0.015),
        (left + wide - 0.01, top + high * 0.5),
        (left + 0.01, top + high * 0.5),
    ]
    _fill(canvas, size, inner, rng.integers(60, 170) + rng.integers(-24, 25, 3))


def empty(size: tuple[int, int] = (480, 640), seed: int = 0) -> Iterator[Picture]:
    """Frames of the empty hallway, without end: still, with sensor noise."""
    background = hallway(size, seed)
    noise = Noise(size, np.random.default_rng([seed, 0xE0]))
    while True:
        yield noise.over(background)

"""Pictures to calibrate on: the one portrait scikit-image ships, varied by a seeded generator."""

import hashlib
from functools import cache
from typing import Final

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from board.bundle import Normalisation
from coprocessor.models.build.quantize import Picture
from coprocessor.models.model import ModelError

Image = NDArray[np.uint8]
Matrix = NDArray[np.float64]

STORY: Final = (
    "scikit-image's astronaut (public domain, NASA), one face: moved, turned, scaled, mirrored,"
    " relit and greyed by numpy's seeded generator"
)
PIXELS_SHA256: Final = "a8c429c18afa7b0fd5673e598d73a21225d94c864a71bbb3885126fdecb41071"

# Where the face is, in pixels; found once with the float detector and the float face mesh.
CENTRE: Final = (225.1, 128.0)
SIDE: Final = 94.1
TILT: Final = 0.17


@cache
def portrait() -> Image:
    """The picture, 512 x 512 RGB. Raises ModelError when scikit-image ships another one."""
    picture: Image = np.ascontiguousarray(skimage.data.astronaut())
    if hashlib.sha256(picture.tobytes()).hexdigest() != PIXELS_SHA256:
        raise ModelError("astronaut.png: not the known picture; install scikit-image unmodified")
    picture.flags.writeable = False
    return picture


def regions(count: int, seed: int) -> list[Image]:
    """192 x 192 crops as the face mesh sees them: 1.5 face boxes, eyes level."""
    random = np.random.default_rng(seed)
    level = _crop(192 / (1.5 * SIDE), -TILT, CENTRE, (96, 96))
    return [_view(level @ _jitter(random, 12, 1.25, 8), 192, random) for _ in range(count)]


def elsewhere(count: int, seed: int) -> list[Image]:
    """192 x 192 crops beside the face: the mesh must be able to say that there is none."""
    random = np.random.default_rng(seed)
    pictures = []
    for _ in range(count):
        side, turn = random.uniform(70, 160), random.uniform(0, 2 * np.pi)
        away = 200 * np.array((np.cos(turn), abs(np.sin(turn))))
        spot = (float(CENTRE[0] + away[0]), float(CENTRE[1] + away[1]))
        pictures.append(_view(_crop(192 / side, 0, spot, (96, 96)), 192, random))
    return pictures


def scenes(count: int, seed: int) -> list[Image]:
    """128 x 128 pictures as the detector sees them: a face of 16 to 112 pixels, anywhere."""
    random = np.random.default_rng(seed)
    pictures = []
    for _ in range(count):
        side = np.exp(random.uniform(np.log(16), np.log(112)))
        low, high = min(side, 64) / 2, 128 - min(side, 64) / 2
        x, y = random.uniform(low, high, 2)
        turn = np.radians(random.uniform(-25, 25))
        pictures.append(_view(_crop(side / SIDE, turn, CENTRE, (x, y)), 128, random))
    return pictures


def normalised(picture: Image, form: Normalisation) -> Picture:
    """An RGB picture as the input tensor of a model."""
    if form.channels == "BGR":
        picture = picture[..., ::-1]
    values = (picture.astype(np.float32) - np.float32(form.subtract)) / np.float32(form.divide)
    return np.ascontiguousarray(values[None])


def _crop(
    scale: float, turn: float, source: tuple[float, float], target: tuple[float, float]
) -> Matrix:
    """Turn and scale about the source point, which lands on the target point."""
    a, b = scale * np.cos(turn), scale * np.sin(turn)
    linear = np.array([(a, -b), (b, a)])
    shift = np.array(target) - linear @ np.array(source)
    return np.array([(a, -b, shift[0]), (b, a, shift[1]), (0, 0, 1)])


def _jitter(random: np.random.Generator, turn_deg: float, zoom: float, shift_px: float) -> Matrix:
    """The face a little out of place, at most by so much, in pixels of the portrait."""
    turn = np.radians(random.uniform(-turn_deg, turn_deg))
    x, y = np.array(CENTRE) + random.uniform(-shift_px, shift_px, 2)
    return _crop(random.uniform(1 / zoom, zoom), turn, CENTRE, (float(x), float(y)))


def _view(matrix: Matrix, side: int, random: np.random.Generator) -> Image:
    """The portrait through this matrix, then other light, perhaps grey, perhaps mirrored."""
    picture = cv2.warpAffine(portrait(), matrix[:2], (side, side), borderMode=cv2.BORDER_REFLECT)
    values = picture * random.uniform(0.4, 1.5) * random.uniform(0.85, 1.15, 3)
    values = np.clip(values + random.uniform(-25, 25), 0, 255)
    if random.random() < 0.3:
        values = np.repeat(values.mean(2, keepdims=True), 3, 2)
    if random.random() < 0.5:
        values = values[:, ::-1]
    return np.ascontiguousarray(values.astype(np.uint8))

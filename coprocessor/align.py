"""Crops of a face: upright by five points for the embedder, by its box for the spoof net."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from coprocessor.frame import Picture, picture

Floats = NDArray[np.float32]

FIVE_POINTS: Final[Floats] = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
    np.float32,
)
"""Where eyes, nose tip and mouth corners stand in a 112 x 112 crop (ArcFace's reference points)."""

CROP_SIDE_PX: Final = 112


def similarity(source: Floats, target: Floats) -> NDArray[np.float64]:
    """2 x 3 matrix of scale, rotation and shift that brings `source` (N x 2) nearest to `target`.

    Least squares in closed form: pairs of numbers as complex ones, for which scale and rotation
    are one factor. Points that all coincide give a scale of nought.
    """
    p, q = _complex(source), _complex(target)
    p_mean, q_mean = p.mean(), q.mean()
    p -= p_mean
    factor = np.vdot(p, q - q_mean) / max(np.vdot(p, p).real, 1e-9)
    shift = q_mean - factor * p_mean
    a, b = factor.real, factor.imag
    return np.array([[a, -b, shift.real], [b, a, shift.imag]])


def _complex(points: Floats) -> NDArray[np.complex128]:
    return np.ascontiguousarray(points, np.float64).view(np.complex128)[:, 0]


def warp(rgb: Picture, matrix: NDArray[np.float64], side_px: int) -> Picture:
    """The square of `side_px` that `matrix` (frame -> square) cuts out of the picture."""
    # Bilinear reads four pixels: more than twofold shrinking would skip some, and alias.
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if scale < 0.5:
        return _warp_shrunk(rgb, matrix, side_px, scale)
    return picture(cv2.warpAffine(rgb, matrix, (side_px, side_px), flags=cv2.INTER_LINEAR))


def _warp_shrunk(rgb: Picture, matrix: NDArray[np.float64], side_px: int, scale: float) -> Picture:
    back = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, 0], [side_px, 0], [0, side_px], [side_px, side_px]], np.float64)
    seen = corners @ back[:, :2].T + back[:, 2]
    height, width = rgb.shape[:2]
    x0, y0 = (int(max(0, v)) for v in np.floor(seen.min(0)))
    x1, y1 = int(min(width, seen[:, 0].max() + 1)), int(min(height, seen[:, 1].max() + 1))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return np.zeros((side_px, side_px, 3), np.uint8)
    part = rgb[y0:y1, x0:x1]
    size = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    zoom = np.array([(x1 - x0) / small.shape[1], (y1 - y0) / small.shape[0]])
    inner = np.column_stack([matrix[:, :2] * zoom, matrix[:, :2] @ [x0, y0] + matrix[:, 2]])
    return picture(cv2.warpAffine(small, inner, (side_px, side_px), flags=cv2.INTER_LINEAR))


def upright(rgb: Picture, five: Floats) -> Picture:
    """112 x 112 crop: eyes, nose, mouth corners (`five`, 5 x 2 px) as the embedder wants them."""
    return warp(rgb, similarity(five, FIVE_POINTS), CROP_SIDE_PX)


def boxed(rgb: Picture, box: Floats, scale: float, side_px: int) -> Picture:
    """Square crop of `side_px`, `scale` times the face box (x0 y0 x1 y1), never beyond the picture.

    Where the enlarged box would leave the picture it shrinks to fit, then shifts inside: the spoof
    net was trained on such crops (Silent-Face's CropImage), black borders would be news to it.
    """
    height, width = rgb.shape[:2]
    box_width, box_height = max(float(box[2] - box[0]), 1.0), max(float(box[3] - box[1]), 1.0)
    scale = min((height - 1) / box_height, (width - 1) / box_width, scale)
    crop_width, crop_height = box_width * scale, box_height * scale
    x0 = _inside((float(box[0]) + float(box[2]) - crop_width) / 2, width - 1 - crop_width)
    y0 = _inside((float(box[1]) + float(box[3]) - crop_height) / 2, height - 1 - crop_height)
    part = rgb[int(y0) : int(y0 + crop_height) + 1, int(x0) : int(x0 + crop_width) + 1]
    return picture(cv2.resize(part, (side_px, side_px), interpolation=cv2.INTER_LINEAR))


def _inside(start: float, last: float) -> float:
    return max(0.0, min(start, last))

"""Two pictures of one face, a moment apart, to what moved between them, and with whom."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from coprocessor.align import Floats, similarity
from coprocessor.frame import Picture

SMALL_PX: Final = 320
"""Longer side of the picture motion is measured in."""
HEAD: Final = (0.8, 1.375)
"""Half-axes of the ellipse that holds a head with its hair, in face widths and face heights."""
RING: Final = (1.0, 1.8)
"""Where the surroundings begin and end, in such ellipses. A telephone's edge is hardly further out
than the hair; much further out lies what stands still behind a held sheet, too."""
WIDE_RING: Final = (1.3, 2.6)
"""Where they are watched for any motion: clear of long hair."""
GROWN: Final = 0.25
"""How much is looked at on each side of the face, in face widths and heights: hair, neck, and the
wall behind, or what a picture shows of them."""
LEAST_CHANGE: Final = 5.0
"""Grey levels a pixel would have to change, did it ride along, to be asked at all."""
NOISES: Final = 6.0
"""And this many times the sensor's noise: noise is in both frames and would look like riding."""
QUARTER: Final = 3.2
"""A quarter of noise's values are smaller than its deviation by this factor. A quarter of the
picture stands still or rides; the rest may move as it likes, and does in a replayed film."""


@dataclass(frozen=True, eq=False)
class Still:
    """One picture: its detail, and mesh points and eye distance, in pixels of it."""

    at_ms: int
    detail: Floats
    points: Floats
    eye_distance: float


@dataclass(frozen=True)
class Pair:
    """What moved between two pictures: sums of squares that add up over a window.

    along of total: the surroundings' change that goes the face's way, of what it would have been
    had they ridden; inner_: the same inside the face; whole_: of the face and what is GROWN around.
    stirred of texture: see Motion.stir. moved: shift of the face in eye distances.
    """

    at_ms: int
    along: float
    total: float
    stirred: float
    texture: float
    inner_along: float
    inner_total: float
    whole_along: float
    whole_total: float
    moved: float


def detail(rgb: Picture, scale: float) -> Floats:
    """Grey picture of that scale, freed of noise and of everything larger than about a face:
    a lamp that flickers or a camera that adapts must not look like motion."""
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = cv2.GaussianBlur(grey, (5, 5), 0.8)
    return np.asarray(grey - cv2.blur(grey, (31, 31)), np.float32)


def around(shape: tuple[int, ...], box: Floats) -> Floats:
    """How far each pixel above the chin is from the head: height x width, in HEAD ellipses squared.

    Infinite at the picture's rim. Nothing below the chin: shoulders and hands move with a live face
    too.
    """
    height, width = min(shape[0], max(0, int(box[3]))), shape[1]
    axes = np.maximum(box[2:] - box[:2], 1.0) * np.array(HEAD, np.float32)
    x = (np.arange(width, dtype=np.float32) - (box[0] + box[2]) / 2) / axes[0]
    y = (np.arange(height, dtype=np.float32) - (box[1] + box[3]) / 2) / axes[1]
    away = np.add.outer(y * y, x * x)
    away[:3], away[:, :3], away[:, -3:] = np.inf, np.inf, np.inf
    return np.asarray(away, np.float32)


def ring(away: Floats, reach: tuple[float, float]) -> NDArray[np.bool_]:
    """Mask of the surroundings within `reach`, from and to in ellipses; away: see around."""
    return np.asarray((away >= reach[0] ** 2) & (away < reach[1] ** 2))


def compared(old: Still, new: Still, box: Floats) -> Pair:
    """How far the surroundings went the face's way, by least squares over their pixels.

    Each pixel has two predictions: it stood still (it is as in the old picture), or it rode along
    (as in the old picture moved like the face). What came lies between them.
    """
    height, width = new.detail.shape
    ridden = cv2.warpAffine(
        old.detail,
        similarity(old.points, new.points),
        (width, height),
        borderMode=cv2.BORDER_REFLECT_101,
    )
    would, did = ridden - old.detail, new.detail - old.detail
    left = (np.percentile(np.abs(change[::3, ::3]), 25) for change in (did, did - would))
    noise = QUARTER * float(min(left))
    least = max(LEAST_CHANGE, NOISES * noise)
    inner_would, inner_did = _within(box, would), _within(box, did)
    wider = grown(box)
    whole_would, whole_did = _within(wider, would), _within(wider, did)
    away = around(new.detail.shape, box)
    above = slice(0, away.shape[0])
    would, did = would[above], did[above]
    shift_px = float(np.linalg.norm(new.points.mean(0) - old.points.mean(0)))
    moving = old.detail[above] * np.float32(min(1.0, shift_px))
    stirred, texture = _stir(moving, did, ring(away, WIDE_RING), least)
    asked = ring(away, RING) & (np.abs(would) > least)
    would, did = would[asked], did[asked]
    return Pair(
        new.at_ms,
        along=float(would @ did),
        total=float(would @ would),
        stirred=stirred,
        texture=texture,
        inner_along=float(inner_would @ inner_did),
        inner_total=float(inner_would @ inner_would),
        whole_along=float(whole_would @ whole_did),
        whole_total=float(whole_would @ whole_would),
        moved=shift_px / new.eye_distance,
    )


def grown(box: Floats) -> Floats:
    """The box with GROWN of it on each side."""
    size = np.float32(GROWN) * (box[2:] - box[:2])
    return np.concatenate([box[:2] - size, box[2:] + size])


def _within(box: Floats, change: Floats) -> Floats:
    """The change inside the face, row after row."""
    x0, y0, x1, y1 = (max(0, int(value)) for value in box)
    return change[y0:y1, x0:x1].reshape(-1)


def _stir(
    detail: Floats, did: Floats, where: NDArray[np.bool_], least: float
) -> tuple[float, float]:
    """What changed, and what would have, had `detail` moved by one pixel (squares)."""
    if not detail.size:
        return 0.0, 0.0
    slope = cv2.magnitude(
        cv2.Sobel(detail, cv2.CV_32F, 1, 0, scale=0.125),
        cv2.Sobel(detail, cv2.CV_32F, 0, 1, scale=0.125),
    )
    where = where & (slope > least)
    could, changed = slope[where], np.abs(did[where])
    changed[changed < least] = 0.0
    return float((np.minimum(changed, could) ** 2).sum()), float((could**2).sum())

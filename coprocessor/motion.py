"""Do the surroundings ride along with the face, and is the face itself flat, or at rest?"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from coprocessor.align import Floats, similarity
from coprocessor.frame import Frame, Picture
from coprocessor.landmarks import Mesh

WINDOW_MS: Final = 3_000
"""How long a measurement counts: long enough for a sway, short enough to forget a passer-by."""
WORST_MS: Final = 6_000
"""How long the worst ride counts: a hand that rests does not make a sheet a person, and a person's
surroundings do not ride even once."""
FIRM: Final = 1e6
"""Evidence that a ride must rest on to be kept for that long: some pictures' worth of edges."""
DOUBT: Final = 1e4
"""Less evidence than this (ten pixels across an edge) says next to nothing."""
GAP_MS: Final = 400
"""Between the two frames of a pair: a face that lives has moved by then."""
SMALL_PX: Final = 320
"""Longer side of the picture motion is measured in."""
HEAD: Final = (0.8, 1.375)
"""Half-axes of the ellipse that holds a head with its hair, in face widths and face heights."""
RING: Final = (1.0, 1.8)
"""Where the surroundings begin and end, in such ellipses. A telephone's edge is hardly further out
than the hair; much further out lies what stands still behind a held sheet, too."""
WIDE_RING: Final = (1.3, 2.6)
"""Where they are watched for any motion: clear of long hair."""
LEAST_CHANGE: Final = 5.0
"""Grey levels a pixel would have to change, did it ride along, to be asked at all."""
NOISES: Final = 6.0
"""And this many times the sensor's noise: noise is in both frames and would look like riding."""
QUARTER: Final = 3.2
"""A quarter of noise's values are smaller than its deviation by this factor. A quarter of the
picture stands still or rides; the rest may move as it likes, and does in a replayed film."""


@dataclass(frozen=True)
class Motion:
    """What moved within the window.

    ride: share of the face's motion that its surroundings share; 0 for a head before a wall, 1 for
    a sheet; the largest of the last WORST_MS. stir: share of the wider surroundings' texture that
    moved when the face did, whichever way. flat: share of the change within the face that one flat
    piece would have made, too: near 1 for a photo, less for a head that turns, nods and speaks.
    seen: how much ride and stir rest on (grey levels squared, summed), 0 for nothing.
    moved: typical shift of the face within GAP_MS, in eye distances; None when not yet measured.
    """

    ride: float
    stir: float
    flat: float
    seen: float
    moved: float | None


@dataclass(frozen=True, eq=False)
class _Still:
    at_ms: int
    detail: Floats
    points: Floats
    eye_distance: float


@dataclass(frozen=True)
class _Pair:
    at_ms: int
    along: float
    total: float
    stirred: float
    texture: float
    inner_along: float
    inner_total: float
    moved: float


class MotionWatch:
    """The motion of one person followed over time; a new person is a new watch."""

    def __init__(self) -> None:
        self._stills: deque[_Still] = deque()
        self._pairs: deque[_Pair] = deque()
        self._rides: deque[tuple[int, float]] = deque()

    def compare(self, frame: Frame, mesh: Mesh, box: Floats) -> None:
        """This frame against one GAP_MS earlier; about 2 ms, so not every frame need come."""
        scale = np.float32(SMALL_PX / max(frame.rgb.shape[:2]))
        new = _Still(
            frame.captured_ms,
            detail(frame.rgb, float(scale)),
            mesh.points[:, :2] * scale,
            max(mesh.eye_distance_px() * float(scale), 1.0),
        )
        while len(self._stills) > 1 and self._stills[1].at_ms <= new.at_ms - GAP_MS:
            self._stills.popleft()
        if self._stills and self._stills[0].at_ms <= new.at_ms - GAP_MS:
            self._pairs.append(_pair(self._stills[0], new, box * scale))
        self._stills.append(new)
        while self._pairs and self._pairs[0].at_ms < new.at_ms - WINDOW_MS:
            self._pairs.popleft()
        self._remember(new.at_ms)

    def _remember(self, at_ms: int) -> None:
        """Keep the ride of this moment, if it rests on enough."""
        while self._rides and self._rides[0][0] < at_ms - WORST_MS:
            self._rides.popleft()
        total = sum(pair.total for pair in self._pairs)
        if total >= FIRM:
            self._rides.append((at_ms, sum(pair.along for pair in self._pairs) / (total + DOUBT)))

    def motion(self) -> Motion:
        """What the window holds now."""
        total = sum(pair.total for pair in self._pairs)
        along = sum(pair.along for pair in self._pairs)
        stirred = sum(pair.stirred for pair in self._pairs)
        texture = sum(pair.texture for pair in self._pairs)
        inner_along = sum(pair.inner_along for pair in self._pairs)
        inner_total = sum(pair.inner_total for pair in self._pairs)
        moves = [pair.moved for pair in self._pairs]
        return Motion(
            ride=max([along / (total + DOUBT), *(ride for _, ride in self._rides)]),
            stir=stirred / (texture + DOUBT),
            flat=inner_along / (inner_total + DOUBT),
            seen=total + texture,
            moved=float(np.median(moves)) if moves else None,
        )


def detail(rgb: Picture, scale: float) -> Floats:
    """Grey picture of that scale, freed of noise and of everything larger than about a face:
    a lamp that flickers or a camera that adapts must not look like motion."""
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = cv2.GaussianBlur(grey, (5, 5), 0.8)
    return np.asarray(grey - cv2.blur(grey, (31, 31)), np.float32)


def ring(shape: tuple[int, ...], box: Floats, reach: tuple[float, float]) -> NDArray[np.bool_]:
    """Mask (height x width) of the surroundings: left of, right of and above the head.

    reach: from and to, in ellipses around a HEAD. Nothing below the chin:
    shoulders and hands move with a live face too.
    """
    height, width = shape[:2]
    axes = np.maximum(box[2:] - box[:2], 1.0) * np.array(HEAD, np.float32)
    x = (np.arange(width, dtype=np.float32) - (box[0] + box[2]) / 2) / axes[0]
    y = (np.arange(height, dtype=np.float32) - (box[1] + box[3]) / 2) / axes[1]
    away = np.hypot(x[None, :], y[:, None])
    mask = (away >= reach[0]) & (away < reach[1])
    mask[max(0, int(box[3])) :] = False
    mask[:3], mask[:, :3], mask[:, -3:] = False, False, False
    return np.asarray(mask)


def _pair(old: _Still, new: _Still, box: Floats) -> _Pair:
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
    left = (np.percentile(np.abs(change[::2, ::2]), 25) for change in (did, did - would))
    noise = QUARTER * float(min(left))
    least = max(LEAST_CHANGE, NOISES * noise)
    asked = ring(new.detail.shape, box, RING) & (np.abs(would) > least)
    shift_px = float(np.linalg.norm(new.points.mean(0) - old.points.mean(0)))
    wide = ring(new.detail.shape, box, WIDE_RING)
    stirred, texture = _stir(old.detail * np.float32(min(1.0, shift_px)), did, wide, least)
    inner_would, inner_did = _within(box, would), _within(box, did)
    would, did = would[asked], did[asked]
    return _Pair(
        new.at_ms,
        along=float(would @ did),
        total=float(would @ would),
        stirred=stirred,
        texture=texture,
        inner_along=float(inner_would @ inner_did),
        inner_total=float(inner_would @ inner_would),
        moved=shift_px / new.eye_distance,
    )


def _within(box: Floats, change: Floats) -> Floats:
    """The change inside the face, row after row."""
    x0, y0, x1, y1 = (max(0, int(value)) for value in box)
    return change[y0:y1, x0:x1].reshape(-1)


def _stir(
    detail: Floats, did: Floats, where: NDArray[np.bool_], least: float
) -> tuple[float, float]:
    """What changed, and what would have, had `detail` moved by one pixel (squares)."""
    slope = cv2.magnitude(
        cv2.Sobel(detail, cv2.CV_32F, 1, 0, scale=0.125),
        cv2.Sobel(detail, cv2.CV_32F, 0, 1, scale=0.125),
    )
    where = where & (slope > least)
    could, changed = slope[where], np.abs(did[where])
    changed[changed < least] = 0.0
    return float((np.minimum(changed, could) ** 2).sum()), float((could**2).sum())

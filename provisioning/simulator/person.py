"""A person before a still background, made of one picture: the head moves, the wall does not."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np

from provisioning.simulator.face_box import FaceBox, face_box
from provisioning.simulator.hallway import Noise, Picture, Points, as_picture
from provisioning.simulator.motion import Sway
from provisioning.simulator.turn import Head, Neck

FACE_PX: Final = 150
"""Width the face is brought to where the picture allows; never below 110 unless it is tiny."""

LARGEST_FACE_PX: Final = 215


def framed(picture: Picture, size: tuple[int, int]) -> tuple[Picture, FaceBox]:
    """The picture scaled so that its face has a camera's size, its face near the middle.

    What the picture does not cover is filled with its own surroundings, mirrored and out of focus:
    no straight edge shows that it was a picture, and no second face appears beside the first.
    """
    height, width = size
    box = face_box(picture)
    cover = max(height / picture.shape[0], width / picture.shape[1])
    scale = max(FACE_PX / box.width, min(cover, LARGEST_FACE_PX / box.width))
    high, wide = round(picture.shape[0] * scale), round(picture.shape[1] * scale)
    left = _placed(width / 2 - box.x * scale, width - wide)
    top = _placed(height * 0.45 - box.y * scale, height - high)
    matrix = np.array([[scale, 0, left], [0, scale, top]], np.float64)
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    if scale < 0.5:  # a large photograph: average first, a warp alone would alias
        picture = as_picture(cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA))
        matrix[0, 0] = matrix[1, 1] = 1.0
        how = cv2.INTER_LINEAR
    frame = as_picture(
        cv2.warpAffine(
            picture, matrix, (width, height), flags=how, borderMode=cv2.BORDER_REFLECT_101
        )
    )
    placed = FaceBox(box.x * scale + left, box.y * scale + top, box.width * scale, box.seen)
    return _softened(frame, (top, top + high, left, left + wide)), placed


def _softened(frame: Picture, covered: tuple[float, float, float, float]) -> Picture:
    """The frame with what lies outside `covered` (top, bottom, left, right) out of focus."""
    top, bottom, left, right = covered
    y, x = np.ogrid[0 : frame.shape[0], 0 : frame.shape[1]]
    outside = np.maximum(np.maximum(left - x, x - right), np.maximum(top - y, y - bottom))
    share = np.clip(outside / 12.0, 0, 1)[:, :, None]
    if not share.any():
        return frame
    blurred = cv2.GaussianBlur(frame, (0, 0), 14)
    return as_picture(frame * (1 - share) + blurred * share)


def _placed(wanted: float, room: int) -> float:
    """Where the picture starts: no gap when it is larger than the frame, inside it when smaller."""
    return min(max(wanted, min(room, 0)), max(room, 0))


def _ellipse(
    grid: tuple[Points, Points], x: float, y: float, rx: float, ry: float, soft: float
) -> Points:
    """1 inside, 0 outside, with a smooth shoulder of `soft` (a part of the radius)."""
    radius = np.hypot((grid[0] - x) / rx, (grid[1] - y) / ry)
    slope = np.clip((1 + soft - radius) / soft, 0, 1)
    return slope * slope * (3 - 2 * slope)


def person(
    picture: Picture, fps: float, size: tuple[int, int], seed: int, neck: Neck | None = None
) -> Iterator[Picture]:
    """Frames of that person, without end; the head is turned as `neck` says.

    A smooth displacement inside the head and, weaker, the shoulders: sway, nod, turn (nearer
    parts move further, which no flat sheet can do), breath. Outside it is exactly nothing.
    """
    frame, box = framed(picture, size)
    rng = np.random.default_rng([seed, 0x11])
    noise = Noise(size, rng)
    grid_y, grid_x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float64)
    grid, w = (grid_x, grid_y), box.width
    head = _ellipse(grid, box.x, box.y, 0.60 * w, 0.85 * w, 0.35)
    torso = _ellipse(grid, box.x, box.y + 2.1 * w, 1.3 * w, 1.3 * w, 0.5)
    body = np.maximum(head, 0.45 * torso)
    depth = _ellipse(grid, box.x, box.y, 0.05 * w, 0.05 * w, 11.0) * head
    rows = np.flatnonzero(body.max(axis=1) > 0)
    columns = np.flatnonzero(body.max(axis=0) > 0)
    area = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    shift_x, shift_y = (grid_x - box.x) / w, (grid_y - box.y) / w
    basis = np.stack([body, body * shift_x, body * shift_y, depth])[:, *area].astype(np.float32)
    still_x, still_y = (axis[area].astype(np.float32) for axis in grid)
    sway = Sway(rng, 7)
    neck, whole = neck or Neck(), Head(size, box)
    moved = frame.copy()
    for index in range(10**9):
        x, y, turn, nod, roll, lean, light = sway.at(index / fps)
        move_x = np.array([0.030 * x, 0.016 * lean, -0.030 * roll, 0.034 * turn], np.float32) * w
        move_y = np.array([0.018 * y, 0.030 * roll, 0.016 * lean, 0.028 * nod], np.float32) * w
        map_x = still_x - np.tensordot(move_x.astype(np.float32), basis, 1)
        map_y = still_y - np.tensordot(move_y.astype(np.float32), basis, 1)
        moved[area] = cv2.remap(
            frame, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
        turned = whole.turned(moved, neck.at(index / fps))
        yield noise.over(turned, 1.0 + 0.004 * light)

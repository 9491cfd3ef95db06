"""Frame to faces: a box, six points and a score for each, the one to read first."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from board.bundle import Entry, Head
from coprocessor.align import Floats
from coprocessor.frame import Picture
from coprocessor.models.model import Array, Bundle
from coprocessor.tensors import Feed

LOGIT_FLOOR: Final = 0.0
"""Score 0.5, BlazeFace's own threshold."""

SAME_FACE_OVERLAP: Final = 0.3
"""Boxes that share more are one face, and are averaged by score (BlazeFace's weighted NMS)."""


@dataclass(frozen=True, eq=False)
class Face:
    """One detected face, in pixels of the frame.

    box: x0, y0, x1, y1. points: 6 x 2, eye on the image's left, other eye, nose, mouth, ear, ear.
    score: 0.5 to 1.
    """

    box: Floats
    points: Floats
    score: float

    @property
    def size_px(self) -> float:
        """Longer side of the box."""
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))


@dataclass(frozen=True)
class Letterbox:
    """How a frame lies in the detector's square: frame px * scale + shift = square px."""

    scale: float
    shift: tuple[int, int]


class Detector:
    """The bundle's BlazeFace."""

    def __init__(self, models: Bundle) -> None:
        self._model = models.model("detector")
        self._entry = models.entry("detector")
        self._side_px = self._entry.input.shape[1]
        self._feed = Feed(self._entry.input, self._entry.normalisation)
        self._cells = [cell_centres(self._side_px, head) for head in self._entry.heads]

    def faces(self, rgb: Picture) -> list[Face]:
        """Every face of the picture, the one to read first; empty when there is none."""
        square, lie = letterboxed(rgb, self._side_px)
        outputs = self._model.run(self._feed.of(square))
        logits, values = decode(outputs, self._entry, self._cells)
        faces = merged(logits, values)
        back = [_in_frame(face, lie) for face in faces]
        height, width = rgb.shape[:2]
        return sorted(back, key=lambda face: -prominence(face, width, height))


def letterboxed(rgb: Picture, side_px: int) -> tuple[Picture, Letterbox]:
    """The whole picture inside a black square, and how to come back."""
    height, width = rgb.shape[:2]
    scale = side_px / max(height, width)
    small_width, small_height = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(rgb, (small_width, small_height), interpolation=way)
    left, top = (side_px - small_width) // 2, (side_px - small_height) // 2
    square = np.zeros((side_px, side_px, 3), np.uint8)
    square[top : top + small_height, left : left + small_width] = small
    return square, Letterbox(scale, (left, top))


def cell_centres(side_px: int, head: Head) -> Floats:
    """(cells * anchors) x 2 centres of the head's grid in pixels of the square, row by row."""
    count = -(-side_px // head.stride)
    line = (np.arange(count, dtype=np.float32) + 0.5) * (side_px / count)
    x, y = np.meshgrid(line, line)
    return np.repeat(np.stack([x, y], -1).reshape(-1, 2), head.anchors, axis=0)


def decode(outputs: list[Array], entry: Entry, cells: list[Floats]) -> tuple[Floats, Floats]:
    """Raw outputs to logits (N) and N x 16 values (x0 y0 x1 y1, six points) above LOGIT_FLOOR."""
    by_name = {told.name: output for told, output in zip(entry.outputs, outputs, strict=True)}
    logits: list[Floats] = []
    values: list[Floats] = []
    for head, centres in zip(entry.heads, cells, strict=True):
        raw = by_name[f"logits_{head.stride}"].reshape(-1)
        logit = raw * np.float32(head.logit_scale) + np.float32(head.logit_offset)
        kept = np.flatnonzero(logit >= LOGIT_FLOOR)
        boxes = by_name[f"boxes_{head.stride}"].reshape(-1, 16)[kept]
        real = boxes * np.array(head.scale, np.float32) + np.array(head.offset, np.float32)
        logits.append(logit[kept])
        values.append(_corners_and_points(real, centres[kept]))
    return np.concatenate(logits), np.concatenate(values)


def _corners_and_points(real: Floats, centres: Floats) -> Floats:
    middle, half = real[:, :2] + centres, real[:, 2:4] / 2
    points = real[:, 4:].reshape(-1, 6, 2) + centres[:, None]
    return np.concatenate([middle - half, middle + half, points.reshape(-1, 12)], axis=1)


def merged(logits: Floats, values: Floats) -> list[Face]:
    """One face for each cluster of overlapping boxes, averaged by score; best score first."""
    scores = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
    free = np.ones(len(scores), bool)
    faces: list[Face] = []
    for best in np.argsort(-scores, kind="stable"):
        if not free[best]:
            continue
        group = free & (overlap(values[best, :4], values[:, :4]) > SAME_FACE_OVERLAP)
        group[best] = True
        free &= ~group
        mean = np.average(values[group], axis=0, weights=scores[group]).astype(np.float32)
        faces.append(Face(mean[:4], mean[4:].reshape(6, 2), float(scores[best])))
    return faces


def overlap(box: Floats, others: Floats) -> NDArray[np.float64]:
    """Intersection over union of one box with N boxes (N x 4): N numbers, 0 to 1."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.maximum(high - low, 0.0), axis=1)
    area = np.prod(np.maximum(box[2:] - box[:2], 0.0))
    areas = np.prod(np.maximum(others[:, 2:] - others[:, :2], 0.0), axis=1)
    return np.asarray(shared / np.maximum(area + areas - shared, 1e-9), np.float64)


def prominence(face: Face, width: int, height: int) -> float:
    """How much this is the face at the door: its size, less by up to half away from the middle."""
    centre = (face.box[:2] + face.box[2:]) / 2
    away = np.abs(centre / np.array([width, height], np.float32) - 0.5).max()
    return float(face.size_px * (1.0 - min(float(away), 0.5)))


def _in_frame(face: Face, lie: Letterbox) -> Face:
    shift = np.array(lie.shift, np.float32)
    box = (face.box.reshape(2, 2) - shift) / np.float32(lie.scale)
    points = (face.points - shift) / np.float32(lie.scale)
    return Face(box.reshape(4), points, face.score)

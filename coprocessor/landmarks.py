"""Face to 468 mesh points in the frame, and which way it looks."""

from dataclasses import dataclass
from functools import cached_property
from math import atan2, degrees, hypot
from typing import Final

import cv2
import numpy as np

from coprocessor.align import Floats, warp
from coprocessor.detect import Face
from coprocessor.frame import Picture
from coprocessor.models.model import Bundle
from coprocessor.tensors import Feed

POINTS: Final = 468
LEFT_EYE: Final = (33, 133)
RIGHT_EYE: Final = (362, 263)
"""Corners of the eyes, left and right as seen in the picture."""
NOSE_TIP: Final = 4
MOUTH: Final = (61, 291)
CHEEKS: Final = (234, 454)
BROW_TO_CHIN: Final = (10, 152)
CALM_PITCH_DEG: Final = 7.0
"""A forehead leans back: looking straight at the camera measures this pitch (LFW's median: 6.4)."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """The shape of one face.

    points: 468 x 3; x and y in pixels of the frame, z in the same unit, smaller is nearer.
    flag: logit of "a face is in this crop"; below nought there is none, or it is covered.
    """

    points: Floats
    flag: float

    def five(self) -> Floats:
        """5 x 2: eyes (image's left first), nose tip, mouth corners."""
        flat = self.points[:, :2]
        left, right = flat[list(LEFT_EYE)].mean(0), flat[list(RIGHT_EYE)].mean(0)
        return np.stack([left, right, flat[NOSE_TIP], flat[MOUTH[0]], flat[MOUTH[1]]])

    def eye_distance_px(self) -> float:
        """Between the middles of the eyes, depth included: turning the head does not shrink it."""
        return self._eye_distance_px

    def angles_deg(self) -> tuple[float, float, float]:
        """Yaw, pitch and roll of the plane through cheeks, brow and chin; see CALM_PITCH_DEG.

        Yaw is positive for a head turned to the person's own left, the right of the picture.
        """
        return self._angles_deg

    @cached_property
    def _eye_distance_px(self) -> float:
        left = self.points[LEFT_EYE[0]] + self.points[LEFT_EYE[1]]
        right = self.points[RIGHT_EYE[0]] + self.points[RIGHT_EYE[1]]
        return hypot(*(right - left).tolist()) / 2

    @cached_property
    def _angles_deg(self) -> tuple[float, float, float]:
        x, y, z = (self.points[CHEEKS[1]] - self.points[CHEEKS[0]]).tolist()
        down_x, down_y, down_z = (
            self.points[BROW_TO_CHIN[1]] - self.points[BROW_TO_CHIN[0]]
        ).tolist()
        pitch = degrees(atan2(down_z, hypot(down_x, down_y))) - CALM_PITCH_DEG
        return degrees(atan2(z, hypot(x, y))), pitch, degrees(atan2(y, x))


class Landmarker:
    """The bundle's face mesh."""

    def __init__(self, models: Bundle) -> None:
        self._model = models.model("landmarks")
        entry = models.entry("landmarks")
        self._feed = Feed(entry.input, entry.normalisation)
        self._side_px = entry.input.shape[1]
        (self._room,) = entry.crops
        sizes = [int(np.prod(told.shape)) for told in entry.outputs]
        self._points_at, self._flag_at = sizes.index(POINTS * 3), sizes.index(1)

    def mesh(self, rgb: Picture, face: Face) -> Mesh:
        """The mesh of a detected face, in coordinates of the frame."""
        matrix = self._upright_square(face)
        crop = warp(rgb, matrix, self._side_px)
        outputs = self._model.run(self._feed.of(crop))
        points = outputs[self._points_at].reshape(POINTS, 3)
        back = cv2.invertAffineTransform(matrix)
        flat = points[:, :2] @ back[:, :2].T + back[:, 2]
        depth = points[:, 2:] * np.hypot(back[0, 0], back[1, 0])
        flag = float(outputs[self._flag_at].reshape(-1)[0])
        return Mesh(np.concatenate([flat, depth], axis=1).astype(np.float32), flag)

    def _upright_square(self, face: Face) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """Frame -> the mesh's input: the manifest's crop of the box, eyes level."""
        centre = (face.box[:2] + face.box[2:]).astype(np.float64) / 2
        eyes = (face.points[1] - face.points[0]).astype(np.float64)
        angle = np.arctan2(eyes[1], eyes[0])
        scale = self._side_px / max(face.size_px * self._room, 1.0)
        turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        return np.column_stack([turn, self._side_px / 2 - turn @ centre])

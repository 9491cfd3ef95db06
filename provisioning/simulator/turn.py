"""A head that turns to a side and back: the picture of a person, seen from there."""

from typing import Final, Literal, get_args

import cv2
import numpy as np

from provisioning.simulator.face_box import FaceBox
from provisioning.simulator.hallway import Picture, as_picture

Side = Literal["left", "right"]
SIDES: Final[tuple[Side, ...]] = get_args(Side)
"""The person's own."""

TURN_DEG: Final = 36.0
"""The terminal's mesh measures 29 to 35 of it on skimage's astronaut, as a step-up wants it."""
EASE_S: Final = 0.5
HOLD_S: Final = 0.9

HALF_WIDTH: Final = 0.50
HALF_HEIGHT: Final = 0.95
DEPTH: Final = 0.80
NOSE: Final = 0.10
"""The head, in widths of its face box: half an ellipsoid with a nose, tried against the mesh."""
FADE: Final = 1.9
"""Beyond so many radii nothing moves: the wall stands still."""


class Neck:
    """How far a head is turned at a moment of its scene."""

    def __init__(self) -> None:
        self._wanted = 0.0
        self._from = self._goal = self._now = 0.0
        self._since_s = -(2 * EASE_S + HOLD_S)

    def turn(self, side: Side) -> None:
        """Turn to that side from the next frame on, stay there for a moment, and come back."""
        self._wanted = TURN_DEG if side == "left" else -TURN_DEG

    def at(self, seconds: float) -> float:
        """Degrees, positive to the person's own left. Asked frame by frame, in order."""
        if self._wanted:
            self._from, self._goal, self._since_s = self._now, self._wanted, seconds
            self._wanted = 0.0
        past_s = seconds - self._since_s
        if past_s < EASE_S:
            self._now = self._from + (self._goal - self._from) * _eased(past_s)
        else:
            self._now = self._goal * (1 - _eased(past_s - EASE_S - HOLD_S))
        return self._now


def _eased(past_s: float) -> float:
    part = min(max(past_s / EASE_S, 0.0), 1.0)
    return part * part * (3 - 2 * part)


class Head:
    """Where a picture's head is, and how far each point of it stands out."""

    def __init__(self, size: tuple[int, int], box: FaceBox) -> None:
        high, wide = FADE * HALF_HEIGHT * box.width, FADE * HALF_WIDTH * box.width
        top, left = max(0, int(box.y - high)), max(0, int(box.x - 2 * wide))
        bottom, right = min(size[0], int(box.y + high)), min(size[1], int(box.x + 2 * wide))
        self._area = np.s_[top:bottom, left:right]
        self._across = (np.arange(right - left) + left - box.x) / box.width
        down = (np.arange(bottom - top) + top - box.y) / box.width
        x, y = np.meshgrid(self._across, down)
        radius = np.hypot(x / HALF_WIDTH, y / HALF_HEIGHT)
        nose = NOSE * np.exp(-((x / 0.09) ** 2) - ((y - 0.1) / 0.2) ** 2)
        share = np.clip((FADE - radius) / (FADE - 1), 0, 1)
        self._share = share * share * (3 - 2 * share)
        self._height = DEPTH * np.sqrt(np.clip(1 - radius**2, 0, 1)) + nose
        self._x = x
        self._rows = np.mgrid[0 : bottom - top, 0 : right - left][0].astype(np.float32)
        self._scale, self._zero = box.width, box.x - left

    def turned(self, picture: Picture, degrees: float) -> Picture:
        """The picture with this head turned; the same picture when it is not."""
        if abs(degrees) < 0.1:
            return picture
        sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
        moved = self._x + self._share * ((cosine - 1) * self._x + sine * self._height)
        from_x = self._seen_from(moved, mirrored=degrees < 0) * self._scale + self._zero
        turned = picture.copy()
        turned[self._area] = cv2.remap(
            np.ascontiguousarray(picture[self._area]),
            from_x.astype(np.float32),
            self._rows,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        return as_picture(turned)

    def _seen_from(
        self, moved: np.ndarray[tuple[int, int], np.dtype[np.float64]], *, mirrored: bool
    ) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """For each point of the frame, where it was before; what is nearer hides what is behind."""
        ways = slice(None, None, -1 if mirrored else 1)
        sign = -1.0 if mirrored else 1.0
        across = sign * self._across[ways]
        visible = np.maximum.accumulate(sign * moved[:, ways], axis=1)
        visible = visible + np.arange(len(across)) * 1e-9
        before = np.stack([np.interp(across, row, across) for row in visible])
        return sign * before[:, ways]

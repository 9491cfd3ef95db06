"""Where a picture's face is, near enough to place it before a camera: a box, found or supposed."""

from functools import cache
from typing import Any, NamedTuple

import cv2
from skimage.data import lbp_frontal_face_cascade_filename
from skimage.feature import Cascade

from provisioning.simulator.hallway import Picture

SEARCH_PX = 256
"""The longer side a picture is searched at: finding takes about 25 ms, once a scene."""


class FaceBox(NamedTuple):
    """A face in a picture: its middle and its width, in pixels, and whether it was really seen."""

    x: float
    y: float
    width: float
    seen: bool


@cache
def _cascade() -> Any:
    return Cascade(lbp_frontal_face_cascade_filename())


def face_box(picture: Picture) -> FaceBox:
    """The largest face that scikit-image's bundled cascade finds, else the middle of the picture.

    This only composes a stimulus. The terminal's own detector is never asked, so that a scene
    does not depend on what it is meant to test.
    """
    height, width = picture.shape[:2]
    scale = SEARCH_PX / max(height, width)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = _cascade().detect_multi_scale(small, 1.2, 1, (36, 36), (SEARCH_PX, SEARCH_PX))
    if not found:
        return FaceBox(width / 2, height * 0.45, 0.42 * min(height, width), False)
    best = max(found, key=lambda face: int(face["width"]))
    side = best["width"] / scale
    return FaceBox(best["c"] / scale + side / 2, best["r"] / scale + side / 2, side, True)

"""Where the face of the last frame is in this one: the mesh follows itself between detections."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from board.link.messages import Refusal
from coprocessor.align import similarity
from coprocessor.detect import Face, overlap
from coprocessor.frame import Picture
from coprocessor.landmarks import Landmarker, Mesh

KEY_FRAMES: Final = 5
"""Every so many frames the detector looks at the whole picture: others may have come."""
KEY_MS: Final = 400
"""And at least this often, however slow the frames come."""
STEADY_OVERLAP: Final = 0.6
"""The mesh that lands elsewhere than where it was sent has lost its face, or found another's."""


@dataclass(frozen=True, eq=False)
class Key:
    """What the detector last said, and the mesh of the face that was chosen.

    crowd: the refusal for the company that face is in. A face in company is not followed.
    """

    face: Face
    mesh: Mesh
    crowd: Refusal
    at_ms: int


class Follower:
    """The mesh of one face from frame to frame; a doubt is a call for the detector."""

    def __init__(self, landmarker: Landmarker) -> None:
        self._landmarker = landmarker
        self._key: Key | None = None
        self._last: Face | None = None
        self._since = 0

    def start(self, key: Key | None) -> None:
        """Follow this from now on; None: nothing to follow."""
        sure = key is not None and key.mesh.flag >= 0 and not key.crowd
        self._key = key if sure else None
        self._last = key.face if key is not None else None
        self._since = 0

    def next(self, rgb: Picture, at_ms: int) -> Key | None:
        """The face in this frame, in the detector's measure; None where the detector must look."""
        key, last = self._key, self._last
        self._since += 1
        if key is None or last is None or self._since >= KEY_FRAMES:
            return None
        if not 0 <= at_ms - key.at_ms < KEY_MS:
            return None
        mesh = self._landmarker.mesh(rgb, last)
        face = moved(key.face, key.mesh, mesh)
        if mesh.flag < 0 or overlap(last.box, face.box[None])[0] < STEADY_OVERLAP:
            return None
        self._last = face
        return Key(face, mesh, key.crowd, at_ms)


def moved(face: Face, then: Mesh, now: Mesh) -> Face:
    """The detected face, carried along as its mesh went from `then` to `now`.

    The box keeps its shape and stays upright, as the detector's own boxes do: what is cut out by
    it is cut as the models behind it know it.
    """
    matrix = similarity(then.points[:, :2], now.points[:, :2])
    linear, shift = matrix[:, :2].astype(np.float32), matrix[:, 2].astype(np.float32)
    scale = np.hypot(linear[0, 0], linear[1, 0])
    centre = linear @ ((face.box[:2] + face.box[2:]) / 2) + shift
    half = scale * (face.box[2:] - face.box[:2]) / 2
    box = np.concatenate([centre - half, centre + half])
    return Face(box, face.points @ linear.T + shift, face.score)

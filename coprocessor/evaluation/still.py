"""A picture file to the one face it is about, or the word why there is none."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from board.link.messages import Refusal
from coprocessor.align import upright
from coprocessor.detect import Detector, Face
from coprocessor.frame import Picture
from coprocessor.landmarks import Landmarker, Mesh
from coprocessor.models.model import Bundle
from coprocessor.picture import LARGEST_BYTES, PictureError, open_picture
from coprocessor.quality import look, look_refusal, shape_refusal, size_refusal

Failure = Literal["unreadable", "no_face"]
"""Failure to acquire: the file is no picture we open, or nobody is found in it."""


class NotAcquiredError(Exception):
    """There is no face to measure; told: the failure, and what is wrong with the file."""

    def __init__(self, failure: Failure, why: str = "") -> None:
        self.told = f"{failure}: {why}" if why else failure
        super().__init__(self.told)
        self.failure: Failure = failure


@dataclass(frozen=True, eq=False)
class Still:
    """One face in one picture: RGB picture, face, mesh, aligned crop, the gate's refusal or ""."""

    rgb: Picture
    face: Face
    mesh: Mesh
    crop: Picture
    refusal: Refusal


class Stills:
    """The measuring rooms up to the aligned face, as the terminal has them."""

    def __init__(self, models: Bundle) -> None:
        """Raises BundleError, ModelError."""
        self._limits = models.manifest.thresholds
        self._detector = Detector(models)
        self._landmarker = Landmarker(models)

    def still(self, path: Path) -> Still:
        """The most central face: which of several is meant the lists do not say.

        The gate does not ask for a single face, for the same reason. Raises NotAcquiredError.
        """
        rgb = _opened(path)
        faces = self._detector.faces(rgb)
        if not faces:
            raise NotAcquiredError("no_face")
        face = most_central(faces, rgb)
        mesh = self._landmarker.mesh(rgb, face)
        crop = upright(rgb, mesh.five())
        refusal = (
            size_refusal(mesh, self._limits)
            or look_refusal(look(crop), self._limits)
            or shape_refusal(mesh, self._limits)
        )
        return Still(rgb, face, mesh, crop, refusal)


def most_central(faces: list[Face], rgb: Picture) -> Face:
    """The face whose box has its middle nearest to the picture's."""
    middle = np.array([rgb.shape[1], rgb.shape[0]], np.float32) / 2
    return min(
        faces, key=lambda face: float(np.hypot(*((face.box[:2] + face.box[2:]) / 2 - middle)))
    )


def _opened(path: Path) -> Picture:
    try:
        with path.open("rb") as file:
            return open_picture(file.read(LARGEST_BYTES + 1))
    except OSError as error:
        raise NotAcquiredError("unreadable", str(error.strerror)) from None
    except PictureError as error:
        raise NotAcquiredError("unreadable", str(error)) from None

"""Aligned face to the 512 int8 values that are compared: probe and template alike."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from board.link.messages import TEMPLATE_LENGTH
from coprocessor.align import Floats
from coprocessor.frame import Picture, picture
from coprocessor.models.model import Bundle
from coprocessor.tensors import Feed

STEPS_PER_UNIT: Final = 127 / 0.25
"""The contract's scale: components of a unit vector of 512 seldom pass 0.25."""


class Embedder:
    """The bundle's face embedder."""

    def __init__(self, models: Bundle) -> None:
        entry = models.entry("embedder")
        self._model = models.model("embedder")
        self._feed = Feed(entry.input, entry.normalisation)

    def template(self, crop: Picture, mirrored: bool = False) -> bytes:
        """112 x 112 aligned crop to TEMPLATE_LENGTH int8 values.

        mirrored: add the mirrored crop's embedding first; twice the time, for enrolment.
        """
        whole = self._embedding(crop)
        if mirrored:
            whole = unit(whole) + unit(self._embedding(picture(cv2.flip(crop, 1))))
        return quantised(unit(whole)).tobytes()

    def _embedding(self, crop: Picture) -> Floats:
        return self._model.run(self._feed.of(crop))[0].reshape(TEMPLATE_LENGTH)


class Blend:
    """Templates of one person to one: their mean direction, each weighed by how good it is.

    Several pictures at enrolment, or the probes of one track: what they share stays, what the
    moment added (expression, light, noise) averages out. One person only: whoever begins another
    track begins another blend.
    """

    def __init__(self) -> None:
        self._sum = np.zeros(TEMPLATE_LENGTH, np.float32)

    def add(self, template: bytes, weight: float = 1.0) -> bytes:
        """Take in one template; the blend of all so far. weight: above nought, 1 is usual."""
        values = np.frombuffer(template, np.int8).astype(np.float32)
        self._sum += np.float32(weight) * unit(values)
        return quantised(unit(self._sum)).tobytes()


def unit(vector: Floats) -> Floats:
    """The vector at length one; a vector of noughts stays what it is."""
    return vector / np.float32(max(float(np.linalg.norm(vector)), 1e-12))


def quantised(vector: Floats) -> NDArray[np.int8]:
    """Unit vector to the contract's int8: round(unit * 127 / 0.25), clipped to +-127."""
    steps = np.rint(vector * np.float32(STEPS_PER_UNIT))
    return np.asarray(np.clip(steps, -127, 127), np.int8)


def similarity_e4(one: bytes, other: bytes) -> int:
    """Cosine of two templates in 1/10000, -10000 to 10000; nought when either is all noughts."""
    a = np.frombuffer(one, np.int8).astype(np.int64)
    b = np.frombuffer(other, np.int8).astype(np.int64)
    lengths = float(np.sqrt(float(a @ a) * float(b @ b)))
    return round(10_000 * float(a @ b) / lengths) if lengths else 0

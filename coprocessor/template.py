"""Aligned face to the 512 int8 values that are compared: probe and template alike."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from board.link.messages import TEMPLATE_LENGTH
from coprocessor.align import Floats
from coprocessor.frame import Picture
from coprocessor.models.model import Bundle
from coprocessor.tensors import tensor

STEPS_PER_UNIT: Final = 127 / 0.25
"""The contract's scale: components of a unit vector of 512 seldom pass 0.25."""


class Embedder:
    """The bundle's face embedder."""

    def __init__(self, models: Bundle) -> None:
        self._model = models.model("embedder")
        self._normalisation = models.entry("embedder").normalisation

    def template(self, crop: Picture, mirrored: bool = False) -> bytes:
        """112 x 112 aligned crop to TEMPLATE_LENGTH int8 values.

        mirrored: add the mirrored crop's embedding first; twice the time, for enrolment.
        """
        whole = self._embedding(crop)
        if mirrored:
            whole = unit(whole) + unit(self._embedding(crop[:, ::-1]))
        return quantised(unit(whole)).tobytes()

    def _embedding(self, crop: Picture) -> Floats:
        return self._model.run(tensor(crop, self._normalisation))[0].reshape(TEMPLATE_LENGTH)


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

"""A crop as the tensor a model wants, after the manifest's normalisation."""

from typing import Final

import cv2
import numpy as np

from board.bundle import Normalisation, Tensor
from coprocessor.frame import Picture
from coprocessor.models.model import Array, Stored

TURNS: Final = {"BGR": cv2.COLOR_RGB2BGR, "GREY": cv2.COLOR_RGB2GRAY}


class Feed:
    """One model's input, filled straight from a picture: one table look-up for each value.

    Only 256 values are possible, so each is normalised and quantised once, by the very code that
    would do it for every pixel: what reaches the model is the same to the bit.
    """

    def __init__(self, form: Tensor, normalisation: Normalisation) -> None:
        """form: the input as it lies in the file; normalisation: the manifest's."""
        ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
        plain = Normalisation("RGB", normalisation.subtract, normalisation.divide)
        self._table = np.ascontiguousarray(quantised(tensor(ramp, plain), form)[0, :, 0, 0])
        self._turn = TURNS.get(normalisation.channels)
        self._stored = np.zeros(form.shape, self._table.dtype)

    def of(self, crop: Picture) -> Stored:
        """RGB crop of the model's size to its input; the next call writes over it."""
        ordered = crop if self._turn is None else cv2.cvtColor(crop, self._turn)
        into = self._stored[0]
        if ordered.shape[:2] != into.shape[:2]:
            raise ValueError(f"crop of {ordered.shape[:2]}, the model takes {into.shape[:2]}")
        cv2.LUT(ordered, self._table, dst=into)
        return self._stored


def tensor(crop: Picture, normalisation: Normalisation) -> Array:
    """RGB crop (height x width x 3) to float32 (1, height, width, channels).

    (value - subtract) / divide, channels turned into the manifest's order.
    """
    if normalisation.channels == "GREY":
        ordered = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[..., None]
    else:
        ordered = crop if normalisation.channels == "RGB" else crop[..., ::-1]
    values = ordered.astype(np.float32)
    if normalisation.subtract:
        values -= np.float32(normalisation.subtract)
    if normalisation.divide != 1.0:
        values *= np.float32(1.0 / normalisation.divide)
    return np.asarray(values[None], np.float32)


def quantised(tensor: Stored, form: Tensor) -> Stored:
    """Real values to what the graph stores, rounded and saturated; int8 is what it stores."""
    if tensor.dtype == np.int8:
        return tensor
    if form.dtype == "float32":
        return np.ascontiguousarray(tensor, np.float32)
    steps = np.rint(tensor / np.float32(form.scale)) + np.float32(form.zero_point)
    return np.asarray(np.clip(steps, -128, 127), np.int8)


def real(stored: Stored, form: Tensor) -> Array:
    """What the graph stores to real values."""
    if form.dtype == "float32":
        return stored.astype(np.float32, copy=False)
    return (stored.astype(np.float32) - np.float32(form.zero_point)) * np.float32(form.scale)

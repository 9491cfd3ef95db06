"""A crop as the tensor a model wants, after the manifest's normalisation."""

import cv2
import numpy as np

from board.bundle import Normalisation
from coprocessor.frame import Picture
from coprocessor.models.model import Array


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

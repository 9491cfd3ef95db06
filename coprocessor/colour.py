"""How many colours a face has, and how far they spread."""

from typing import Final

import cv2
import numpy as np

from coprocessor.cues import Measured
from coprocessor.frame import Picture

STEPS: Final = 16
"""Of each channel, when colours are counted: well above a sensor's noise."""


def colour(crop: Picture) -> Measured:
    """chroma: deviation of the red difference (Cr), in grey levels; colours: log of their number.

    Print and display bend colours, each its own way, and so does each camera: on three sets of
    recordings the sign was not the same. Only a fit to the site's own may use them.
    """
    _, spread = cv2.meanStdDev(cv2.cvtColor(crop, cv2.COLOR_RGB2YCrCb))
    steps = cv2.calcHist([crop], [0, 1, 2], None, [STEPS] * 3, [0, 256] * 3)
    found = int(np.count_nonzero(steps))
    return {"chroma": float(spread[1, 0]), "colours": float(np.log(max(found, 1)))}

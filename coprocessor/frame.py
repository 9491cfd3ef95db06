"""One picture of the camera and the moment it was captured."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""height x width x 3, RGB, 0..255."""


def picture(array: Any) -> Picture:
    """What OpenCV hands back, as the type it is."""
    return np.asarray(array, np.uint8)


@dataclass(frozen=True, eq=False)
class Frame:
    """What a camera delivers.

    rgb: uint8, height x width x 3, RGB.
    captured_ms: monotonic clock of this process at capture.
    """

    rgb: Picture
    captured_ms: int

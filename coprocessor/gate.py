"""Is it worth asking the detector? Not in an empty scene in which nothing has changed."""

from typing import Final

import cv2
import numpy as np

from coprocessor.align import Floats
from coprocessor.frame import Picture

BEAT_MS: Final = 900
"""The detector looks at least this often, whatever the gate thinks: under a second."""
QUIET_MS: Final = 1_500
"""So long after the last face the gate stays open: a miss of the detector must not blind it."""
STEP: Final = 5
"""Every so many pixels one is looked at: a person at the door covers thousands of them."""
GRID: Final = (20, 15)
"""Width and height of what is compared: each cell the mean of dozens of pixels, free of noise."""
CHANGE: Final = 4.0
"""Grey levels a cell must change: well above what noise leaves, well below anybody's arrival."""


class Gate:
    """Remembers the scene of the last detection that found nobody."""

    def __init__(self) -> None:
        self._empty: Floats | None = None
        self._looked_ms = 0
        self._face_ms: int | None = None

    def shut(self, rgb: Picture, at_ms: int) -> bool:
        """May the detector rest? Nobody was here, nothing has changed, and it looked just now."""
        if self._empty is None or not 0 <= at_ms - self._looked_ms < BEAT_MS:
            return False
        now = cells(rgb)
        return bool(np.abs(now - self._empty).max() < CHANGE)

    def looked(self, rgb: Picture, at_ms: int, found: bool) -> None:
        """The detector looked at this frame."""
        self._looked_ms = at_ms
        if found:
            self._face_ms = at_ms
        quiet = self._face_ms is None or not 0 <= at_ms - self._face_ms < QUIET_MS
        self._empty = cells(rgb) if quiet else None


def cells(rgb: Picture) -> Floats:
    """GRID of grey means, of every STEP-th pixel."""
    few = cv2.cvtColor(np.ascontiguousarray(rgb[::STEP, ::STEP]), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(few, GRID, interpolation=cv2.INTER_AREA), np.float32)

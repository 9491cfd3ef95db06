"""One face in one frame to how open its eyes are, and a window of such to how far they closed."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from coprocessor.align import Floats, similarity, warp
from coprocessor.frame import Picture
from coprocessor.landmarks import LEFT_EYE, RIGHT_EYE, Mesh
from coprocessor.models.model import Bundle
from coprocessor.tensors import Feed

LEAST: Final = 5
"""Moments that a window must hold: of fewer, none need have met a blink."""
OPEN: Final = 5.0
"""A net that is less sure of open eyes at the window's upper quartile does not see these eyes:
they are dark, small or behind glasses, and what it says of them is no closing (trial report, 5.3).
"""


class Eyes:
    """The bundle's eye net, asked of both eyes."""

    def __init__(self, models: Bundle) -> None:
        entry = models.entry("eyes")
        self._model = models.model("eyes")
        self._feed = Feed(entry.input, entry.normalisation)
        self._side_px = entry.input.shape[1]
        (self._room,) = entry.crops

    def openness(self, rgb: Picture, mesh: Mesh) -> float:
        """Log-odds that the eyes are open, mean of both; shut ones are some 10 units lower."""
        return sum(self._one(rgb, mesh, eye) for eye in (LEFT_EYE, RIGHT_EYE)) / 2

    def _one(self, rgb: Picture, mesh: Mesh, eye: tuple[int, int]) -> float:
        crop = warp(rgb, similarity(mesh.points[list(eye), :2], self._corners()), self._side_px)
        shut, wide = self._model.run(self._feed.of(crop))[0].reshape(-1)
        return float(wide) - float(shut)

    def _corners(self) -> Floats:
        """Where the corners lie in the crop: level, in its middle."""
        middle, half = self._side_px / 2, self._side_px / self._room / 2
        return np.array([[middle - half, middle], [middle + half, middle]], np.float32)


def drop(openness: Sequence[float]) -> float | None:
    """How far the eyes closed within a window: upper quartile less the smallest; None: unknown."""
    if len(openness) < LEAST:
        return None
    ordered = sorted(openness)
    upper = ordered[len(ordered) * 3 // 4]
    return upper - ordered[0] if upper >= OPEN else None

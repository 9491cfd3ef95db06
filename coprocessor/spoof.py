"""One face in one frame to the log-odds that it is a live one (positive: live)."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from coprocessor.align import Floats, boxed
from coprocessor.frame import Picture
from coprocessor.models.model import Bundle
from coprocessor.tensors import Feed

LogOdds = Mapping[float, float]
"""By crop, in widths of the face box: log(p(live) / p(attack)); crops not asked are absent."""

WIDE: Final = 2.7
"""The crop the net's kind was published with, beside those of the manifest: it shows what the face
lies in. A display's frame lies in no closer one; the closer ones see screens and print better."""

AT_FIRST: Final = 2
LATER: Final = 1
KNOWN_FRAMES: Final = 30
"""Crops a frame, until the track has so many frames, and from then on: the net is the dearest of a
reading. Who has just come wants an answer; a window that is full changes slowly."""


class Spoof:
    """The bundle's presentation attack net, run on the crops in turn."""

    def __init__(self, models: Bundle) -> None:
        self._model = models.model("spoof")
        entry = models.entry("spoof")
        self._feed = Feed(entry.input, entry.normalisation)
        self._side_px = entry.input.shape[1]
        self._crops = (*entry.crops, WIDE)
        self._next = 0

    def log_odds(self, rgb: Picture, box: Floats, frames: int = 0) -> LogOdds:
        """On the crops whose turn it is; `box` is x0 y0 x1 y1 in pixels, `frames`: of the track."""
        count, asked = len(self._crops), AT_FIRST if frames < KNOWN_FRAMES else LATER
        turn = [self._crops[(self._next + step) % count] for step in range(asked)]
        self._next = (self._next + asked) % count
        return {scale: self._one(rgb, box, scale) for scale in turn}

    def all_log_odds(self, rgb: Picture, box: Floats) -> LogOdds:
        """On every crop: for a picture that comes alone."""
        return {scale: self._one(rgb, box, scale) for scale in self._crops}

    def _one(self, rgb: Picture, box: Floats, scale: float) -> float:
        crop = boxed(rgb, box, scale, self._side_px)
        return live_log_odds(self._model.run(self._feed.of(crop))[0].reshape(-1))


def live_log_odds(logits: Floats) -> float:
    """Class 0 is live, the others kinds of attack: z0 - log(sum(exp(others)))."""
    wide = logits.astype(np.float64)
    top = float(wide[1:].max())
    return float(wide[0] - top - np.log(np.exp(wide[1:] - top).sum()))

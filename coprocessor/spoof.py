"""One face in one frame to the log-odds that it is a live one (positive: live)."""

import numpy as np

from coprocessor.align import Floats, boxed
from coprocessor.frame import Picture
from coprocessor.models.model import Bundle
from coprocessor.tensors import tensor


class Spoof:
    """The bundle's presentation attack net, run on each crop the manifest names."""

    def __init__(self, models: Bundle) -> None:
        self._model = models.model("spoof")
        entry = models.entry("spoof")
        self._normalisation = entry.normalisation
        self._side_px = entry.input.shape[1]
        self._crops = entry.crops

    def log_odds(self, rgb: Picture, box: Floats) -> float:
        """Sum over the crops of log(p(live) / p(attack)); `box` is x0 y0 x1 y1 in pixels."""
        return sum(self._one(rgb, box, scale) for scale in self._crops)

    def _one(self, rgb: Picture, box: Floats, scale: float) -> float:
        crop = boxed(rgb, box, scale, self._side_px)
        return live_log_odds(self._model.run(tensor(crop, self._normalisation))[0].reshape(-1))


def live_log_odds(logits: Floats) -> float:
    """Class 0 is live, the others kinds of attack: z0 - log(sum(exp(others)))."""
    wide = logits.astype(np.float64)
    top = float(wide[1:].max())
    return float(wide[0] - top - np.log(np.exp(wide[1:] - top).sum()))

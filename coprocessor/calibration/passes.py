"""What living people alone teach: where this camera's cues lie, before any attack was shown to it.

Score A of the trial behind the first constants, in this site's own z-scores and quantiles. It may
shift what the first constants say, never by so much that what they refuse would be let pass.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from board.link.messages import Sign
from coprocessor.attack import FirstConstants, Scores
from coprocessor.calibration import windows
from coprocessor.calibration.edges import logit, of_living, permille
from coprocessor.calibration.fit import Floats, standard
from coprocessor.calibration.windows import NAMES
from coprocessor.cues import Cues

LEAST: Final = 60
"""Passes from which quantiles are taken: the fifth percentile then rests on three."""
MOST_SHIFT: Final = 1.5
"""In log-odds. From refusing (800 permille) to accepting (400) it is 1.8."""
DROP: Final = 6.0
MOST_DROP: Final = 1.5
NET: Final = [NAMES.index(name) for name in ("near", "middle")]
RIDE, MOVED, EYE_DROP = (NAMES.index(name) for name in ("ride", "moved", "eye_drop"))


class PassesJudge:
    """Implements attack.Judge. rows: of passes, LEAST or more."""

    def __init__(self, rows: Sequence[Sequence[float | None]], accept: int, refuse: int) -> None:
        live = windows.matrix(rows)
        self._standard = standard(live, windows.LEAST_SPREADS)
        self._net = standard(_net(live), windows.LEAST_SPREADS[NET[:1]])
        self._edges = of_living(self.score(live))
        self._accept, self._refuse = accept, refuse
        self._first = FirstConstants()

    def score(self, rows: Floats) -> Floats:
        """(N, K) to (N,): the higher, the more alive."""
        z = self._standard.z(rows)
        drop = np.nan_to_num(rows[:, EYE_DROP], nan=0.0)
        score = (
            self._net.z(_net(rows))[:, 0]
            - np.maximum(0.0, z[:, RIDE])
            - np.maximum(0.0, -z[:, MOVED])
            + np.clip(drop / DROP, 0.0, MOST_DROP)
        )
        return np.asarray(score, np.float64)

    def scores(self, cues: Cues, fed: Sign) -> Scores:
        """See attack.Judge."""
        first = self._first.scores(cues, fed)
        if fed or cues.log_odds() is None:
            return first
        score = float(self.score(windows.matrix([windows.row(cues)]))[0])
        wanted = self._edges.log_odds(score, self._accept, self._refuse)
        shift = wanted - logit(first.attack_permille)
        shift = min(max(shift, -MOST_SHIFT), MOST_SHIFT)
        kinds = (first.print_permille, first.screen_permille, first.other_permille)
        printed, shown, other = (permille(logit(kind) + shift) for kind in kinds)
        return Scores(printed, shown, other, first.sign)


def _net(rows: Floats) -> Floats:
    """(N, K) to (N, 1): the spoof net's mean over the crops, NaN where one is missing."""
    return np.asarray(rows[:, NET].mean(1, keepdims=True), np.float64)

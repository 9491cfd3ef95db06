"""Cues of this site's people and of what they hold up to one small logistic regression each.

Numbers in, numbers out. Rows are windows, columns cues; a cue that a window lacks is NaN.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RIDGE: Final = 3.0
"""Weight of the squared coefficients: chosen by the trial behind this, not fitted to anything."""
CLASS_WEIGHT: Final = 36.0
"""What all windows of one class weigh together. Windows overlap, so more of them are no more
witnesses; this is the three people of the trial, each with a dozen presentations a class."""
FURTHEST: Final = 5.0
"""A cue further out than so many deviations says no more than that."""
STEPS: Final = 100
LONGEST_STEP: Final = 1.0
"""Newton's steps are too long where the curve is flat; shorter ones arrive, for it is convex."""
CLOSE: Final = 1e-9
FREE: Final = 1e-6
"""Next to nothing, for the constant: what can be told apart perfectly must stay solvable."""


@dataclass(frozen=True, eq=False)
class Standard:
    """Middle and spread of each cue over living people of this site, both of shape (K,).

    A cue that no living person ever had has spread infinity: it never says anything.
    """

    middle: Floats
    spread: Floats

    def z(self, cues: Floats) -> Floats:
        """(..., K) cues in deviations from living people; a missing one is 0, the middle."""
        scaled = np.clip((cues - self.middle) / self.spread, -FURTHEST, FURTHEST)
        return np.nan_to_num(scaled, nan=0.0)


@dataclass(frozen=True, eq=False)
class Fit:
    """What separates living people from each species.

    weights: by species, (K + 1,): one for each cue's z, and the constant last.
    """

    standard: Standard
    weights: Mapping[str, Floats]

    def log_odds(self, cues: Floats) -> dict[str, Floats]:
        """By species, (...,) log-odds for a living person."""
        z = self.standard.z(cues)
        return {name: z @ w[:-1] + w[-1] for name, w in self.weights.items()}

    def lowest(self, cues: Floats) -> Floats:
        """(...,) log-odds for a living person against the species that it is likest to."""
        return np.asarray(np.min(list(self.log_odds(cues).values()), axis=0), np.float64)


def standard(live: Floats, least: Floats) -> Standard:
    """Of (N, K) windows of living people, N >= 1.

    least: (K,) what a spread is at least: few people may agree by accident.
    """
    known = np.isfinite(live)
    count = known.sum(0)
    middle = np.where(known, live, 0.0).sum(0) / np.maximum(count, 1)
    square = (np.where(known, live - middle, 0.0) ** 2).sum(0) / np.maximum(count, 1)
    spread = np.where(count > 0, np.maximum(np.sqrt(square), least), np.inf)
    return Standard(middle, spread)


def fit(live: Floats, species: Mapping[str, Floats], least: Floats) -> Fit:
    """One regression of living people, (N, K), against each species, (M, K). N, M >= 1."""
    scale = standard(live, least)
    weights = {name: against(scale.z(live), scale.z(attacks)) for name, attacks in species.items()}
    return Fit(scale, weights)


def against(live: Floats, attacks: Floats) -> Floats:
    """Ridge regression of the log-odds for `live`: (K + 1,), the unpunished constant last.

    Newton's method on a strictly convex loss; both classes weigh the same.
    """
    rows = np.vstack([live, attacks])
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    wanted = np.repeat([1.0, 0.0], [len(live), len(attacks)])
    share = np.where(wanted > 0, CLASS_WEIGHT / len(live), CLASS_WEIGHT / len(attacks))
    ridge = np.full(rows.shape[1], RIDGE)
    ridge[-1] = FREE
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        said = probability(rows @ weights)
        slope = rows.T @ (share * (said - wanted)) + ridge * weights
        bend = (rows.T * (share * said * (1 - said))) @ rows + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        weights = weights - step / max(1.0, np.abs(step).max() / LONGEST_STEP)
        if np.abs(step).max() < CLOSE:
            break
    return weights


def probability(log_odds: Floats) -> Floats:
    """The logistic function, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)), np.float64)

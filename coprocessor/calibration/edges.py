"""Log-odds of a site's fit to the permille that the bundle's thresholds are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Final

import numpy as np

from coprocessor.calibration.fit import Floats

LIVE_LOW: Final = 0.05
LIVE_HIGH: Final = 0.20
"""Quantiles of living people: nobody below the first is let pass, and until attacks of the site
are known, nobody below the second."""
ATTACK_HIGH: Final = 0.98
"""Quantile of each instrument that must not be let pass: all of them, but for one stray window."""
REFUSED: Final = 0.25
"""Share of the way from attacks to the living. Whoever lies further up may turn their head."""
LEAST_GAP: Final = 0.5
"""Between refusing and accepting, in log-odds: there is always a stretch of doubt."""
MOST_FOLLOWED: Final = 0.5
"""As far as passes may ever move the low end of the living from where commissioning found it."""
MOST_LOG_ODDS: Final = 40.0


@dataclass(frozen=True)
class Edges:
    """Log-odds for a living person: below `refuse` it is an attack, from `accept` on it is none."""

    refuse: float
    accept: float

    def log_odds(self, score: float, accept: int, refuse: int) -> float:
        """For an attack: those of the bundle's thresholds (permille) at the edges.

        A straight line through both; never rises with `score`.
        """
        low, high = logit(refuse), logit(accept)
        said = low + (high - low) / (self.accept - self.refuse) * (score - self.refuse)
        return min(max(said, -MOST_LOG_ODDS), MOST_LOG_ODDS)

    def permille(self, score: float, accept: int, refuse: int) -> int:
        """The same, 0 (bona fide) to 1000 (attack)."""
        return permille(self.log_odds(score, accept, refuse))


@dataclass(frozen=True)
class Ends:
    """Of people the fit has not seen: the low end of the living, the high end of the attacks."""

    lowest: float
    highest: float

    @property
    def edges(self) -> Edges:
        """Where they are apart: accept from the low end of the living on, refuse what is not by
        REFUSED further up than attacks. Where they overlap: what both reach is doubt."""
        if self.highest < self.lowest:
            return apart(self.highest + REFUSED * (self.lowest - self.highest), self.lowest)
        return apart(self.lowest, self.highest)


def ends(live: Floats, attacks: Sequence[Floats]) -> Ends:
    """From log-odds of living people and, by instrument, of attacks; each of one or more."""
    highest = max(float(np.quantile(one, ATTACK_HIGH)) for one in attacks)
    return Ends(float(np.quantile(live, LIVE_LOW)), highest)


def followed(ends: Ends, passes: Floats) -> Ends:
    """The ends, the living's moved to where passes are: by MOST_FOLLOWED at most."""
    lowest = float(np.quantile(passes, LIVE_LOW))
    moved = min(max(lowest, ends.lowest - MOST_FOLLOWED), ends.lowest + MOST_FOLLOWED)
    return Ends(moved, ends.highest)


def of_living(live: Floats) -> Edges:
    """While no attack of the site is known."""
    return apart(float(np.quantile(live, LIVE_LOW)), float(np.quantile(live, LIVE_HIGH)))


def apart(refuse: float, accept: float) -> Edges:
    """With LEAST_GAP between them at least."""
    return Edges(min(refuse, accept - LEAST_GAP), accept)


def permille(log_odds: float) -> int:
    """0 to 1000."""
    return round(1_000 / (1 + exp(-log_odds)))


def logit(permille: int) -> float:
    """Log-odds of 1 to 999 thousandths."""
    share = min(max(permille, 1), 999) / 1_000
    return log(share / (1 - share))

"""The judge of a site that was fitted: its own people's measure, under what is certain anyway."""

from math import isfinite
from typing import Final

from board.link.messages import Sign
from coprocessor.attack import FirstConstants, Scores, flatness, loudest, surroundings
from coprocessor.calibration import windows
from coprocessor.calibration.train import Trained
from coprocessor.calibration.windows import NAMES
from coprocessor.cues import Cues

RIDES: Final = -2.0
"""Worth of the surroundings (attack.surroundings) that only a sheet or display seen moving has:
what stirs behind a person is never worth as little."""
NEEDED: Final = tuple(NAMES.index(name) for name in ("ride", "stir", "flat", "moved"))
"""Cues whose absence must not be worth as much as their being those of a living person."""


class SiteJudge:
    """Implements attack.Judge. accept, refuse: the bundle's thresholds, in permille."""

    def __init__(self, trained: Trained, accept: int, refuse: int) -> None:
        self._trained = trained
        self._accept = accept
        self._refuse = refuse
        self._first = FirstConstants()

    def scores(self, cues: Cues, fed: Sign) -> Scores:
        """See attack.Judge. The first constants are heard where they are certain, or where too
        little was measured for the fit."""
        first = self._first.scores(cues, fed)
        if fed or cues.log_odds() is None:
            return first
        row = windows.row(cues)
        fitted = self._fitted(row, loudest(cues) or "net")
        if certain(cues, first, self._refuse) or self._lacks(row):
            return larger(fitted, first)
        return fitted

    def _fitted(self, row: tuple[float | None, ...], sign: Sign) -> Scores:
        odds = self._trained.fit.log_odds(windows.matrix([row]))
        told = {
            name: self._trained.edges.permille(float(odds[name][0]), self._accept, self._refuse)
            for name in odds
        }
        said = Scores(told["print"], told["screen"], 0)
        return Scores(said.print_permille, said.screen_permille, 0, _sign(said, sign, self._accept))

    def _lacks(self, row: tuple[float | None, ...]) -> bool:
        """Is something unknown that is known of this site's people?"""
        spread = self._trained.fit.standard.spread
        return any(row[place] is None and isfinite(spread[place]) for place in NEEDED)


def certain(cues: Cues, first: Scores, refuse: int) -> bool:
    """Have the first constants refused what was seen to move as a sheet? No fit explains it away.

    The surroundings ride along, or the face is one flat piece.
    """
    seen = cues.seen >= windows.SEEN and (surroundings(cues) <= RIDES or flatness(cues) >= 1)
    return seen and first.attack_permille >= refuse


def larger(one: Scores, other: Scores) -> Scores:
    """Of each kind the larger score, and the sign of the larger of all."""
    return Scores(
        max(one.print_permille, other.print_permille),
        max(one.screen_permille, other.screen_permille),
        max(one.other_permille, other.other_permille),
        max(one, other, key=lambda said: said.attack_permille).sign,
    )


def _sign(said: Scores, sign: Sign, accept: int) -> Sign:
    return sign if said.attack_permille > accept else ""

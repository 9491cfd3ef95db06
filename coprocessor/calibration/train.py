"""Windows of three people or more to a fit, its edges, and what it would do to people it never saw.

Whoever is judged is judged by the others' fit alone, edges included: leave one person out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Annotated, Final

import msgspec
import numpy as np

from board.link.messages import Instrument
from coprocessor.calibration import windows as windows_of
from coprocessor.calibration.edges import Edges, Ends, ends
from coprocessor.calibration.fit import Fit, Floats, fit
from coprocessor.calibration.windows import ATTACKS, LIVE, SPECIES, Attack, Window
from coprocessor.metrics import wilson

LEAST_PEOPLE: Final = 3
MOST_WRONG: Final = 200
MOST_ASKED: Final = 500
MARGIN: Final = 100
"""In thousandths."""

Permille = Annotated[int, msgspec.Meta(ge=0, le=1_000)]


@dataclass(frozen=True, eq=False)
class Trained:
    """A fit, and where its log-odds of living people and of attacks end."""

    fit: Fit
    ends: Ends

    @property
    def edges(self) -> Edges:
        """Where its log-odds begin to refuse and to accept."""
        return self.ends.edges


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares in thousandths, of windows; high: Wilson's upper 95 % bound of as many presentations.

    Overlapping windows of one presentation are no independent trials, presentations nearly are.
    apcer: attacks let pass, of the worst instrument; bpcer: living people refused; asked: living
    people neither let pass nor refused, who would have to turn their heads.
    """

    worst: Attack
    apcer_permille: Permille
    apcer_high_permille: Permille
    bpcer_permille: Permille
    bpcer_high_permille: Permille
    asked_permille: Permille

    @property
    def cost_permille(self) -> int:
        """What two judges are compared by; to turn one's head is a quarter of a refusal."""
        return self.apcer_permille + self.bpcer_permille + self.asked_permille // 4


def complete(windows: Sequence[Window]) -> list[int]:
    """The people of whom there are windows alive and with every instrument."""
    shown = {(one.person, one.instrument) for one in windows}
    people = sorted({one.person for one in windows})
    return [one for one in people if all((one, what) in shown for what in (LIVE, *ATTACKS))]


def train(windows: Sequence[Window]) -> Trained:
    """Of two complete people or more: the fit of all, and ends from scores of unseen people."""
    scores = by_others(windows)
    found = {what: scores[[one.instrument == what for one in windows]] for what in (LIVE, *ATTACKS)}
    attacks = [found[what] for what in ATTACKS if found[what].size]
    return Trained(_fit(windows), ends(found[LIVE], attacks))


def by_others(windows: Sequence[Window]) -> Floats:
    """(N,) log-odds of each window by the fit of the other people's windows."""
    scores = np.empty(len(windows))
    for person in {one.person for one in windows}:
        own = np.array([one.person == person for one in windows])
        theirs = _fit([one for one in windows if one.person != person])
        scores[own] = theirs.lowest(windows_of.matrix([one.row for one in windows])[own])
    return scores


def judged_by_others(windows: Sequence[Window], accept: int, refuse: int) -> list[int]:
    """Permille of each window by everything that the other people's windows lead to."""
    told = {}
    for person in {one.person for one in windows}:
        theirs = train([one for one in windows if one.person != person])
        for number, one in enumerate(windows):
            if one.person == person:
                score = theirs.fit.lowest(windows_of.matrix([one.row]))[0]
                said = theirs.edges.permille(float(score), accept, refuse)
                told[number] = max(said, one.first_permille if one.certain else 0)
    return [told[number] for number in range(len(windows))]


def figures(
    windows: Sequence[Window], permille: Sequence[int], accept: int, refuse: int
) -> Figures:
    """What these verdicts amount to."""
    by_instrument: dict[Instrument, list[tuple[int, int]]] = {}
    for one, said in zip(windows, permille, strict=True):
        by_instrument.setdefault(one.instrument, []).append((one.presentation, said))
    apcer = {
        what: _share([(shown, said <= accept) for shown, said in by_instrument[what]])
        for what in ATTACKS
    }
    worst = max(ATTACKS, key=lambda what: apcer[what])
    bpcer = _share([(shown, said >= refuse) for shown, said in by_instrument[LIVE]])
    asked = _share([(shown, accept < said < refuse) for shown, said in by_instrument[LIVE]])
    return Figures(worst, *apcer[worst], *bpcer, asked[0])


def separable(told: Figures, first: Figures) -> bool:
    """Is a fit worth having? Not with one attack in five let pass, one person in five refused or
    every second one asked; nor when it costs more, by MARGIN, than the first constants did."""
    bearable = max(told.apcer_permille, told.bpcer_permille) <= MOST_WRONG
    bearable = bearable and told.asked_permille <= MOST_ASKED
    return bearable and told.cost_permille <= first.cost_permille + MARGIN


def _share(events: Sequence[tuple[int, bool]]) -> tuple[int, int]:
    """Of (presentation, event): the share of windows, and its bound, in thousandths."""
    value = sum(happened for _, happened in events) / len(events)
    presentations = len({shown for shown, _ in events})
    high = wilson(ceil(value * presentations), presentations)[1]
    return round(1_000 * value), round(1_000 * high)


def _fit(windows: Sequence[Window]) -> Fit:
    attacks = {name: windows_of.of(windows, *shown) for name, shown in SPECIES.items()}
    return fit(windows_of.of(windows, LIVE), attacks, windows_of.LEAST_SPREADS)

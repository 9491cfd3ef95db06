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
from coprocessor.calibration.fit import Fit, Flags, Floats, fit
from coprocessor.calibration.windows import ATTACKS, LIVE, SPECIES, Attack, Window
from coprocessor.metrics import wilson

LEAST_PEOPLE: Final = 3
MOST_FOLDS: Final = 10
"""More people than that are left out by groups: the work grows with the square of the folds."""
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


@dataclass(frozen=True, eq=False)
class Commissioning:
    """What three people or more lead to; first: what the first constants said of the same."""

    trained: Trained
    told: Figures
    first: Figures


def commission(windows: Sequence[Window], accept: int, refuse: int) -> Commissioning | None:
    """Fit the people of whom there is everything; None of fewer than LEAST_PEOPLE.

    Takes seconds for many people: not for the thread that reads.
    """
    people = complete(windows)
    if len(people) < LEAST_PEOPLE:
        return None
    whole = [one for one in windows if one.person in people]
    told = figures(whole, judged_by_others(whole, accept, refuse), accept, refuse)
    first = figures(whole, [one.first_permille for one in whole], accept, refuse)
    return Commissioning(train(whole), told, first)


def train(windows: Sequence[Window]) -> Trained:
    """Of two complete people or more: the fit of all, and ends from scores of unseen people."""
    scores = by_others(windows)
    found = {what: scores[[one.instrument == what for one in windows]] for what in (LIVE, *ATTACKS)}
    attacks = [found[what] for what in ATTACKS if found[what].size]
    return Trained(_fit(windows), ends(found[LIVE], attacks))


def by_others(windows: Sequence[Window]) -> Floats:
    """(N,) log-odds of each window by the fit of the other people's windows."""
    scores = np.empty(len(windows))
    rows = windows_of.matrix([one.row for one in windows])
    for own in folds(windows):
        theirs = _fit([one for one, left_out in zip(windows, own, strict=True) if not left_out])
        scores[own] = theirs.lowest(rows[own])
    return scores


def folds(windows: Sequence[Window]) -> list[Flags]:
    """Which windows are left out together: all of a person, or of several when they are many."""
    people = sorted({one.person for one in windows})
    fold = {person: place % MOST_FOLDS for place, person in enumerate(people)}
    whose = np.array([fold[one.person] for one in windows])
    return [whose == number for number in range(min(len(people), MOST_FOLDS))]


def judged_by_others(windows: Sequence[Window], accept: int, refuse: int) -> list[int]:
    """Permille of each window by everything that the other people's windows lead to."""
    said = np.zeros(len(windows), np.int64)
    rows = windows_of.matrix([one.row for one in windows])
    for own in folds(windows):
        theirs = train([one for one, left_out in zip(windows, own, strict=True) if not left_out])
        scores = theirs.fit.lowest(rows[own])
        said[own] = [theirs.edges.permille(float(one), accept, refuse) for one in scores]
    certain = [one.first_permille if one.certain else 0 for one in windows]
    return [max(pair) for pair in zip(said.tolist(), certain, strict=True)]


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

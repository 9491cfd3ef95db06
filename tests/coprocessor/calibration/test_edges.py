"""The bundle's thresholds keep their meaning on any site's scale."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.calibration.edges import (
    LEAST_GAP,
    MOST_FOLLOWED,
    Ends,
    ends,
    followed,
    logit,
    of_living,
    permille,
)

ACCEPT, REFUSE = 400, 800
odds = st.floats(-50, 50)


@given(lowest=odds, highest=odds, score=st.floats(-1e6, 1e6), more=st.floats(0, 1e3))
def test_more_alive_is_never_more_of_an_attack(lowest, highest, score, more):
    edges = Ends(lowest, highest).edges
    there = edges.permille(score, ACCEPT, REFUSE)
    assert 0 <= edges.permille(score + more, ACCEPT, REFUSE) <= there <= 1_000


@given(lowest=odds, highest=odds)
def test_the_edges_meet_the_thresholds(lowest, highest):
    edges = Ends(lowest, highest).edges
    assert edges.permille(edges.accept, ACCEPT, REFUSE) == ACCEPT
    assert edges.permille(edges.refuse, ACCEPT, REFUSE) == REFUSE
    assert edges.accept - edges.refuse >= LEAST_GAP * 0.999


@given(lowest=odds, highest=odds)
def test_neither_the_lowest_living_nor_the_highest_attack_is_undercut(lowest, highest):
    """What is let pass is above both ends."""
    assert Ends(lowest, highest).edges.accept >= max(lowest, highest)


def test_without_attacks_one_in_five_of_the_living_is_in_doubt():
    live = np.linspace(0, 10, 1_001)
    edges = of_living(live)
    assert (edges.refuse, edges.accept) == (0.5, 2.0)


def test_of_each_instrument_the_worst_counts():
    live = np.linspace(4, 6, 101)
    found = ends(live, [np.full(9, -5.0), np.full(900, -9.0), np.full(3, 1.0)])
    assert (found.lowest, found.highest) == (4.1, 1.0)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=50), odds, odds)
def test_passes_however_many_move_little_and_never_below_the_attacks(passes, lowest, highest):
    """The bound on poisoning."""
    before = Ends(lowest, highest)
    after = followed(before, np.array(passes))
    assert abs(after.lowest - before.lowest) <= MOST_FOLLOWED + 1e-9
    assert after.highest == before.highest
    assert after.edges.accept >= highest


@given(st.integers(1, 999))
def test_permille_there_and_back(number):
    assert permille(logit(number)) == number

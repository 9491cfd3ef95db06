"""A threshold's false match rate stays below the stated one, bound included, or there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.evaluation.calibrate import (
    AFFORDED,
    Limit,
    comparison_rate,
    identifying,
    limit_at,
    margin_at,
    needed,
    verifying,
)
from coprocessor.evaluation.gallery import Searches
from coprocessor.evaluation.listing import EvaluationError
from coprocessor.metrics import rate, wilson

GENUINE = np.full(10, 6_000.0)


def impostors(seed, count):
    return np.rint(np.random.default_rng(seed).normal(0, 1_000, count))


@given(seed=st.integers(0, 2**32 - 1), target=st.sampled_from([0.5, 0.1, 0.01, 0.003]))
def test_the_bound_holds_and_no_lower_threshold_would_do(seed, target):
    scores = impostors(seed, 5_000)
    limit = limit_at(GENUINE, scores, target)
    at, below = ((scores >= limit.threshold_e4 - step).sum() for step in (0, 1))
    assert limit.fmr.events == at
    assert wilson(int(at), scores.size)[1] <= target
    if limit.threshold_e4 > 0:
        assert wilson(int(below), scores.size)[1] > target


@pytest.mark.parametrize("target", [0.5, 1e-2, 1e-4, 3e-6])
def test_as_few_as_needed_do_and_one_less_does_not(target):
    enough = needed(target)
    assert wilson(0, enough)[1] <= target < wilson(0, enough - 1)[1]
    scores = np.zeros(enough)
    scores[0] = 700
    if enough < 100_000:
        assert limit_at(GENUINE, scores, target).threshold_e4 == 701
    with pytest.raises(EvaluationError, match=rf"rule of three\). It takes {enough}: add people"):
        limit_at(GENUINE, scores[1:], target)


def test_both_rates_are_told():
    genuine = np.array([100.0, 800.0, 900.0, -np.inf])
    limit = limit_at(genuine, np.array([500.0, 1.0, 2.0, 3.0]), 0.5)
    assert limit.threshold_e4 == 501
    assert (limit.fmr.events, limit.fmr.trials) == (0, 4)
    assert (limit.fnmr.events, limit.fnmr.trials) == (2, 4)


def test_two_people_as_alike_as_can_be_are_a_wrong_label():
    with pytest.raises(EvaluationError, match="one person labelled as two"):
        limit_at(GENUINE, np.full(400, 10_000.0), 0.01)


def test_a_threshold_is_never_below_nought():
    assert limit_at(GENUINE, np.full(400, -500.0), 0.01).threshold_e4 == 0


@given(fpir=st.floats(1e-4, 0.5), enrolled=st.integers(1, 100_000))
def test_the_more_are_enrolled_the_stricter(fpir, enrolled):
    found = comparison_rate(fpir, enrolled)
    assert 1 - (1 - found) ** enrolled == pytest.approx(fpir, rel=1e-6)
    assert comparison_rate(fpir, enrolled + 1) < found


def searches(margins, best=5_000.0):
    count = len(margins)
    yes = np.ones(count, bool)
    return Searches(yes, np.full(count, best), yes, np.array(margins, np.float64))


def test_the_margin_refuses_at_most_one_in_so_many():
    margins = np.arange(2 * AFFORDED)[::-1]
    found = margin_at(searches(margins), 4_000)
    assert (margins < found).sum() == 2
    assert margin_at(searches(margins), 6_000) is None
    assert margin_at(searches(margins[: AFFORDED - 1]), 4_000) is None


def test_the_margin_of_who_is_not_found_does_not_count():
    margins = np.full(AFFORDED, 900.0)
    some = searches([*margins, *np.zeros(50)])
    some.right[AFFORDED:] = False
    assert margin_at(some, 4_000) == 900


LIMIT = Limit(4_321, rate(7, 100_000), rate(3, 90))


def test_only_what_was_set_is_restated(bundle):
    old = bundle.manifest.thresholds
    new = verifying(old, LIMIT, 1e-4, "some pictures")
    assert (new.match_e4, new.identify_e4, new.margin_e4) == (
        4_321,
        old.identify_e4,
        old.margin_e4,
    )
    assert {name for name in old.basis if old.basis[name] != new.basis[name]} == {"match_e4"}
    for told in ("FMR 0.0001", "7/100000", "3/90", "some pictures"):
        assert told in new.basis["match_e4"]


def test_a_search_is_never_easier_than_a_comparison(bundle):
    old = verifying(bundle.manifest.thresholds, LIMIT, 1e-4, "x")
    lower = Limit(4_000, LIMIT.fmr, LIMIT.fnmr)
    new = identifying(old, lower, 0.01, 3, None, "x")
    assert new.identify_e4 == 4_321
    assert new.basis["identify_e4"].startswith("that of match_e4")
    assert (new.margin_e4, new.basis["margin_e4"]) == (old.margin_e4, old.basis["margin_e4"])
    higher = identifying(old, Limit(4_600, LIMIT.fmr, LIMIT.fnmr), 0.01, 344, 777, "x")
    assert (higher.identify_e4, higher.margin_e4) == (4_600, 777)
    assert "344 enrolled" in higher.basis["identify_e4"]

"""A small regression finds what was planted, and says nothing where nothing is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.calibration.fit import CLASS_WEIGHT, RIDGE, against, fit, probability, standard

LEAST = np.full(5, 0.1)


def test_it_finds_what_was_planted():
    rng = np.random.default_rng(3)
    live, attacks = rng.normal(0, 1, (200, 5)), rng.normal(0, 1, (300, 5))
    attacks[:, 2] -= 3
    found = fit(live, {"print": attacks}, LEAST[:5])
    weights = found.weights["print"]
    assert weights[2] > 4 * np.abs(np.delete(weights[:-1], 2)).max()
    assert (found.lowest(live) > 0).mean() > 0.9
    assert (found.lowest(attacks) < 0).mean() > 0.9


def test_it_stands_where_the_loss_is_least():
    rng = np.random.default_rng(4)
    live, attacks = rng.normal(1, 1, (40, 3)), rng.normal(-1, 2, (90, 3))
    weights = against(live, attacks)

    def loss(weights):
        def words(rows):
            return rows @ weights[:-1] + weights[-1]

        wrong = np.logaddexp(0, -words(live)).mean() + np.logaddexp(0, words(attacks)).mean()
        return CLASS_WEIGHT * wrong + RIDGE / 2 * (weights[:-1] ** 2).sum()

    for _ in range(200):
        assert loss(weights + rng.normal(0, 0.05, 4)) > loss(weights)


def test_many_windows_of_a_class_weigh_no_more_than_few():
    rng = np.random.default_rng(5)
    live, attacks = rng.normal(1, 1, (20, 3)), rng.normal(-1, 1, (20, 3))
    tenfold = against(np.tile(live, (10, 1)), attacks)
    assert tenfold == pytest.approx(against(live, attacks), abs=1e-6)


def test_what_can_be_told_apart_perfectly_does_not_run_away():
    live, attacks = np.full((9, 2), 5.0), np.full((9, 2), -5.0)
    assert np.abs(against(live, attacks)).max() < 5


def test_a_missing_cue_is_the_middle_of_the_living():
    live = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])
    scale = standard(live, LEAST[:2])
    assert scale.middle[0] == 2.0
    assert scale.z(np.array([np.nan, np.nan])).tolist() == [0.0, 0.0]
    assert scale.z(np.array([2.0, 1e6]))[1] == 0.0  # nobody alive ever had it


@given(st.lists(st.floats(-1e9, 1e9) | st.just(float("nan")), min_size=3, max_size=3))
def test_no_number_leads_out_of_the_numbers(row):
    scale = standard(np.array([[1.0, 2.0, 3.0], [1.0, 4.0, -9.0]]), LEAST[:3])
    assert np.isfinite(scale.z(np.array(row))).all()


def test_probabilities_of_the_largest_odds():
    assert probability(np.array([-1e9, 0.0, 1e9])).tolist() == [0.0, 0.5, 1.0]

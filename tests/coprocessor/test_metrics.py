"""Error rates against cases worked out by hand, and what must hold of any scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.metrics import (
    NEVER,
    accuracy,
    apcer,
    best_threshold,
    bpcer,
    det,
    eer,
    fmr,
    fnir,
    fnmr,
    fpir,
    mean_and_standard_error,
    rate,
    share,
    threshold_at,
    threshold_at_apcer,
    wilson,
    worst,
)

WHOLE = st.integers(-10_000, 10_000).map(float)
SCORES = st.lists(WHOLE, min_size=1, max_size=200).map(np.array)
TARGETS = st.floats(1e-6, 0.999)


def scores(*values):
    return np.array(values, np.float64)


@pytest.mark.parametrize(
    ("events", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),  # 3.8415 / 13.8415
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (1, 80, 0.0022, 0.0675),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_by_hand(events, trials, low, high):
    assert wilson(events, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 10_000), st.data())
def test_bounds_hold_the_estimate_and_narrow_with_trials(trials, data):
    events = data.draw(st.integers(0, trials))
    one = rate(events, trials)
    assert 0 <= one.low <= one.high <= 1
    if trials:
        assert one.low <= one.value <= one.high
        more = rate(events * 4, trials * 4)
        assert more.high - more.low < one.high - one.low


@given(st.integers(0, 500), st.integers(0, 500))
def test_bounds_mirror(events, others):
    low, high = wilson(events, events + others)
    assert wilson(others, events + others) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("events", "trials"), [(-1, 5), (6, 5), (1, 0)])
def test_no_more_events_than_trials(events, trials):
    with pytest.raises(ValueError, match="events"):
        rate(events, trials)


def test_a_rate_of_nothing_has_no_value():
    nothing = share(np.array([], bool))
    assert (nothing.value, nothing.low, nothing.high) == (None, 0.0, 1.0)
    assert str(nothing) == "- (0/0)"


def test_a_rate_says_its_bounds_and_counts():
    assert str(rate(1, 80)) == "1.25 % [0.22, 6.75] (1/80)"
    assert str(rate(1, 20_000)).startswith("0.005 % ")


def test_match_rates_by_hand():
    impostor, genuine = scores(10, 20, 30, 40), scores(25, 40, 50, NEVER)
    assert fmr(impostor, 30).events == 2  # the threshold itself matches
    assert fmr(impostor, 41).value == 0
    assert fnmr(genuine, 40).events == 2  # 25, and the face that was not found
    assert fnmr(genuine, 40.5).value == 0.75


def test_threshold_at_by_hand():
    impostor = scores(*range(100))
    assert 98 < threshold_at(impostor, 0.01) <= 99
    assert fmr(impostor, threshold_at(impostor, 0.01)).events == 1
    assert threshold_at(impostor, 0.009) > 99
    assert fmr(scores(5, 5, 5, 1), threshold_at(scores(5, 5, 5, 1), 0.5)).events == 0


@given(SCORES, TARGETS)
def test_the_target_is_held_and_no_lower_threshold_would(impostor, target):
    threshold = threshold_at(impostor, target)
    allowed = target * (1 + 1e-9)
    assert fmr(impostor, threshold).value <= allowed
    assert fmr(impostor, np.nextafter(threshold, -np.inf)).value > target * (1 - 1e-9)


@given(SCORES, TARGETS, TARGETS)
def test_a_stricter_target_never_lowers_the_threshold(impostor, one, other):
    strict, loose = sorted((one, other))
    assert threshold_at(impostor, strict) >= threshold_at(impostor, loose)


@given(SCORES, WHOLE, WHOLE)
def test_rates_are_monotonic_in_the_threshold(found, one, other):
    low, high = sorted((one, other))
    assert fmr(found, low).value >= fmr(found, high).value
    assert fnmr(found, low).value <= fnmr(found, high).value
    assert apcer(found, low).value <= apcer(found, high).value
    assert bpcer(found, low).value >= bpcer(found, high).value


@given(SCORES, SCORES, st.randoms(use_true_random=False))
def test_order_does_not_matter(genuine, impostor, random):
    turned = [np.array(random.sample(list(side), len(side))) for side in (genuine, impostor)]
    before, after = det(genuine, impostor), det(*turned)
    assert np.array_equal(before.false_match, after.false_match)
    assert np.array_equal(before.false_non_match, after.false_non_match)
    assert threshold_at(impostor, 0.1) == threshold_at(turned[1], 0.1)


@pytest.mark.parametrize("target", [0.0, 1.0, -0.1, float("nan")])
def test_no_threshold_for_no_target(target):
    with pytest.raises(ValueError, match="no threshold"):
        threshold_at(scores(1, 2), target)


def test_no_threshold_of_no_scores():
    with pytest.raises(ValueError, match="0 scores"):
        threshold_at(scores(), 0.1)


def test_det_and_eer_by_hand():
    curve = det(scores(2, 3, 4, 5), scores(0, 1, 2, 3))
    assert list(curve.thresholds) == [0, 1, 2, 3, 4, 5, np.inf]
    assert list(curve.false_match) == [1, 0.75, 0.5, 0.25, 0, 0, 0]
    assert list(curve.false_non_match) == [0, 0, 0, 0.25, 0.5, 0.75, 1]
    assert eer(curve) == 0.25
    assert eer(det(scores(5, 6), scores(1, 2))) == 0
    with pytest.raises(ValueError, match="both"):
        det(scores(), scores(1))


@given(SCORES, SCORES)
def test_det_goes_from_all_matched_to_none(genuine, impostor):
    curve = det(genuine, impostor)
    assert (curve.false_match[0], curve.false_non_match[0]) == (1, 0)
    assert (curve.false_match[-1], curve.false_non_match[-1]) == (0, 1)
    assert (np.diff(curve.false_match) <= 0).all()
    assert (np.diff(curve.false_non_match) >= 0).all()
    assert 0 <= eer(curve) <= 1


def test_accuracy_by_hand():
    same = np.array([True, True, False, False, True, False])
    found = scores(50, 20, 30, 10, NEVER, NEVER)
    assert accuracy(found, same, 40).value == pytest.approx(3 / 6)
    assert accuracy(found, same, 20).value == pytest.approx(3 / 6)
    assert accuracy(found, same, np.inf).value == pytest.approx(2 / 6)


def test_a_pair_not_acquired_is_an_error_of_both_kinds():
    assert accuracy(scores(NEVER, NEVER), np.array([True, False]), 0).events == 0


@given(st.lists(st.tuples(WHOLE, st.booleans()), min_size=1, max_size=60))
def test_no_threshold_beats_the_best(pairs):
    found, same = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    best = accuracy(found, same, best_threshold(found, same)).events
    assert all(accuracy(found, same, each).events <= best for each in (*found, np.inf, -np.inf))


def test_the_best_threshold_lies_between():
    same = np.array([True, True, False, False])
    assert best_threshold(scores(40, 50, 11, 12), same) == 26
    assert best_threshold(scores(NEVER, NEVER, NEVER, NEVER), same) == np.inf


def test_mean_and_standard_error_by_hand():
    mean, error = mean_and_standard_error(scores(0.9, 1.0, 0.8))
    assert mean == pytest.approx(0.9)
    assert error == pytest.approx(0.1 / 3**0.5)
    with pytest.raises(ValueError, match="two values"):
        mean_and_standard_error(scores(0.9))


def test_identification_by_hand():
    assert fpir(scores(10, 40, 50), 40).events == 2
    best, right = scores(60, 60, 30, NEVER), np.array([True, False, True, False])
    assert fnir(best, right, 40).events == 3
    assert fnir(best, right, 30).events == 2


def test_attack_rates_by_hand():
    assert apcer(scores(100, 400, 401, 900), 400).events == 2  # the threshold itself passes
    assert bpcer(scores(100, 400, 401, 900), 400).events == 2
    assert bpcer(scores(), 400).value is None


def test_the_worst_species_is_named():
    assert worst({"print": rate(1, 10), "mask": rate(2, 10), "screen": rate(0, 10)}) == "mask"
    assert worst({"print": rate(1, 1), "mask": rate(9, 9)}) == "mask"
    assert worst({"print": rate(0, 0), "mask": rate(0, 9)}) == "mask"
    assert worst({}) == ""


def test_the_threshold_at_apcer_holds_for_the_worst_species():
    species = {"print": scores(*range(100)), "screen": scores(50, 60)}
    threshold = threshold_at_apcer(species, 0.05)
    assert apcer(species["print"], threshold).events == 5
    assert apcer(species["screen"], threshold).events == 0
    assert threshold_at_apcer({"screen": scores(2, 3)}, 0.1) < 2
    with pytest.raises(ValueError, match="no species"):
        threshold_at_apcer({}, 0.05)


@given(st.dictionaries(st.sampled_from("abc"), SCORES, min_size=1), st.floats(0.001, 0.5))
def test_no_species_exceeds_the_target(species, target):
    threshold = threshold_at_apcer(species, target)
    assert all(apcer(each, threshold).value <= target * (1 + 1e-9) for each in species.values())

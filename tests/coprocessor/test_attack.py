from dataclasses import asdict
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.attack import FirstConstants, summed
from coprocessor.cues import Cues
from coprocessor.motion import Motion

LIVES = Motion(ride=0.0, stir=0.0, flat=0.5, whole=0.5, seen=1e7, moved=0.08)
RIDES = Motion(ride=0.9, stir=0.4, flat=0.98, whole=0.5, seen=1e7, moved=0.08)
UNSEEN = Motion(ride=0.0, stir=0.0, flat=0.5, whole=0.5, seen=0.0, moved=0.08)
RESTS = Motion(ride=0.0, stir=0.0, flat=0.5, whole=0.5, seen=0.0, moved=0.001)


def scored(log_odds, motion, fed="", span_ms=3_000, wide=None):
    net = {} if log_odds is None else {"near": log_odds, "middle": log_odds, "wide": log_odds}
    if wide is not None:
        net["wide"] = wide
    return FirstConstants().scores(Cues(**net, **asdict(motion), span_ms=span_ms), fed)


def told(log_odds, motion, fed="", span_ms=3_000):
    return scored(log_odds, motion, fed, span_ms).attack_permille


@pytest.fixture
def limits(bundle):
    return bundle.manifest.thresholds


@given(
    log_odds=st.none() | st.floats(-100, 100),
    ride=st.floats(-5, 5),
    stir=st.floats(0, 1),
    flat=st.floats(-5, 5),
    whole=st.floats(-5, 5),
    seen=st.floats(0, 1e12),
    moved=st.none() | st.floats(0, 10),
    fed=st.sampled_from(["", "frozen", "reencoded", "timing"]),
    span_ms=st.integers(0, 60_000),
)
def test_it_is_always_a_permille(log_odds, ride, stir, flat, whole, seen, moved, fed, span_ms):
    number = told(log_odds, Motion(ride, stir, flat, whole, seen, moved), fed, span_ms)
    assert 0 <= number <= 1_000


@given(
    low=st.floats(-40, 40), more=st.floats(0, 20), motion=st.sampled_from([LIVES, RIDES, UNSEEN])
)
def test_more_liveness_is_never_more_attack(low, more, motion):
    assert told(low + more, motion) <= told(low, motion)


@given(ride=st.floats(0, 1), more=st.floats(0, 1), log_odds=st.floats(-20, 20))
def test_more_riding_is_never_less_attack(ride, more, log_odds):
    still, riding = (
        Motion(ride, 0, 0.5, 0.5, 1e7, 0.08),
        Motion(ride + more, 0, 0.5, 0.5, 1e7, 0.08),
    )
    assert told(log_odds, riding) >= told(log_odds, still)


def test_a_live_person_before_a_still_wall_is_accepted(limits):
    assert told(1.0, LIVES) <= limits.attack_accept_permille


def test_a_still_wall_outweighs_a_doubtful_liveness(limits):
    assert told(-2.0, LIVES) <= limits.attack_accept_permille


@pytest.mark.parametrize("log_odds", [-4.0, -10.0])
def test_a_still_wall_alone_never_clears_what_looks_like_a_print(limits, log_odds):
    assert told(log_odds, LIVES) > limits.attack_accept_permille


@pytest.mark.parametrize("log_odds", [-2.0, 2.0, 17.0])
def test_a_sheet_is_refused_however_live_it_looks(limits, log_odds):
    assert told(log_odds, RIDES) >= limits.attack_refuse_permille


def test_a_stirring_background_withdraws_its_word(limits):
    busy = Motion(ride=0.0, stir=0.8, flat=0.5, whole=0.5, seen=1e7, moved=0.08)
    assert told(-2.0, busy) > limits.attack_accept_permille


@pytest.mark.parametrize("stir", [0.2, 0.6, 1.0])
def test_a_crowd_behind_keeps_nobody_out_who_looks_alive(limits, stir):
    crowd = Motion(ride=0.0, stir=stir, flat=0.5, whole=0.5, seen=1e7, moved=0.08)
    assert told(3.0, crowd) <= limits.attack_accept_permille
    assert told(0.0, crowd) < limits.attack_refuse_permille


def test_a_display_at_rest_whose_inside_moves_gets_no_help_from_its_frame(limits):
    """Measured on a replay: part of what surrounds the face stands still, part moves as filmed."""
    replay = Motion(ride=0.2, stir=0.45, flat=0.85, whole=0.5, seen=1e8, moved=0.4)
    assert told(0.0, replay) > limits.attack_accept_permille
    assert told(-1.5, replay) >= limits.attack_refuse_permille


def test_a_sheet_hardly_larger_than_its_face_needs_a_sure_net(limits):
    """Its edges lie under the zone of the hair, so little of what rides is seen."""
    tight = Motion(ride=0.15, stir=0.0, flat=0.85, whole=0.5, seen=1e7, moved=0.08)
    assert told(-1.8, tight) > limits.attack_accept_permille
    assert told(1.5, tight) <= limits.attack_accept_permille


def test_a_ride_of_a_few_hairs_costs_nothing():
    assert told(0.0, Motion(0.05, 0, 0.5, 0.5, 1e7, 0.08)) == told(0.0, LIVES)


def test_a_flat_face_is_not_accepted_though_its_edges_are_hidden(limits):
    flat = Motion(ride=0.0, stir=0.0, flat=0.99, whole=0.5, seen=1e7, moved=0.08)
    assert told(3.0, flat) > limits.attack_accept_permille
    assert told(-3.0, flat) > limits.attack_accept_permille
    assert told(-3.0, flat) < limits.attack_refuse_permille


def test_a_face_of_one_piece_with_what_is_around_it_is_a_picture_held_close(limits):
    """Its edges lie under the hair, where nothing is asked whether it rides."""
    close = Motion(ride=0.1, stir=0.0, flat=0.88, whole=0.92, seen=1e7, moved=0.08)
    assert told(-1.5, close) > limits.attack_accept_permille
    assert told(1.5, close) > limits.attack_accept_permille
    hair = Motion(ride=0.05, stir=0.0, flat=0.85, whole=0.82, seen=1e7, moved=0.08)
    assert told(1.5, hair) <= limits.attack_accept_permille


def test_without_surroundings_liveness_must_be_clear(limits):
    assert told(0.0, UNSEEN) > limits.attack_accept_permille
    assert told(2.5, UNSEEN) <= limits.attack_accept_permille


def test_a_face_at_rest_needs_more_than_liveness(limits):
    assert told(1.7, RESTS) > limits.attack_accept_permille


def test_frames_that_are_fed_are_an_attack(limits):
    assert told(50.0, LIVES, fed="frozen") == 1_000


def test_in_haste_the_net_alone_refuses_nobody(limits):
    assert told(-3.0, UNSEEN, span_ms=500) < limits.attack_refuse_permille
    assert told(-3.0, UNSEEN, span_ms=3_000) >= limits.attack_refuse_permille


def test_nothing_known_is_neither(limits):
    assert limits.attack_accept_permille < told(None, LIVES) < limits.attack_refuse_permille


@given(
    log_odds=st.floats(-20, 20),
    wide=st.floats(-20, 20),
    motion=st.builds(Motion, *[st.floats(0, 1)] * 4, st.just(1e7), st.floats(0, 1)),
)
def test_the_kinds_are_permilles_and_the_largest_is_the_sum_of_all_words(log_odds, wide, motion):
    told = scored(log_odds, motion, wide=wide)
    kinds = (told.print_permille, told.screen_permille, told.other_permille)
    assert all(0 <= kind <= 1_000 for kind in kinds)
    cues = Cues(log_odds, log_odds, wide, **asdict(motion), span_ms=3_000)
    assert max(kinds) == round(1_000 / (1 + exp(summed(cues))))


@pytest.mark.parametrize(
    ("log_odds", "wide", "motion", "kind", "sign"),
    [
        (3.0, 3.0, Motion(0.9, 0.4, 1.0, 0.5, 1e7, 0.08), "print_permille", "rides"),
        (3.0, 3.0, Motion(0.0, 0.0, 1.0, 0.5, 1e7, 0.08), "print_permille", "flat"),
        (3.0, 3.0, RESTS, "print_permille", "still"),
        (-1.0, -6.0, Motion(0.3, 0.5, 0.8, 0.5, 1e7, 0.3), "screen_permille", "rides"),
        (1.0, 1.0, Motion(0.1, 1.0, 0.8, 0.5, 1e7, 0.3), "screen_permille", "rides"),
        (-6.0, 3.0, LIVES, "other_permille", "net"),
    ],
)
def test_the_kind_and_the_sign_follow_from_what_was_measured(log_odds, wide, motion, kind, sign):
    told = scored(log_odds, motion, wide=wide)
    kinds = {name: value for name, value in asdict(told).items() if name.endswith("_permille")}
    assert max(kinds, key=kinds.get) == kind
    assert told.sign == sign


def test_a_person_has_no_sign():
    assert scored(2.0, LIVES).sign == ""


@pytest.mark.parametrize(
    ("fed", "kind"), [("frozen", "screen"), ("reencoded", "screen"), ("timing", "other")]
)
def test_what_is_fed_is_an_attack_of_its_kind(fed, kind):
    told = scored(9.0, LIVES, fed)
    assert getattr(told, f"{kind}_permille") == told.attack_permille == 1_000
    assert told.sign == fed

import numpy as np
import pytest

from coprocessor.detect import Face
from coprocessor.suspicion import CLEAR_MS, EMPTY_MS, OTHER_MS, SEEN_PERMILLE
from coprocessor.track import Tracker

ONE = bytes(range(128)) * 4
OTHER = bytes(reversed(range(128))) * 2 + bytes(256)
ALIVE = {1.1: 3.0, 1.7: 3.0, 2.7: 3.0}
DOUBTFUL = {1.1: -0.5, 1.7: -0.5, 2.7: -0.5}
STEP = 100


@pytest.fixture
def limits(bundle):
    return bundle.manifest.thresholds


def face(x=0):
    return Face(np.array([x, 0, x + 100, 100], np.float32), np.zeros((6, 2), np.float32), 0.9)


def attacked(tracker, at_ms=0, probe=ONE):
    """An attack seen for a second and a half (frames that were fed); the time it ended."""
    for now in range(at_ms, at_ms + 1_500, STEP):
        tracker.follow(face(), now)
        track = tracker.recognise(face(), now, probe)
        track.add_log_odds(DOUBTFUL)
        permille = track.standing("frozen").attack_permille
    assert permille == 1_000
    return now + STEP


def seen(tracker, begin, end, probe, log_odds, x=0):
    """Attack numbers by time, of a face that is plainly no attack by itself."""
    numbers = {}
    for now in range(begin, end, STEP):
        tracker.follow(face(x), now)
        track = tracker.recognise(face(x), now, probe)
        track.add_log_odds(log_odds)
        numbers[now] = track.standing().attack_permille
    return numbers


def test_an_attack_seen_stays_one_however_long_it_rests():
    tracker = Tracker()
    rests = attacked(tracker)
    numbers = seen(tracker, rests, rests + 20_000, ONE, DOUBTFUL)
    assert set(numbers.values()) == {1_000}


def test_a_new_track_in_place_of_an_attack_inherits_it():
    tracker = Tracker()
    rests = attacked(tracker)
    jumped = seen(tracker, rests, rests + 1_500, ONE, DOUBTFUL, x=300)
    assert set(jumped.values()) == {1_000}
    back = max(jumped) + EMPTY_MS - STEP
    assert set(seen(tracker, back, back + 1_500, ONE, DOUBTFUL).values()) == {1_000}


def test_an_empty_place_owes_nothing():
    tracker = Tracker()
    last = attacked(tracker) - STEP
    after = last + EMPTY_MS + 1
    assert max(seen(tracker, after, after + 1_500, ONE, ALIVE).values()) < SEEN_PERMILLE


def test_another_person_after_an_attacker_waits_no_longer_than_for_a_verdict(limits):
    tracker = Tracker()
    steps_up = attacked(tracker)
    numbers = seen(tracker, steps_up, steps_up + limits.attack_span_ms + STEP, OTHER, ALIVE)
    assert numbers[steps_up] == 1_000
    assert numbers[steps_up + OTHER_MS] < SEEN_PERMILLE
    assert numbers[max(numbers)] <= limits.attack_accept_permille


def test_one_odd_template_clears_nobody():
    tracker = Tracker()
    rests = attacked(tracker)
    for now in range(rests, rests + 6_000, 600):
        seen(tracker, now, now + 500, ONE, DOUBTFUL)
        odd = seen(tracker, now + 500, now + 600, OTHER, DOUBTFUL)
    assert set(odd.values()) == {1_000}


def test_the_same_face_is_forgiven_once_clearly_alive_for_long():
    tracker = Tracker()
    steps_up = attacked(tracker)
    numbers = seen(tracker, steps_up, steps_up + 10_000, ONE, ALIVE)
    assert all(numbers[now] == 1_000 for now in range(steps_up, steps_up + CLEAR_MS, STEP))
    assert numbers[steps_up + 9_000] < SEEN_PERMILLE


def test_what_is_owed_says_so_and_leaves_the_other_kinds_as_they_are():
    tracker = Tracker()
    rests = attacked(tracker)
    tracker.follow(face(), rests)
    track = tracker.recognise(face(), rests, ONE)
    track.add_log_odds(ALIVE)
    scores = track.standing().scores
    assert (scores.other_permille, scores.sign) == (1_000, "remembered")
    assert max(scores.print_permille, scores.screen_permille) < SEEN_PERMILLE

import numpy as np
import pytest

from coprocessor.detect import Face
from coprocessor.frame import Frame
from coprocessor.landmarks import LEFT_EYE, POINTS, RIGHT_EYE, Mesh
from coprocessor.suspicion import CLEAR_MS, EMPTY_MS, OTHER_MS, SEEN_PERMILLE
from coprocessor.track import LOST_MS, Tracker

ONE = bytes(range(128)) * 4
OTHER = bytes(reversed(range(128))) * 2 + bytes(256)


@pytest.fixture
def limits(bundle):
    return bundle.manifest.thresholds


def face(x=0, side=100):
    return Face(np.array([x, 0, x + side, side], np.float32), np.zeros((6, 2), np.float32), 0.9)


def test_one_person_is_one_number():
    tracker = Tracker()
    numbers = {tracker.follow(face(x), 66 * x).number for x in range(30)}
    assert numbers == {1}


def test_a_jump_is_somebody_new():
    tracker = Tracker()
    assert tracker.follow(face(0), 0).number == 1
    assert tracker.follow(face(300), 66).number == 2


def test_after_a_gap_it_is_somebody_new_in_the_same_place():
    tracker = Tracker()
    assert tracker.follow(face(), 0).number == 1
    assert tracker.follow(face(), LOST_MS).number == 1
    assert tracker.follow(face(), 2 * LOST_MS + 1).number == 2


def recognised(tracker, at_ms, probe):
    tracker.follow(face(), at_ms)
    return tracker.recognise(face(), at_ms, probe)


def test_a_swapped_person_in_the_same_place_starts_from_nothing():
    tracker = Tracker()
    track = recognised(tracker, 0, ONE)
    track.add_log_odds({1.1: 3.0})
    assert recognised(tracker, 66, ONE).number == 1
    swapped = recognised(tracker, 132, OTHER)
    assert swapped.number == 2
    standing = swapped.standing(fed=False)
    assert (standing.frames, standing.span_ms, standing.attack_permille) == (1, 0, 500)


def test_a_swap_hidden_behind_unusable_frames_is_found_afterwards():
    tracker = Tracker()
    recognised(tracker, 0, ONE)
    for at_ms in range(66, 3_000, 66):
        tracker.follow(face(), at_ms)
    assert recognised(tracker, 3_000, OTHER).number == 2


def test_the_person_followed_is_read_though_another_comes_nearer():
    tracker = Tracker()
    tracker.follow(face(0, 100), 0)
    followed, nearer = face(4, 100), face(400, 130)
    assert tracker.choose([nearer, followed]) is followed
    assert tracker.choose([face(400, 220), followed]).box[0] == 400


def test_it_knows_where_the_person_should_be_without_moving_there():
    tracker = Tracker()
    assert not tracker.knows(face(), 0)
    tracker.follow(face(), 0)
    assert tracker.knows(face(10), 66)
    assert not tracker.knows(face(300), 66)
    assert not tracker.knows(face(), LOST_MS + 1)


def test_the_window_counts_frames_and_time():
    tracker = Tracker()
    for index in range(10):
        track = tracker.follow(face(), index * 100)
    standing = track.standing(fed=False)
    assert (standing.track, standing.frames, standing.span_ms) == (1, 10, 900)
    for index in range(10, 100):
        track = tracker.follow(face(), index * 100)
    assert track.standing(fed=False).span_ms == 3_000


def test_old_liveness_leaves_the_window():
    tracker = Tracker()
    tracker.follow(face(), 0).add_log_odds({1.1: 17.0})
    for at_ms in range(100, 3_200, 100):
        track = tracker.follow(face(), at_ms)
    assert track.standing(fed=False).attack_permille == 500


ALIVE = {1.1: 3.0, 1.7: 3.0, 2.7: 3.0}
DOUBTFUL = {1.1: -0.5, 1.7: -0.5, 2.7: -0.5}
STEP = 100


def attacked(tracker, at_ms=0, probe=ONE):
    """An attack seen for a second and a half (frames that were fed); the time it ended."""
    for now in range(at_ms, at_ms + 1_500, STEP):
        track = recognised(tracker, now, probe)
        track.add_log_odds(DOUBTFUL)
        permille = track.standing(fed=True).attack_permille
    assert permille == 1_000
    return now + STEP


def seen(tracker, begin, end, probe, log_odds, x=0):
    """Attack numbers by time, of a face that is plainly no attack by itself."""
    numbers = {}
    for now in range(begin, end, STEP):
        tracker.follow(face(x), now)
        track = tracker.recognise(face(x), now, probe)
        track.add_log_odds(log_odds)
        numbers[now] = track.standing(fed=False).attack_permille
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


def test_every_crop_counts_alike_however_often_it_was_its_turn():
    tracker = Tracker()
    often, seldom = tracker.follow(face(), 0), Tracker().follow(face(), 0)
    for _ in range(5):
        often.add_log_odds({1.1: 4.0})
    seldom.add_log_odds({1.1: 4.0})
    for track in (often, seldom):
        track.add_log_odds({2.7: -4.0})
    assert often.standing(fed=False) == seldom.standing(fed=False)


def test_a_bad_first_frame_is_not_held():
    tracker = Tracker()
    assert tracker.follow(face(), 0).standing(fed=True).attack_permille == 1_000
    track = tracker.follow(face(), 100)
    track.add_log_odds({1.1: 3.0})
    assert track.standing(fed=False).attack_permille < SEEN_PERMILLE


def test_motion_reaches_the_standing():
    tracker, rng = Tracker(), np.random.default_rng(1)
    rgb = np.repeat(np.repeat(rng.integers(0, 256, (48, 64, 3)), 10, 0), 10, 1).astype(np.uint8)
    points = np.zeros((POINTS, 3), np.float32)
    points[:, :2] = rng.uniform(250, 350, (POINTS, 2))
    points[list(LEFT_EYE), 0] -= 60
    points[list(RIGHT_EYE), 0] += 60
    for index in range(12):
        shift = np.array([3 * index, 0, 0], np.float32)
        box = np.array([250, 250, 350, 350], np.float32) + 3 * index * np.array([1, 0, 1, 0])
        seen = Face(box.astype(np.float32), np.zeros((6, 2), np.float32), 0.9)
        track = tracker.follow(seen, index * 133)
        frame = Frame(np.roll(rgb, 3 * index, axis=1), index * 133)
        track.motion.compare(frame, Mesh(points + shift, 9.0), seen.box)
        track.add_log_odds({1.1: 2.0})
    assert track.standing(fed=False).attack_permille >= SEEN_PERMILLE

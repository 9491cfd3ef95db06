import numpy as np
import pytest

from coprocessor.detect import Face
from coprocessor.frame import Frame
from coprocessor.landmarks import LEFT_EYE, POINTS, RIGHT_EYE, Mesh
from coprocessor.suspicion import SEEN_PERMILLE
from coprocessor.template import Blend, similarity_e4
from coprocessor.track import LOST_MS, Tracker

ONE = bytes(range(128)) * 4
OTHER = bytes(reversed(range(128))) * 2 + bytes(256)


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
    standing = swapped.standing()
    assert (standing.frames, standing.span_ms, standing.attack_permille) == (1, 0, 500)


def test_the_probes_of_one_person_blend_and_anothers_begin_anew():
    nearly = bytes(range(1, 128)) * 4 + bytes(4)
    tracker = Tracker()
    track = recognised(tracker, 0, ONE)
    assert similarity_e4(track.blended, ONE) > 9_990
    track = recognised(tracker, 66, nearly)
    blend = Blend()
    blend.add(ONE)
    assert track.blended == blend.add(nearly)
    swapped = recognised(tracker, 132, OTHER)
    assert similarity_e4(swapped.blended, OTHER) > 9_990


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
    standing = track.standing()
    assert (standing.track, standing.frames, standing.span_ms) == (1, 10, 900)
    for index in range(10, 100):
        track = tracker.follow(face(), index * 100)
    assert track.standing().span_ms == 3_000


def test_old_liveness_leaves_the_window():
    tracker = Tracker()
    tracker.follow(face(), 0).add_log_odds({1.1: 17.0})
    for at_ms in range(100, 3_200, 100):
        track = tracker.follow(face(), at_ms)
    assert track.standing().attack_permille == 500


def test_every_crop_counts_alike_however_often_it_was_its_turn():
    tracker = Tracker()
    often, seldom = tracker.follow(face(), 0), Tracker().follow(face(), 0)
    for _ in range(5):
        often.add_log_odds({1.1: 4.0})
    seldom.add_log_odds({1.1: 4.0})
    for track in (often, seldom):
        track.add_log_odds({2.7: -4.0})
    assert often.standing() == seldom.standing()


def test_a_bad_first_frame_is_not_held():
    tracker = Tracker()
    assert tracker.follow(face(), 0).standing("frozen").attack_permille == 1_000
    track = tracker.follow(face(), 100)
    track.add_log_odds({1.1: 3.0})
    assert track.standing().attack_permille < SEEN_PERMILLE


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
    assert track.standing().attack_permille >= SEEN_PERMILLE


def alive(tracker, begin, end, probe, x=0, step=100):
    for now in range(begin, end, step):
        tracker.follow(face(x), now)
        track = tracker.recognise(face(x), now, probe)
        track.add_log_odds({1.1: 6.0, 1.7: 6.0, 2.7: 6.0})
    return track


@pytest.mark.parametrize("bad_frames", [0, 1, 5])
@pytest.mark.parametrize("x", [0, 30])
def test_goodness_is_not_inherited_whatever_hides_the_swap(bad_frames, x):
    """In the same place or an overlapping one, within a frame or behind blurred ones."""
    tracker = Tracker()
    good = alive(tracker, 0, 2_000, ONE).standing()
    assert good.attack_permille < 400
    at_ms = 2_000
    for _ in range(bad_frames):
        tracker.follow(face(x), at_ms)
        at_ms += 100
    tracker.follow(face(x), at_ms)
    swapped = tracker.recognise(face(x), at_ms, OTHER)
    assert swapped.number > good.track
    assert swapped.standing().frames == 1
    assert swapped.standing().attack_permille == 500
    assert similarity_e4(swapped.blended, ONE) < 4_000


def test_whoever_returns_after_a_swap_begins_anew():
    tracker = Tracker()
    alive(tracker, 0, 2_000, ONE)
    alive(tracker, 2_000, 2_100, OTHER)
    back = alive(tracker, 2_100, 2_200, ONE).standing()
    assert (back.track, back.frames) == (3, 1)


def test_whoever_turns_must_be_whoever_stood_there():
    """A picture cannot turn its head; its bearer, behind it, could."""
    rng = np.random.default_rng(8)
    face_on, same_turned, bearer = (rng.normal(size=512) for _ in range(3))
    same_turned = face_on + 1.5 * same_turned
    tracker = Tracker()
    track = recognised(tracker, 0, template(face_on))
    tracker.follow(face(), 66)
    assert tracker.turned(face(), 66, template(same_turned)) is track
    tracker.follow(face(), 132)
    turned = tracker.turned(face(), 132, template(bearer))
    assert turned.number == track.number + 1
    assert recognised(tracker, 198, template(face_on)).number == turned.number + 1


def test_a_picture_that_follows_a_turned_head_owes_its_score_to_itself():
    rng = np.random.default_rng(9)
    bearer, shown = template(rng.normal(size=512)), template(rng.normal(size=512))
    tracker = Tracker()
    for now in range(0, 2_000, 100):
        tracker.follow(face(), now)
        tracker.turned(face(), now, bearer).add_log_odds({1.1: 6.0})
    swapped = recognised(tracker, 2_000, shown)
    assert swapped.standing().frames == 1
    assert swapped.standing().attack_permille == 500


def template(vector):
    return (
        np.clip(np.rint(508 * vector / np.linalg.norm(vector)), -127, 127).astype(np.int8).tobytes()
    )

import cv2
import numpy as np
import pytest

from coprocessor.frame import Frame
from coprocessor.landmarks import LEFT_EYE, POINTS, RIGHT_EYE, Mesh
from coprocessor.motion import MotionWatch
from coprocessor.pair import RING, around, ring

BOX = np.array([250, 170, 390, 310], np.float32)
RNG = np.random.default_rng(11)
SEEDED = RNG.bit_generator.state
GRID = np.stack(
    [np.linspace(BOX[0], BOX[2], POINTS), BOX[1] + (np.arange(POINTS) * 37 % 140)], axis=1
)


@pytest.fixture(autouse=True)
def same_noise_in_any_order():
    RNG.bit_generator.state = SEEDED


def texture():
    coarse = RNG.integers(0, 256, (60, 80, 3)).astype(np.uint8)
    return cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC)


def mesh_at(x, y):
    points = np.zeros((POINTS, 3), np.float32)
    points[:, :2] = GRID
    points[list(LEFT_EYE), :2] = (290, 220)
    points[list(RIGHT_EYE), :2] = (350, 220)
    points[:, :2] += (x, y)
    return Mesh(points, 10.0)


def shifted(rgb, x, y):
    return cv2.warpAffine(
        rgb, np.array([[1, 0, x], [0, 1, y]], np.float64), (640, 480), borderMode=cv2.BORDER_WRAP
    )


def head_only(rgb, x, y):
    """The picture with nothing but an ellipse around the head moved."""
    mask = np.zeros((480, 640, 1), np.uint8)
    cv2.ellipse(mask, (320 + x, 240 + y), (90, 120), 0, 0, 360, 1, -1)
    return np.where(mask == 1, shifted(rgb, x, y), rgb)


def watched(draw, steps=12, sigma=3.0, gain=None, path=lambda i: (3 * i, i)):
    watch, rgb = MotionWatch(), texture()
    for index in range(steps):
        x, y = path(index)
        noisy = draw(rgb, x, y) * (gain(index) if gain else 1.0) + RNG.normal(0, sigma, rgb.shape)
        frame = Frame(np.clip(noisy, 0, 255).astype(np.uint8), index * 133)
        watch.compare(frame, mesh_at(x, y), BOX + np.array([x, y, x, y], np.float32))
    return watch.motion()


def test_a_sheet_takes_its_surroundings_along():
    motion = watched(shifted)
    assert motion.ride > 0.85
    assert motion.stir > 0.6
    assert motion.flat > 0.95
    assert motion.seen > 1e6


def test_a_head_leaves_its_surroundings_where_they_are():
    motion = watched(head_only)
    assert abs(motion.ride) < 0.1
    assert motion.stir < 0.1
    assert motion.seen > 1e6


def test_a_face_whose_parts_move_each_their_way_is_not_flat():
    def turning(rgb, x, y):
        part = np.s_[170:310, 320 + x : 390 + x]
        moved = shifted(rgb, x, y)
        moved[part] = shifted(rgb, 2 * x, y)[part]
        return moved

    assert watched(turning).flat < 0.8


def test_flickering_light_does_not_look_like_riding():
    motion = watched(head_only, gain=lambda index: 0.8 + 0.2 * (index % 2))
    assert abs(motion.ride) < 0.2


@pytest.mark.parametrize("sigma", [3.0, 12.0])
def test_noise_alone_is_no_evidence_and_no_motion(sigma):
    motion = watched(shifted, sigma=sigma, path=lambda _: (0, 0))
    assert motion.seen < 1e4
    assert motion.moved == 0


def test_before_a_bare_wall_there_is_nothing_to_see():
    motion = watched(lambda rgb, x, y: np.full_like(rgb, 90), path=lambda i: (3 * i, 0))
    assert motion.seen < 1e4
    assert motion.moved > 0.05


def test_motion_is_told_in_eye_distances():
    # Four frames of 133 ms make a pair, 3 px each, at 60 px between the eyes.
    motion = watched(shifted, path=lambda i: (3 * i, 0))
    assert motion.moved == pytest.approx(4 * 3 / 60, rel=0.05)


def test_nothing_is_known_before_the_first_pair():
    assert watched(shifted, steps=3).moved is None


def test_a_ride_outlasts_the_rest_of_the_hand():
    rests = watched(shifted, steps=40, path=lambda i: (3 * min(i, 12), 0))
    assert rests.moved == 0
    assert rests.ride > 0.85


def test_what_was_long_ago_is_forgotten():
    still_since = watched(shifted, steps=90, path=lambda i: (3 * min(i, 12), 0))
    assert still_since.moved == 0
    assert still_since.ride < 0.1
    assert still_since.seen < 1e4


def test_a_film_that_pans_behind_its_person_stirs_though_the_displays_frame_rests():
    """Neither what stands still nor what rides covers most of the picture: no sensor's noise."""
    other = texture()

    def panning(rgb, x, y):
        film = shifted(other, -4 * x, 2 * y)
        within = np.zeros((480, 640, 1), np.uint8)
        within[:, 130:510] = 1
        shown = np.where(within == 1, film, rgb)
        head = np.zeros((480, 640, 1), np.uint8)
        cv2.ellipse(head, (320 + x, 240 + y), (90, 120), 0, 0, 360, 1, -1)
        return np.where(head == 1, shifted(rgb, x, y), shown)

    motion = watched(panning)
    assert motion.stir > 0.3
    assert motion.seen > 1e6


def test_the_ring_lies_beside_and_above_the_head_never_below():
    mask = ring(around((480, 640), BOX), RING)
    assert not mask[240, 320]
    assert mask[240, 320 - 180]
    assert mask[240, 320 + 180]
    assert mask[40, 320]
    assert mask.shape == (310, 640)


@pytest.mark.parametrize("box", [(-900, -900, -800, -800), (0, 0, 0, 0), (0, 0, 640, 480)])
def test_any_box_has_a_ring_even_if_empty(box):
    mask = ring(around((480, 640), np.array(box, np.float32)), RING)
    assert mask.shape == (max(0, box[3]), 640)


@pytest.mark.parametrize("box", [(-900, -900, -800, -800), (0, 0, 0, 0), (600, 400, 900, 900)])
def test_a_box_outside_the_picture_says_nothing_and_trips_nothing(box):
    watch = MotionWatch()
    for index in range(8):
        rgb = RNG.integers(0, 256, (480, 640, 3)).astype(np.uint8)
        mesh = Mesh(RNG.uniform(-900, -800, (POINTS, 3)).astype(np.float32), 9.0)
        watch.compare(Frame(rgb, 133 * index), mesh, np.array(box, np.float32))
    assert np.isfinite(watch.motion().ride)
    assert np.isfinite(watch.motion().stir)

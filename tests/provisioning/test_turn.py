"""A head that turns: when, how far, to which side, and nothing but the head."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from provisioning.simulator.face_box import FaceBox
from provisioning.simulator.hallway import Picture, hallway
from provisioning.simulator.scenes import SIZE, SceneName, compose
from provisioning.simulator.turn import EASE_S, HOLD_S, TURN_DEG, Head, Neck, Side

BOX = FaceBox(320, 220, 150, True)
EVERY_S = 0.05
WHOLE_S = 2 * EASE_S + HOLD_S


def course(neck: Neck, begin_s: float, seconds: float) -> list[float]:
    return [neck.at(begin_s + n * EVERY_S) for n in range(round(seconds / EVERY_S))]


def test_a_neck_rests_until_it_is_asked() -> None:
    assert course(Neck(), 0, 3) == [0.0] * 60


@pytest.mark.parametrize(("side", "sign"), [("left", 1), ("right", -1)])
def test_it_turns_holds_and_comes_back(side: Side, sign: int) -> None:
    neck = Neck()
    course(neck, 0, 1)
    neck.turn(side)
    turned = course(neck, 1, WHOLE_S + 1)
    assert turned[0] == 0
    assert max(turned, key=abs) == sign * TURN_DEG
    assert sum(abs(at) == TURN_DEG for at in turned) * EVERY_S == pytest.approx(HOLD_S, abs=0.11)
    assert turned[-1] == 0
    assert max(abs(b - a) for a, b in pairwise(turned)) < TURN_DEG / 4


def test_asked_for_the_other_side_it_goes_there_without_a_jump() -> None:
    neck = Neck()
    neck.turn("left")
    before = course(neck, 0, EASE_S + HOLD_S / 2)[-1]
    neck.turn("right")
    after = course(neck, EASE_S + HOLD_S / 2, EASE_S + 0.1)
    assert before == after[0] == TURN_DEG
    assert after[-1] == -TURN_DEG


def patch_at(frame: Picture) -> float:
    """Where the bright patch is, across."""
    columns = np.flatnonzero((frame[..., 0] > 200).any(axis=0))
    return float(columns.mean())


@pytest.mark.parametrize(("degrees", "sign"), [(30, 1), (-30, -1)])
def test_what_faces_the_camera_moves_to_the_persons_own_left(degrees: float, sign: int) -> None:
    """Own left is the picture's right: the camera is no mirror."""
    frame = np.zeros((*SIZE, 3), np.uint8)
    cv2.circle(frame, (320, 220), 6, (255, 255, 255), -1)
    turned = Head(SIZE, BOX).turned(frame, degrees)
    assert (patch_at(turned) - 320) * sign > 30


def test_the_wall_stands_still_and_a_head_at_rest_is_untouched() -> None:
    wall = hallway(SIZE)
    head = Head(SIZE, BOX)
    assert head.turned(wall, 0) is wall
    turned = head.turned(wall, 30)
    assert np.array_equal(turned[:, :120], wall[:, :120])
    assert np.array_equal(turned[:, 520:], wall[:, 520:])
    assert not np.array_equal(turned[180:260, 280:360], wall[180:260, 280:360])


@pytest.mark.parametrize("box", [FaceBox(5, 5, 300, True), FaceBox(639, 479, 90, False)])
def test_a_face_at_the_frames_edge_is_no_fault(box: FaceBox) -> None:
    wall = hallway(SIZE)
    for degrees in (-36, 36):
        assert Head(SIZE, box).turned(wall, degrees).shape == wall.shape


@pytest.mark.parametrize("scene", ["live", "print", "screen"])
def test_whoever_is_shown_turns(scene: SceneName) -> None:
    picture = np.asarray(astronaut(), np.uint8)
    neck = Neck()
    neck.turn("left")
    still = list(compose(picture, scene, 10, seconds=1, seed=2))
    turned = list(compose(picture, scene, 10, seconds=1, seed=2, neck=neck))
    assert np.array_equal(still[0], turned[0])
    difference = np.abs(still[8].astype(int) - turned[8].astype(int))[140:340, 240:400]
    assert difference.mean() > 8

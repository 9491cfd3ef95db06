import cv2
import numpy as np
import pytest

from coprocessor.cues import CueWindow
from coprocessor.detect import Detector
from coprocessor.eyes import LEAST, OPEN, Eyes, drop
from coprocessor.landmarks import LEFT_EYE, RIGHT_EYE, Landmarker
from coprocessor.motion import Motion


def lids_down(rgb, mesh):
    """The picture with the skin from below each eye painted over it."""
    painted = rgb.copy()
    for one, other in (LEFT_EYE, RIGHT_EYE):
        (x0, y0), (x1, y1) = mesh.points[one, :2], mesh.points[other, :2]
        middle, wide = ((x0 + x1) / 2, (y0 + y1) / 2), float(np.hypot(x1 - x0, y1 - y0))
        skin = rgb[int(middle[1] + wide * 0.9), int(middle[0])].tolist()
        centre = (int(middle[0]), int(middle[1]))
        cv2.ellipse(painted, centre, (int(wide * 0.7), int(wide * 0.45)), 0, 0, 360, skin, -1)
    return painted


def test_painted_lids_are_less_open(bundle, astronaut):
    face = Detector(bundle).faces(astronaut)[0]
    mesh = Landmarker(bundle).mesh(astronaut, face)
    eyes = Eyes(bundle)
    wide = eyes.openness(astronaut, mesh)
    assert wide > OPEN
    assert eyes.openness(lids_down(astronaut, mesh), mesh) < wide - 10


def test_a_blink_is_a_drop_of_the_whole_way():
    assert drop([12.0] * 9 + [-3.0]) == pytest.approx(15.0)
    assert drop([12.0] * 9) == 0.0


@pytest.mark.parametrize("openness", [[], [12.0] * (LEAST - 1), [OPEN - 1] * 9 + [-9.0]])
def test_too_few_moments_and_eyes_it_does_not_see_say_nothing(openness):
    assert drop(openness) is None


def test_the_window_tells_it():
    window = CueWindow()
    for at_ms, openness in enumerate([9.0, 9.0, 9.0, 9.0, -1.0]):
        window.frame(at_ms)
        window.add({"openness": openness})
    assert window.cues(Motion(0.0, 0.0, 0.0, 0.0, 0.0, None)).eye_drop == pytest.approx(10.0)

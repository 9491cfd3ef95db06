import pytest

from coprocessor.cues import Cues, CueWindow, by_crop
from coprocessor.motion import WINDOW_MS, Motion

NOTHING = Motion(ride=0.0, stir=0.0, flat=0.0, whole=0.5, seen=0.0, moved=None)


def test_nothing_measured_is_none_of_everything():
    assert CueWindow().cues(NOTHING) == Cues()
    assert Cues().log_odds() is None


def test_each_cue_is_the_mean_of_its_frames_however_often_it_was_its_turn():
    window = CueWindow()
    for at_ms, measured in [(0, {"near": 1.0}), (50, {"near": 3.0, "wide": -4.0}), (100, {})]:
        window.frame(at_ms)
        window.add(measured)
    cues = window.cues(NOTHING)
    assert (cues.near, cues.middle, cues.wide) == (2.0, None, -4.0)
    assert (cues.frames, cues.span_ms) == (3, 100)
    assert cues.log_odds() == -1.0


def test_what_leaves_the_window_is_forgotten():
    window = CueWindow()
    window.frame(0)
    window.add({"sharpness": 9.0})
    window.frame(WINDOW_MS)
    assert window.cues(NOTHING).sharpness == 9.0
    window.frame(WINDOW_MS + 1)
    assert window.cues(NOTHING).sharpness is None
    assert window.cues(NOTHING).frames == 2


def test_motion_says_nothing_before_its_first_pair():
    window = CueWindow()
    window.frame(0)
    moving = window.cues(Motion(ride=0.5, stir=0.2, flat=0.9, whole=0.5, seen=3.0, moved=0.1))
    assert (moving.ride, moving.stir, moving.flat, moving.moved) == (0.5, 0.2, 0.9, 0.1)
    still = window.cues(NOTHING)
    assert (still.ride, still.stir, still.flat, still.moved) == (None, None, None, None)
    assert still.seen == 0.0


@pytest.mark.parametrize(
    ("scale", "name"), [(1.0, "near"), (1.1, "near"), (1.7, "middle"), (2.7, "wide"), (4, "wide")]
)
def test_a_crop_is_known_by_its_size(scale, name):
    assert by_crop({scale: 1.5}) == {name: 1.5}

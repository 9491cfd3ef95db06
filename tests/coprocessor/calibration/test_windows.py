"""Cues to the numbers that are fitted, and when a window is taken."""

from math import log

import numpy as np
import pytest

from board.link.messages import FaceReading
from coprocessor.calibration.observation import MOST, SPAN_MS, STRIDE_MS, Observation
from coprocessor.calibration.windows import LEAST_SPREADS, NAMES, SEEN, counted, matrix, row
from tests.coprocessor.calibration.made import cues, people

READING = FaceReading(1, "front", 7, 40, 3_000, "", 100, b"\1" * 512, 0, 9)


def told(given):
    return dict(zip(NAMES, row(given), strict=True))


def test_every_cue_has_a_least_spread():
    assert LEAST_SPREADS.shape == (len(NAMES),)
    assert (LEAST_SPREADS > 0).all()


def test_factors_become_differences():
    assert told(cues(ride=0.1))["ride"] == pytest.approx(log(0.103))
    assert told(cues(ride=-0.5))["ride"] == told(cues(ride=0.0))["ride"]


@pytest.mark.parametrize("name", ["ride", "stir"])
def test_surroundings_of_which_too_little_was_seen_are_unknown(name):
    assert told(cues(seen=SEEN))[name] is not None
    assert told(cues(seen=SEEN - 1))[name] is None


def test_what_was_not_measured_is_no_number():
    assert np.isnan(matrix([row(cues(near=None))])[0, NAMES.index("near")])
    assert matrix([]).shape == (0, len(NAMES))


def test_windows_are_counted_by_person_and_instrument():
    assert counted(people(count=2, each=3)) == {
        f"{person} {what}": 3 for person in (1, 2) for what in ("live", "print", "phone", "tablet")
    }


def taken(span_ms=SPAN_MS, frames=100, step_ms=50, reading=READING):
    shown = Observation(1, 1, "live", 800)
    for number in range(frames):
        if shown.due(reading, number * step_ms):
            shown.add(cues(span_ms=span_ms), number * step_ms)
    return shown.windows


def test_a_window_every_stride_of_those_long_enough():
    assert len(taken()) == 1 + (99 * 50) // STRIDE_MS
    assert taken(span_ms=SPAN_MS - 1) == []


def test_a_minute_is_the_most():
    assert len(taken(frames=10_000)) == MOST


@pytest.mark.parametrize("change", [{"refusal": "blurred"}, {"sign": "frozen"}, {"sign": "timing"}])
def test_what_is_no_good_picture_of_a_sensor_is_no_window(change):
    given = {name: getattr(READING, name) for name in READING.__struct_fields__}
    assert taken(reading=FaceReading(**(given | change))) == []


def test_what_the_first_constants_are_certain_of_is_marked():
    shown = Observation(1, 1, "print", 800)
    shown.add(cues(near=-9.0, middle=-9.0, wide=-9.0, ride=0.9, stir=0.5), 0)
    shown.add(cues(), STRIDE_MS)
    assert [one.certain for one in shown.windows] == [True, False]

import numpy as np
import pytest

from coprocessor.colour import colour


def test_one_colour_is_one_and_does_not_spread():
    told = colour(np.full((112, 112, 3), 90, np.uint8))
    assert told == pytest.approx({"chroma": 0.0, "colours": 0.0}, abs=1e-3)


def test_a_black_and_white_print_spreads_in_light_only(astronaut):
    grey = np.repeat(astronaut[:112, 200:312, 1:2], 3, axis=2)
    told, coloured = colour(grey), colour(astronaut[:112, 200:312])
    assert told["chroma"] < 0.5 < coloured["chroma"]
    assert told["colours"] <= np.log(16) < coloured["colours"]

"""The readings of one attempt to the head turns they hold: to which sides, for whoever might ask.

What counts as a turn is the appliance's rule (appliance/stepup.py), written again because the wings
never import each other; tests/coprocessor/test_evaluate.py holds the two together.
"""

from collections.abc import Iterable
from typing import Final, Literal

from board.link.messages import FaceReading

Side = Literal["left", "right"]
SIGNS: Final[dict[Side, int]] = {"left": 1, "right": -1}
"""A yaw is positive to the person's own left."""
TURNED_DEG: Final = 25
TURNED_READINGS: Final = 2
"""So many in a row, of one person."""
UNSEEN: Final = ("no_face", "several_faces", "occluded")
"""Refusals of readings of which nothing is believed."""


def sides(given: Iterable[FaceReading]) -> list[Side]:
    """The sides to which somebody turned their head far enough, in the order of SIGNS.

    A recording that holds both can pass a step-up by luck, or if it is shown piece by piece.
    """
    readings = list(given)
    return [side for side in SIGNS if _turned(readings, SIGNS[side])]


def _turned(readings: list[FaceReading], sign: int) -> bool:
    run, track = 0, 0
    for reading in readings:
        far = reading.refusal not in UNSEEN and sign * reading.yaw_deg >= TURNED_DEG
        same = reading.track == track
        run, track = (run + 1 if same else 1) if far else 0, reading.track
        if run >= TURNED_READINGS:
            return True
    return False

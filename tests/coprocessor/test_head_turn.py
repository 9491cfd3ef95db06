"""What a head turn measures: a head reaches the angle of a step-up, a flat picture does not."""

import pytest

from appliance import stepup
from board.link.messages import FaceReading
from coprocessor.frame import Frame, Picture
from coprocessor.models.model import Bundle
from coprocessor.reading import Pipeline
from provisioning.simulator.scenes import SceneName, compose
from provisioning.simulator.turn import Neck, Side

FPS = 10.0
SECONDS = 3.0


def turned(bundle: Bundle, picture: Picture, scene: SceneName, side: Side) -> list[FaceReading]:
    """The readings of somebody, or something, that turns to a side after a moment."""
    neck, readings, pipeline = Neck(), [], Pipeline(bundle)
    for number, rgb in enumerate(compose(picture, scene, FPS, seconds=SECONDS, seed=5, neck=neck)):
        if number == 8:
            neck.turn(side)
        at_ms = round(number * 1_000 / FPS)
        readings.append(pipeline.read(Frame(rgb, at_ms), 1, "front", at_ms))
    return readings


def step_up(readings: list[FaceReading], side: Side) -> int:
    """What a step-up to this side makes of them; that the face matches is taken for granted."""
    current = stepup.ask((side,), look(readings[0]), 0)
    for number, reading in enumerate(readings):
        current = stepup.look_at(current, look(reading), True, round(number * 1_000 / FPS))
    return int(current.result)


def look(reading: FaceReading) -> stepup.Look:
    seen = reading.refusal not in ("no_face", "several_faces", "occluded")
    return stepup.Look(reading.track, seen, reading.yaw_deg, reading.eyes_px)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_head_that_turns_passes(bundle: Bundle, astronaut: Picture, side: Side) -> None:
    readings = turned(bundle, astronaut, "live", side)
    assert step_up(readings, side) == stepup.PASSED
    other: Side = "right" if side == "left" else "left"
    assert step_up(readings, other) == stepup.FAILED
    assert {reading.track for reading in readings} == {readings[0].track}


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("scene", ["print", "screen"])
def test_a_flat_picture_that_is_turned_does_not(
    bundle: Bundle, astronaut: Picture, scene: SceneName, side: Side
) -> None:
    assert step_up(turned(bundle, astronaut, scene, side), side) != stepup.PASSED

"""One person in another's place, through the whole pipeline: a good score is nobody else's."""

import cv2
import numpy as np
import pytest

from board.link.messages import FaceReading
from coprocessor.frame import Frame
from coprocessor.reading import Pipeline
from coprocessor.template import similarity_e4
from provisioning.simulator.samples import pictures
from provisioning.simulator.scenes import FPS, compose, decode

FRAMES = 30


@pytest.fixture(scope="module")
def films(astronaut):
    """Two seconds of two people, each alone before the same camera."""
    if "another" not in pictures():
        pytest.skip("NOT TESTED: there is no second sample picture; install matplotlib")
    other = decode(pictures()["another"])
    return [
        list(compose(portrait, "live", seconds=FRAMES / FPS, seed=2))
        for portrait in (astronaut, other)
    ]


@pytest.fixture(scope="module")
def people(bundle, films):
    """Their templates, of the first frames."""
    made = []
    for film in films:
        body = cv2.imencode(".png", np.ascontiguousarray(film[0][..., ::-1]))[1].tobytes()
        made.append(Pipeline(bundle).enrol(body, 1).template)
    return made


def read(bundle, frames) -> list[FaceReading]:
    pipeline = Pipeline(bundle)
    stamped = [Frame(rgb, round(1_000 * index / FPS)) for index, rgb in enumerate(frames)]
    return [pipeline.read(frame, 1, "front", frame.captured_ms) for frame in stamped]


def blurred(frames):
    return [cv2.GaussianBlur(rgb, (0, 0), 7) for rgb in frames]


def mixed(one, other, count):
    return [
        cv2.addWeighted(rgb, 1 - step / count, other[step], step / count, 0)
        for step, rgb in enumerate(one[:count])
    ]


@pytest.mark.parametrize(
    "between",
    [
        lambda one, other: [],
        lambda one, other: blurred(one[-1:]),
        lambda one, other: blurred(one[-4:]) + blurred(other[:4]),
        lambda one, other: [(one[-1] * 0.1).astype(np.uint8)],
        lambda one, other: mixed(one, other, 6),
    ],
    ids=["within a frame", "one bad frame", "during a blur", "a dark frame", "faded over"],
)
def test_a_swap_begins_a_track_that_owes_its_score_to_its_own_frames(
    bundle, films, people, between
):
    limits = bundle.manifest.thresholds
    one, other = films
    told = read(bundle, [*one, *between(one, other), *other])
    numbers = {reading.track for reading in told[: len(one)] if reading.track}
    for index, reading in enumerate(told):
        if not reading.probe or index < len(one):
            continue
        if similarity_e4(people[1], reading.probe) >= limits.match_e4:
            assert reading.track not in numbers
            assert reading.frames <= index - len(one) + 1
    assert any(similarity_e4(people[1], one.probe) >= limits.match_e4 for one in told if one.probe)


def test_who_is_told_at_the_moment_of_the_swap_is_who_was_there(bundle, films, people):
    limits = bundle.manifest.thresholds
    one, other = films
    for reading in read(bundle, [*one, *other])[len(one) :]:
        if reading.probe and similarity_e4(people[0], reading.probe) >= limits.match_e4:
            assert reading.frames >= len(one)  # the first one's track, for an instant more
        elif reading.probe:
            assert reading.frames <= FRAMES

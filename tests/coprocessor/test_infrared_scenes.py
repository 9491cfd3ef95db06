"""Both cameras with the real models on drawn scenes: what infrared sees decides, and only then."""

import asyncio
from collections.abc import Iterator
from itertools import islice

import pytest

from board.link.messages import FaceReading
from board.signals import Picture as Captured
from coprocessor.camera import Frames
from coprocessor.config import Infrared
from coprocessor.detect import Detector
from coprocessor.frame import Frame, Picture
from coprocessor.infrared import FRONTAL_DEG, SecondEye, TwoEyes
from coprocessor.models.model import Bundle
from coprocessor.reading import Pipeline
from provisioning.simulator.hallway import empty
from provisioning.simulator.infrared import grey
from provisioning.simulator.scenes import FPS, compose
from provisioning.simulator.turn import Neck

SECONDS = 3.0


class Fed:
    """An infrared camera that gives what it is fed."""

    def __init__(self) -> None:
        self._fed: asyncio.Queue[Captured] = asyncio.Queue()

    def feed(self, picture: Picture, at_ms: int) -> None:
        height, width = picture.shape[:2]
        self._fed.put_nowait(Captured(picture.tobytes(), height, width, at_ms))

    async def picture(self) -> Captured:
        return await self._fed.get()


def readings(
    bundle: Bundle, seen: Iterator[Picture], infrared: Iterator[Picture], **eye: float
) -> list[FaceReading]:
    async def story() -> list[FaceReading]:
        camera = Fed()
        second = SecondEye(Frames(camera))
        following = asyncio.create_task(second.run())
        limits = bundle.manifest.thresholds
        look = Infrared(name="CAM1", **eye)
        reader = TwoEyes(Pipeline(bundle), second, Detector(bundle), look, limits)
        made = []
        for index, (one, other) in enumerate(zip(seen, infrared, strict=False)):
            at_ms = 1_000 + int(1_000 * index / FPS)
            camera.feed(other, at_ms + 10)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            made.append(reader.read(Frame(one, at_ms), 7, "front", at_ms))
        following.cancel()
        return made

    return asyncio.run(story())


@pytest.fixture(scope="module")
def person(astronaut: Picture) -> list[Picture]:
    return list(compose(astronaut, "live", seconds=SECONDS))


def test_a_person_both_see_is_accepted(bundle: Bundle, person: list[Picture]) -> None:
    last = readings(bundle, iter(person), map(grey, person))[-1]
    assert last.attack_permille <= bundle.manifest.thresholds.attack_accept_permille
    assert last.probe


def test_the_same_person_where_infrared_sees_nobody_is_an_attack(
    bundle: Bundle, person: list[Picture]
) -> None:
    hallway = map(grey, islice(empty(), len(person)))
    last = readings(bundle, iter(person), hallway)[-1]
    assert (last.attack_permille, last.other_permille, last.sign) == (1_000, 1_000, "infrared")


def test_a_person_whom_infrared_sees_elsewhere_is_an_attack(
    bundle: Bundle, person: list[Picture]
) -> None:
    last = readings(bundle, iter(person), map(grey, person), shift_x=0.4)[-1]
    assert (last.attack_permille, last.sign) == (1_000, "infrared")


def test_a_head_turn_both_see_is_no_attack_and_counts_again_when_it_is_over(
    bundle: Bundle, astronaut: Picture
) -> None:
    """As a step-up asks for it: left, right, and facing the camera again."""
    neck = Neck()
    frames = []
    for index, frame in enumerate(compose(astronaut, "live", seconds=8, neck=neck)):
        frames.append(frame)
        if index in (int(1 * FPS), int(4 * FPS)):
            neck.turn("left" if index < 2 * FPS else "right")
    made = readings(bundle, iter(frames), map(grey, frames))
    limits = bundle.manifest.thresholds
    assert max(reading.yaw_deg for reading in made) >= FRONTAL_DEG
    assert min(reading.yaw_deg for reading in made) <= -FRONTAL_DEG
    assert max(reading.attack_permille for reading in made) < limits.attack_refuse_permille
    assert all(not reading.probe for reading in made if abs(reading.yaw_deg) > FRONTAL_DEG)
    assert made[-1].probe

"""Which frame is read, how often, and who is told of it."""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest

from board.link.messages import (
    VERSION,
    EnrolPicture,
    EnrolReading,
    FaceReading,
    Hello,
    Message,
    ReadFace,
    Refusal,
    Status,
    StopReading,
)
from board.signals import Picture
from coprocessor.camera import Frames
from coprocessor.frame import Frame
from coprocessor.link import Session
from coprocessor.pace import Pace, nearest_rank
from coprocessor.watch import IDLE_S, Watch
from tests.coprocessor.waiting import eventually

HELLO = Hello(VERSION, "demo-1", "00112233aabbccdd")


class Endless:
    """A camera at some 200 frames a second, each one pixel, numbered by its time."""

    def __init__(self) -> None:
        self.count = 0

    async def picture(self) -> Picture:
        await asyncio.sleep(0.005)
        self.count += 1
        return Picture(bytes(3), 1, 1, self.count)


class Measured:
    """Stands for the models: says what it is told to say, and notes what it was given."""

    def __init__(self, refusal: Refusal = "", probe: bytes = b"\x01" * 512) -> None:
        self.refusal: Refusal = refusal
        self.probe = probe
        self.frames: list[int] = []
        self.at_once = 0
        self.most_at_once = 0
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.fault: Exception | None = None

    def read(self, frame: Frame, attempt: int, portal: str, now_ms: int) -> FaceReading:
        with self:
            self.frames.append(frame.captured_ms)
            return FaceReading(
                attempt, portal, 1, 1, 0, self.refusal, 500, self.probe, 0, len(self.frames)
            )

    def enrol(self, picture: bytes, request: int) -> EnrolReading:
        with self:
            return EnrolReading(request, "", b"\x02" * 512)

    def __enter__(self) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.may_go_on.wait()
        if self.fault is not None:
            raise self.fault

    def __exit__(self, *_: object) -> None:
        self.at_once -= 1


@dataclass
class Runs:
    """Stands for a bundle on an accelerator."""

    backend: str = "litert"
    fallback: bool = False


class Told:
    """An appliance that is linked: what it was told."""

    def __init__(self) -> None:
        self.session = Session(HELLO, Counter())
        self.messages: list[Message] = []
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            self.messages.append(await self.session.next())

    def readings(self) -> list[FaceReading]:
        return [one for one in self.messages if isinstance(one, FaceReading)]

    def close(self) -> None:
        self.session.open = False
        self._task.cancel()


@asynccontextmanager
async def watching(reader: Measured, runs: Runs | None = None) -> AsyncIterator[tuple[Watch, Told]]:
    watch = Watch(Frames(Endless()), reader, runs or Runs(), lambda: True)
    running = asyncio.create_task(watch.run())
    told = Told()
    watch.changed(told.session)
    try:
        yield watch, told
        assert not running.done()
    finally:
        reader.may_go_on.set()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        told.close()


def test_while_nobody_asks_it_looks_now_and_then() -> None:
    async def story() -> None:
        reader = Measured()
        async with watching(reader) as (_, told):
            clock = asyncio.get_running_loop()
            begun = clock.time()
            await eventually(lambda: len(told.readings()) >= 4)
            most = (clock.time() - begun) / IDLE_S + 2
            assert len(reader.frames) <= most
            assert {(one.attempt, one.portal) for one in told.readings()} == {(0, "")}

    asyncio.run(story())


def test_while_nobody_is_there_it_says_nothing() -> None:
    async def story() -> None:
        reader = Measured(refusal="no_face", probe=b"")
        async with watching(reader) as (_, told):
            await eventually(lambda: len(reader.frames) >= 3)
            assert told.readings() == []

    asyncio.run(story())


def test_an_attempt_gets_every_reading_nobody_included_until_it_stops() -> None:
    async def story() -> None:
        reader = Measured(refusal="no_face", probe=b"")
        async with watching(reader) as (watch, told):
            watch.handle(ReadFace(7, "front", 60_000), told.session)
            await eventually(lambda: len(told.readings()) >= 30)
            assert {(one.attempt, one.portal) for one in told.readings()} == {(7, "front")}
            watch.handle(StopReading(7), told.session)
            count = len(told.readings())
            before = len(reader.frames)
            await eventually(lambda: len(reader.frames) >= before + 3)
            assert len(told.readings()) <= count + 1

    asyncio.run(story())


def test_an_attempt_ends_at_its_deadline() -> None:
    async def story() -> None:
        reader = Measured(refusal="no_face", probe=b"")
        async with watching(reader) as (watch, told):
            watch.handle(ReadFace(7, "front", 300), told.session)
            await eventually(lambda: len(told.readings()) >= 2)
            # One that had begun in time is still told; after three silent frames none comes.
            await eventually(lambda: len(reader.frames) >= len(told.readings()) + 3)
            before = len(told.readings())
            await eventually(lambda: len(reader.frames) >= before + 6)
            assert len(told.readings()) == before

    asyncio.run(story())


@pytest.mark.parametrize(("attempt", "deadline_ms"), [(0, 5_000), (-1, 5_000), (7, 0), (7, -9)])
def test_an_attempt_that_makes_no_sense_gets_nothing(attempt: int, deadline_ms: int) -> None:
    async def story() -> None:
        reader = Measured(refusal="no_face", probe=b"")
        async with watching(reader) as (watch, told):
            watch.handle(ReadFace(attempt, "front", deadline_ms), told.session)
            await eventually(lambda: len(reader.frames) >= 3)
            assert told.readings() == []

    asyncio.run(story())


def test_two_attempts_share_a_camera() -> None:
    async def story() -> None:
        async with watching(Measured()) as (watch, told):
            watch.handle(ReadFace(7, "front", 60_000), told.session)
            watch.handle(ReadFace(8, "back", 60_000), told.session)
            both = {(7, "front"), (8, "back")}
            await eventually(lambda: both <= {(one.attempt, one.portal) for one in told.readings()})

    asyncio.run(story())


def test_only_the_newest_frame_is_read_and_one_at_a_time() -> None:
    async def story() -> None:
        reader = Measured()
        async with watching(reader) as (watch, told):
            watch.handle(ReadFace(7, "front", 60_000), told.session)
            for request in range(3):
                watch.handle(EnrolPicture(request, b"jpeg"), told.session)
            await eventually(lambda: len(reader.frames) >= 20)
            assert reader.most_at_once == 1
            assert reader.frames == sorted(set(reader.frames))

    asyncio.run(story())


def test_a_lost_link_voids_what_was_asked() -> None:
    async def story() -> None:
        reader = Measured(refusal="no_face", probe=b"")
        async with watching(reader) as (watch, told):
            watch.handle(ReadFace(7, "front", 60_000), told.session)
            await eventually(lambda: told.readings())
            reader.may_go_on.clear()
            watch.handle(EnrolPicture(1, b"jpeg"), told.session)
            await asyncio.sleep(0.1)
            told.session.open = False
            watch.changed(None)
            successor = Told()
            watch.changed(successor.session)
            reader.may_go_on.set()
            before = len(reader.frames)
            await eventually(lambda: len(reader.frames) >= before + 3)
            assert {type(message) for message in successor.messages} <= {Hello, Status}
            successor.close()

    asyncio.run(story())


def test_an_attempt_stopped_during_a_reading_does_not_get_it() -> None:
    async def story() -> None:
        reader = Measured()
        async with watching(reader) as (watch, told):
            reader.may_go_on.clear()
            watch.handle(ReadFace(7, "front", 60_000), told.session)
            await eventually(lambda: reader.at_once == 1)
            await asyncio.sleep(0.3)
            told.messages.clear()
            watch.handle(StopReading(7), told.session)
            reader.may_go_on.set()
            before = len(reader.frames)
            await eventually(lambda: len(reader.frames) >= before + 2)
            assert {one.attempt for one in told.readings()} <= {0}

    asyncio.run(story())


def test_a_reader_that_fails_costs_the_frame_and_its_words_are_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        reader = Measured()
        reader.fault = ValueError("pixel 17 of Vera's face")
        with caplog.at_level(logging.DEBUG):
            async with watching(reader) as (watch, told):
                watch.handle(EnrolPicture(1, b"jpeg"), told.session)
                await eventually(lambda: watch.failures >= 3)
                assert {type(message) for message in told.messages} == {Hello, Status}
                reader.fault = None
                watch.handle(ReadFace(7, "front", 60_000), told.session)
                await eventually(lambda: any(one.attempt == 7 for one in told.readings()))
        assert "ValueError" in caplog.text
        assert "Vera" not in caplog.text

    asyncio.run(story())


def test_an_enrolment_is_answered() -> None:
    async def story() -> None:
        async with watching(Measured()) as (watch, told):
            watch.handle(EnrolPicture(5, b"jpeg"), told.session)
            await eventually(lambda: EnrolReading(5, "", b"\x02" * 512) in told.messages)

    asyncio.run(story())


def test_a_lost_accelerator_is_told_and_its_return() -> None:
    async def story() -> None:
        runs = Runs("edgetpu")
        async with watching(Measured(), runs) as (watch, told):

            def said() -> tuple[str, bool]:
                watch.tell_status()
                last = [one for one in told.messages if isinstance(one, Status)][-1:]
                return (last[0].backend, last[0].fallback) if last else ("", False)

            await eventually(lambda: said() == ("edgetpu", False))
            runs.backend, runs.fallback = "litert (edgetpu lost)", True
            await eventually(lambda: said() == ("litert (edgetpu lost)", True))
            runs.backend, runs.fallback = "edgetpu", False
            await eventually(lambda: said() == ("edgetpu", False))

    asyncio.run(story())


def test_the_status_comes_at_once_and_counts_whole_readings() -> None:
    async def story() -> None:
        async with watching(Measured()) as (watch, told):
            await eventually(lambda: told.messages)
            first = next(one for one in told.messages if isinstance(one, Status))
            assert first == Status(True, False, "litert", 0, 0, 0)
            watch.handle(ReadFace(7, "front", 60_000), told.session)

            def lively() -> bool:
                last = [one for one in told.messages if isinstance(one, Status)][-1]
                return last.readings > 20 and 0 < last.p50_us < last.p99_us <= last.readings

            await eventually(lively)

    asyncio.run(story())


def test_the_last_minute_counts() -> None:
    pace = Pace()
    assert pace.summary(0) == (0, 0, 0)
    pace.add(0, 1_000_000)
    for took_us in range(1, 101):
        pace.add(30_000, took_us)
    assert pace.summary(60_000) == (101, 51, 100)
    assert pace.summary(60_001) == (100, 50, 99)
    assert pace.summary(90_001) == (0, 0, 0)


@pytest.mark.parametrize(
    ("ordered", "percent", "value"),
    [([], 50, 0), ([7], 50, 7), ([7], 99, 7), ([1, 2], 50, 1), ([1, 2], 99, 2), ([1, 2, 3], 50, 2)],
)
def test_nearest_rank(ordered: list[int], percent: int, value: int) -> None:
    assert nearest_rank(ordered, percent) == value

"""The link from the co-processor's side, against an appliance that is late, silent or raving."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
from hypothesis import given, settings

from board.link import stream
from board.link.conversation import Conversation
from board.link.messages import (
    VERSION,
    AlertAcked,
    EnrolReading,
    FaceReading,
    Heartbeat,
    Hello,
    Message,
    ReadFace,
    StopReading,
)
from coprocessor.link import MOST_READINGS, Link, Session
from tests.coprocessor.waiting import eventually

OURS = Hello(VERSION, "demo-1", "00112233aabbccdd")


def reading(track: int) -> FaceReading:
    return FaceReading(1, "front", track, 1, 0, "no_face", 500, b"", 3, 9_000)


class Appliance:
    """The other end: says hello, beats, and keeps what it hears."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.heard: list[Message] = []
        self.calls = 0
        self.beating = True
        self.stream: stream.Stream | None = None

    async def start(self) -> None:
        self._server = await stream.listen(self._path, self._serve)

    def stop(self) -> None:
        self._server.close()
        if self.stream:
            self.stream.close()

    async def say(self, message: Message) -> None:
        assert self.stream
        await self.stream.send(self.conversation.encode(message))

    async def _serve(self, connection: stream.Stream) -> None:
        self.calls += 1
        self.conversation = Conversation("appliance")
        self.stream = connection
        await self.say(Hello(VERSION, "demo-1", "00112233aabbccdd"))
        beat = asyncio.create_task(self._beat())
        try:
            while True:
                message = self.conversation.decode(await connection.receive())
                if message is not None and not isinstance(message, Heartbeat):
                    self.heard.append(message)
        finally:
            beat.cancel()

    async def _beat(self) -> None:
        with suppress(stream.StreamClosed):
            while self.beating:
                await self.say(Heartbeat())
                await asyncio.sleep(0.1)


class Desk:
    """What the link told us."""

    def __init__(self, path: Path) -> None:
        self.messages: list[tuple[Message, Session]] = []
        self.sessions: list[Session | None] = []
        self.link = Link(path, OURS, self._take, self.sessions.append)

    def _take(self, message: Message, session: Session) -> None:
        self.messages.append((message, session))


@asynccontextmanager
async def linked(path: Path) -> AsyncIterator[tuple[Appliance, Desk]]:
    appliance, desk = Appliance(path), Desk(path)
    await appliance.start()
    running = asyncio.create_task(desk.link.run())
    try:
        await eventually(lambda: desk.sessions)
        yield appliance, desk
        assert not running.done()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        appliance.stop()


def test_it_says_hello_first_and_answers_where_it_was_asked(tmp_path: Path) -> None:
    async def story() -> None:
        async with linked(tmp_path / "link.sock") as (appliance, desk):
            await appliance.say(ReadFace(7, "front", 5_000))
            await eventually(lambda: desk.messages)
            ((message, session),) = desk.messages
            assert message == ReadFace(7, "front", 5_000)
            session.send(reading(1))
            desk.link.send(AlertAcked(3))
            await eventually(lambda: len(appliance.heard) == 3)
            assert appliance.heard == [OURS, reading(1), AlertAcked(3)]

    asyncio.run(story())


def test_it_waits_for_an_appliance_that_starts_later(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "link.sock"
        appliance, desk = Appliance(path), Desk(path)
        running = asyncio.create_task(desk.link.run())
        await asyncio.sleep(0.3)
        assert desk.sessions == []
        await appliance.start()
        await eventually(lambda: desk.sessions)
        running.cancel()
        appliance.stop()

    asyncio.run(story())


def test_silence_ends_a_conversation_and_another_begins(tmp_path: Path) -> None:
    async def story() -> None:
        async with linked(tmp_path / "link.sock") as (appliance, desk):
            await asyncio.sleep(2.5)  # longer than SILENCE_S: heartbeats alone keep it up
            assert len(desk.sessions) == 1
            appliance.beating = False
            await eventually(lambda: len(desk.sessions) >= 2)
            assert desk.sessions[1] is None
            appliance.beating = True
            await eventually(lambda: len(desk.sessions) >= 3)
            assert appliance.calls >= 2

    asyncio.run(story())


def test_an_answer_never_reaches_another_conversation(tmp_path: Path) -> None:
    async def story() -> None:
        async with linked(tmp_path / "link.sock") as (appliance, desk):
            await appliance.say(ReadFace(7, "front", 5_000))
            await eventually(lambda: desk.messages)
            _, session = desk.messages[0]
            assert appliance.stream
            appliance.stream.close()
            await eventually(lambda: len(desk.sessions) >= 3)
            session.send(EnrolReading(1, "", b"\x01" * 512))
            desk.link.send(AlertAcked(1))
            await eventually(lambda: AlertAcked(1) in appliance.heard)
            assert appliance.heard == [OURS, OURS, AlertAcked(1)]
            assert desk.link.dropped["too_late"] == 1

    asyncio.run(story())


def garbage_is_survived(path: Path, frames: list[bytes], raw: bytes) -> None:
    async def story() -> None:
        async with linked(path) as (appliance, desk):
            assert appliance.stream
            for frame in frames:
                await appliance.stream.send(frame)
            await appliance.say(StopReading(4))
            await eventually(lambda: desk.messages)
            assert [message for message, _ in desk.messages] == [StopReading(4)]
            appliance.stream._writer.write(raw)
            appliance.stream.close()
            await eventually(lambda: len(desk.sessions) >= 3)

    asyncio.run(story())


NOT_ENVELOPES = st.lists(st.binary(max_size=64).filter(lambda b: b[:1] != b"\x93"), max_size=5)


@settings(max_examples=15, deadline=None)
@given(frames=NOT_ENVELOPES, raw=st.binary(max_size=64))
def test_garbage_ends_a_conversation_at_most(frames: list[bytes], raw: bytes) -> None:
    with TemporaryDirectory() as folder:
        garbage_is_survived(Path(folder) / "link.sock", frames, raw)


def test_a_frame_length_without_measure_ends_a_conversation_at_most(tmp_path: Path) -> None:
    garbage_is_survived(tmp_path / "link.sock", [], b"\xff" * 8)


def test_of_readings_that_pile_up_only_the_newest_are_kept() -> None:
    async def story() -> None:
        desk = Desk(Path("/nowhere"))
        session = Session(OURS, desk.link.dropped)
        answers: list[Message] = [AlertAcked(1), EnrolReading(1, "blurred", b""), AlertAcked(2)]
        for track, answer in enumerate(answers):
            session.send(reading(track))
            session.send(answer)
        for track in range(len(answers), 100):
            session.send(reading(track))
        sent: list[Message] = []
        for _ in range(1 + len(answers) + MOST_READINGS):
            sent.append(await asyncio.wait_for(session.next(), 1))
        assert [one for one in sent if not isinstance(one, FaceReading)] == [OURS, *answers]
        tracks = [one.track for one in sent if isinstance(one, FaceReading)]
        assert tracks == list(range(100 - MOST_READINGS, 100))
        assert desk.link.dropped["stale_reading"] == 100 - MOST_READINGS

    asyncio.run(story())


def test_with_nobody_there_messages_are_dropped_and_counted() -> None:
    desk = Desk(Path("/nowhere"))
    desk.link.send(AlertAcked(1))
    assert desk.link.dropped["not_linked"] == 1

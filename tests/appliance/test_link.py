"""The link from the appliance's side, against a co-processor that raves, lies, or says nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance import link as rooms
from appliance.link import Link
from board.link import stream
from board.link.conversation import Envelope
from board.link.messages import (
    VERSION,
    AlertAcked,
    AlertOut,
    EnrolPicture,
    EnrolReading,
    FaceReading,
    Hello,
    ReadFace,
    Status,
)
from tests.appliance.bench import BUNDLE, SERIAL, Coprocessor, reading
from tests.coprocessor.waiting import eventually

OTHER = "ffeeddccbbaa9988"


class Desk:
    """A link, and all that it has told us."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.link = Link(path, SERIAL, BUNDLE)
        self.told: list[object] = []
        self.link.on_up = lambda: self.told.append("up")
        self.link.on_down = lambda: self.told.append("down")
        self.link.on_reading = self.told.append
        self.link.on_acked = self.told.append
        self.link.on_status = self.told.append
        self.peers: list[Coprocessor] = []

    async def peer(self) -> Coprocessor:
        peer = Coprocessor(await stream.connect(self.path))
        self.peers.append(peer)
        return peer


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    at = Desk(folder / "run" / "link.sock")
    await at.link.start()
    try:
        yield at
    finally:
        for peer in at.peers:
            peer.hang_up()
        at.link.close()
        await asyncio.sleep(0.02)


def test_hello_first_then_up_then_messages(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as at:
            assert at.link.status is None
            at.link.read_face(1, "front", 5_000)  # nobody there: not kept for whoever comes
            peer = await at.peer()
            await peer.say(AlertAcked(1))
            await peer.hello()
            await eventually(
                lambda: at.told == ["up", Status(False, True, "test", 0, 0, 0, "site")]
            )
            assert at.link.face_available
            at.link.read_face(2, "front", 5_000)
            assert await peer.asked(ReadFace) == ReadFace(2, "front", 5_000)
            await peer.say(reading(2, 1), AlertAcked(9))
            await eventually(lambda: at.told[2:] == [reading(2, 1), 9])

    asyncio.run(story())


def test_without_a_working_camera_no_face_is_available(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as at:
            peer = await at.peer()
            await peer.hello(camera=False)
            await eventually(lambda: at.link.status)
            assert at.link.linked
            assert not at.link.face_available

    asyncio.run(story())


@pytest.mark.parametrize(
    "hello",
    [
        Hello(VERSION, SERIAL, OTHER),
        Hello(VERSION, "demo-2", BUNDLE),
        Hello(VERSION + 1, SERIAL, BUNDLE),
        Hello(0, SERIAL, BUNDLE),
    ],
)
def test_a_co_processor_that_is_not_ours_is_not_listened_to(hello: Hello, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as at:
            peer = await at.peer()
            await peer.say(hello, Status(True, True, "", 0, 0, 0), reading(1, 1), AlertAcked(1))
            await asyncio.sleep(0.1)
            assert at.told == []
            assert not at.link.face_available
            assert await at.link.enrol(b"picture") is None

    asyncio.run(story())


def test_silence_is_noticed_and_heartbeats_are_enough(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as at:
            peer = await at.peer()
            await peer.hello()
            await asyncio.sleep(1.1 * rooms.SILENCE_S)
            assert at.link.linked
            peer.fall_silent()
            await eventually(lambda: "down" in at.told)
            assert not at.link.face_available
            await eventually(lambda: peer.hung_up)

    asyncio.run(story())


def test_garbage_is_no_sign_of_life(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as at:
            peer = await at.peer()
            await peer.hello()
            peer.fall_silent()
            clock = asyncio.get_running_loop()
            until_s = clock.time() + 3 * rooms.SILENCE_S
            while "down" not in at.told and clock.time() < until_s:
                await peer.stream.send(b"still here, honestly")
                await asyncio.sleep(0.05)
            assert "down" in at.told

    asyncio.run(story())


def test_a_second_connection_replaces_the_first(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as at:
            first = await at.peer()
            await first.hello()
            await eventually(lambda: at.link.status)
            second = await at.peer()
            await second.hello()
            await eventually(lambda: first.hung_up)
            await eventually(lambda: at.told.count("up") == 2 and at.link.status)
            assert at.told.count("down") == 1
            at.link.read_face(5, "front", 1_000)
            await second.asked(ReadFace)
            assert first.of(ReadFace) == []
            second.hang_up()
            await eventually(lambda: at.told.count("down") == 2)

    asyncio.run(story())


@pytest.mark.parametrize("length", [1, 511, 513, 1024])
def test_a_probe_of_another_length_is_dropped(length: int, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as at:
            peer = await at.peer()
            await peer.hello()
            await peer.say(reading(1, 1, probe=bytes(length)), reading(1, 2))
            await eventually(lambda: at.told[-1:] == [reading(1, 2)])
            assert sum(isinstance(told, FaceReading) for told in at.told) == 1

    asyncio.run(story())


def test_an_enrolment_is_answered_by_its_own_number(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as at:
            peer = await at.peer()
            await peer.hello()
            await eventually(lambda: at.link.linked)
            enrolling = asyncio.create_task(at.link.enrol(b"picture"))
            asked = await peer.asked(EnrolPicture)
            assert asked.picture == b"picture"
            for request in (asked.request + 1, asked.request - 1, asked.request, asked.request):
                await peer.say(EnrolReading(request, "", bytes([request]) * 512))
            found = await enrolling
            assert found
            assert found.request == asked.request

    asyncio.run(story())


def test_who_does_not_read_does_not_fill_our_memory(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as at:
            peer = await at.peer()
            await peer.hello()
            await eventually(lambda: at.link.linked)
            for number in range(1_000):  # in one go: nothing is sent in between
                at.link.send_alert(AlertOut(number, "topic", b"{}"))
            await asyncio.sleep(0.1)
            assert [alert.sequence for alert in peer.of(AlertOut)] == list(range(rooms.OUTGOING))

    asyncio.run(story())


def survived(raw: list[bytes], framed: bool) -> None:
    """Whatever is sent, the next co-processor is welcome, and the door was told of no face."""

    async def story(folder: Path) -> None:
        async with desk(folder) as at:
            peer = await at.peer()
            await peer.say(Hello(VERSION, SERIAL, BUNDLE))
            await eventually(lambda: at.told == ["up"])
            send: Callable[[bytes], None] = peer.stream._writer.write
            for piece in raw:
                send(stream.frame(piece) if framed else piece)
            peer.hang_up()
            await eventually(lambda: at.told[-1] == "down")
            assert at.told == ["up", "down"]
            await (await at.peer()).hello()
            await eventually(lambda: at.link.face_available)

    with TemporaryDirectory() as folder:
        asyncio.run(story(Path(folder)))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=5), st.booleans())
def test_garbage_ends_a_conversation_at_most(raw: list[bytes], framed: bool) -> None:
    survived(raw, framed)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.binary(min_size=1, max_size=40)), max_size=5))
def test_garbage_in_envelopes_ends_it_at_most(bodies: list[tuple[int, bytes]]) -> None:
    encode = msgspec.msgpack.encode
    survived(
        [
            encode(Envelope(number, 2 + place, msgspec.Raw(body)))
            for place, (number, body) in enumerate(bodies)
        ],
        framed=True,
    )


@pytest.mark.parametrize(
    "raw", [[b"\xff" * 8], [b"\x93\x01\x02\x83\xa6serial\xa2\xff\xff"], [b"\x91" * 50_000]]
)
def test_known_kinds_of_garbage_end_it_at_most(raw: list[bytes]) -> None:
    survived(raw, framed=False)
    survived(raw, framed=True)

"""A board in memory, worked over its socket by a hand, and by one that raves."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.link import stream
from board.signals import Picture, Signal
from board.simulated import SimulatedBoard
from board.stimulus import CAP, Hand, SetAnalogs, SetPins, Show, SwipeWiegand, Unplug, reach
from board.table import read_table
from board.wiegand import FRAME_GAP_US, Pulses, encode
from tests.coprocessor.waiting import eventually

Edge = tuple[int, int]


@asynccontextmanager
async def worked(folder: Path) -> AsyncIterator[tuple[SimulatedBoard, Hand]]:
    board = SimulatedBoard(read_table("simulated"), folder / "board.sock")
    await board.start()
    hand = await reach(folder / "board.sock")
    try:
        await eventually(lambda: hand.levels)
        yield board, hand
    finally:
        hand.close()
        await board.close()
        await asyncio.sleep(0.02)


def tell(folder: Path, story: Callable[[SimulatedBoard, Hand], Awaitable[None]]) -> None:
    async def told() -> None:
        async with worked(folder) as (board, hand):
            await story(board, hand)

    asyncio.run(told())


def edges(board: SimulatedBoard, pin: str) -> list[Edge]:
    seen: list[Edge] = []
    board.pin(pin).irq(lambda level, at_us: seen.append((level, at_us)))
    return seen


def test_pins_begin_at_their_idle_levels(tmp_path: Path) -> None:
    async def story(board: SimulatedBoard, hand: Hand) -> None:
        table = read_table("simulated")
        assert hand.levels == {name: line.idle for name, line in table.pins.items()}
        assert hand.levels == {name: board.pin(name).value() for name in table.pins}

    tell(tmp_path, story)


def test_an_input_is_set_by_the_hand_and_an_output_seen_by_it(tmp_path: Path) -> None:
    async def story(board: SimulatedBoard, hand: Hand) -> None:
        seen = edges(board, "IN2")
        await hand.do(SetPins({"IN2": 0}))
        await eventually(lambda: board.pin("IN2").value() == 0)
        await hand.do(SetPins({"IN2": 0, "IN1": 1}))  # the same level again is no edge
        await eventually(lambda: board.pin("IN1").value() == 1)
        assert [level for level, _ in seen] == [0]
        Signal(board.pin("K1")).on()
        await eventually(lambda: hand.levels["K1"] == 1)

    tell(tmp_path, story)


def test_an_analog_input_reads_what_the_hand_puts_there(tmp_path: Path) -> None:
    async def story(board: SimulatedBoard, hand: Hand) -> None:
        line = board.adc("AIN1")
        assert line.read_u16() == 500 * 65535 // 1000
        for permille, reads in ((1000, 65535), (0, 0), (667, 43711), (-5, 0), (4000, 65535)):
            await hand.do(SetAnalogs({"AIN1": permille}))
            await eventually(lambda reads=reads: line.read_u16() == reads)  # type: ignore[misc]
        assert board.adc("AIN4").read_u16() == 500 * 65535 // 1000

    tell(tmp_path, story)


def test_a_line_that_was_cut_outlives_the_process(tmp_path: Path) -> None:
    async def cut(board: SimulatedBoard, hand: Hand) -> None:
        await hand.do(SetAnalogs({"AIN3": 1000}))
        await eventually(lambda: board.adc("AIN3").read_u16() == 65535)

    async def found(board: SimulatedBoard, _hand: Hand) -> None:
        assert board.adc("AIN3").read_u16() == 65535

    tell(tmp_path, cut)
    tell(tmp_path, found)


def test_edges_carry_rising_times_and_reach_everybody(tmp_path: Path) -> None:
    async def story(board: SimulatedBoard, _hand: Hand) -> None:
        first, second = edges(board, "K1"), edges(board, "K1")
        for level in (1, 1, 0, 1):
            board.pin("K1").value(level)
        assert first == second
        assert [level for level, _ in first] == [1, 0, 1]
        times = [at_us for _, at_us in first]
        assert times == sorted(times)

    tell(tmp_path, story)


def test_an_inverted_signal_hides_its_polarity(tmp_path: Path) -> None:
    async def story(board: SimulatedBoard, _hand: Hand) -> None:
        signal = Signal(board.pin("IN2"), invert=True)
        seen: list[bool] = []
        signal.watch(lambda asserted, _at_us: seen.append(asserted))
        assert not signal.value()
        signal.on()
        assert (signal.value(), board.pin("IN2").value()) == (True, 0)
        signal.off()
        assert (signal.value(), board.pin("IN2").value()) == (False, 1)
        assert seen == [True, False]

    tell(tmp_path, story)


def test_swipes_arrive_as_frames_with_gaps_between(tmp_path: Path) -> None:
    async def story(board: SimulatedBoard, hand: Hand) -> None:
        pulses, frames = Pulses(), []

        def edge(bit: int, level: int, at_us: int) -> None:
            if not level and (done := pulses.edge(bit, at_us)):
                frames.append(done)

        board.pin("D0").irq(lambda level, at_us: edge(0, level, at_us))
        board.pin("D1").irq(lambda level, at_us: edge(1, level, at_us))
        sent = [encode("H10301", 7, 11), (0, 1, 0, 1), (1, 0, 1, 1), encode("H10302", 0, 5)]
        for bits in sent:
            await hand.do(SwipeWiegand("D0", "D1", "".join(map(str, bits))))
        await eventually(lambda: len(frames) == 3)
        last = pulses.idle(2**62)
        assert [*frames, last] == sent
        assert board.pin("D0").value() == board.pin("D1").value() == 1
        assert FRAME_GAP_US < 80_000

    tell(tmp_path, story)


def test_a_slow_reader_of_the_camera_gets_the_newest_picture(tmp_path: Path) -> None:
    async def story(board: SimulatedBoard, hand: Hand) -> None:
        for shade in range(5):
            await hand.do(Show("CAM0", bytes([shade]) * 6, 1, 2))
        await hand.do(SetPins({"IN1": 1}))
        await eventually(lambda: board.pin("IN1").value() == 1)
        picture = await board.camera("CAM0").picture()
        assert (picture.rgb, picture.height, picture.width) == (b"\x04" * 6, 1, 2)
        waiting: asyncio.Task[Picture] = asyncio.create_task(board.camera("CAM0").picture())
        await asyncio.sleep(0)
        assert not waiting.done()  # each picture is given once
        await hand.do(Show("CAM0", b"\x09" * 3, 1, 1))
        assert (await waiting).rgb == b"\x09" * 3

    tell(tmp_path, story)


def test_an_unplugged_camera_gives_nothing_until_it_is_back(tmp_path: Path) -> None:
    async def story(board: SimulatedBoard, hand: Hand) -> None:
        await hand.do(Show("CAM0", b"\x01" * 3, 1, 1))
        await hand.do(Unplug("CAM0"))
        await hand.do(Show("CAM0", b"\x02" * 3, 1, 1))
        assert (await board.camera("CAM0").picture()).rgb == b"\x02" * 3

    tell(tmp_path, story)


def test_what_is_written_to_a_uart_is_seen(tmp_path: Path) -> None:
    async def story(board: SimulatedBoard, hand: Hand) -> None:
        board.uart("DISPLAY").write("Grüß Gott\n".encode())
        await eventually(lambda: hand.written == {"DISPLAY": "Grüß Gott\n".encode()})

    tell(tmp_path, story)


def test_two_hands_see_the_same_and_one_may_go(tmp_path: Path) -> None:
    async def story(board: SimulatedBoard, hand: Hand) -> None:
        other = await reach(tmp_path / "board.sock")
        await eventually(lambda: other.levels)
        other.close()
        board.pin("K2").value(1)
        await eventually(lambda: hand.levels["K2"] == 1)
        await hand.changed(timeout_s=0.01)

    tell(tmp_path, story)


def test_a_hand_is_told_that_the_board_has_gone(tmp_path: Path) -> None:
    async def story(board: SimulatedBoard, hand: Hand) -> None:
        await board.close()
        await eventually(lambda: hand.gone)

    tell(tmp_path, story)


NONSENSE = [
    b"",
    b"\xc1",
    msgspec.msgpack.encode({"type": "Explode"}),
    msgspec.msgpack.encode({"type": "SetPins"}),
    b"\x81\xa4type\xa7SetPin\xff",
    b"\x91" * 100_000,
    msgspec.msgpack.encode(SetPins({"K9": 1, "IN1": 1})),
    msgspec.msgpack.encode(SetAnalogs({"AIN9": 1000})),
    msgspec.msgpack.encode(SetAnalogs({"IN1": 1000})),
    msgspec.msgpack.encode(SwipeWiegand("D0", "D9", "0101")),
    msgspec.msgpack.encode(Show("CAM0", b"\x00" * 5, 1, 2)),
    msgspec.msgpack.encode(Show("CAM0", b"\x00" * 3, -1, -1)),
    msgspec.msgpack.encode(Show("CAM9", b"\x00" * 3, 1, 1)),
    msgspec.msgpack.encode(Unplug("CAM9")),
]


@pytest.mark.parametrize("frame", NONSENSE, ids=lambda frame: repr(frame[:24]))
def test_a_stimulus_without_sense_does_nothing(frame: bytes, tmp_path: Path) -> None:
    async def story(board: SimulatedBoard, hand: Hand) -> None:
        await ignored(board, tmp_path, [frame])
        assert board.pin("IN1").value() == 0

    tell(tmp_path, story)


async def ignored(board: SimulatedBoard, folder: Path, frames: list[bytes]) -> None:
    """Each frame is taken over one connection, which then still works; no picture was shown."""
    connection = await stream.connect(folder / "board.sock", CAP)
    for frame in frames:
        await connection.send(frame)
    await connection.send(msgspec.msgpack.encode(SetPins({"IN3": 1})))
    await eventually(lambda: board.pin("IN3").value() == 1)
    connection.close()
    camera = board.camera("CAM0")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(camera.picture(), 0.001)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_garbage_does_nothing(frames: list[bytes]) -> None:
    async def story(folder: Path) -> None:
        async with worked(folder) as (board, _hand):
            await ignored(board, folder, frames)

    with TemporaryDirectory() as folder:
        asyncio.run(story(Path(folder)))


HANGS = """
import asyncio, sys, time
from board.simulated import SimulatedWDT

async def live():
    dog = SimulatedWDT(300)
    for _ in range(12):
        dog.feed()
        await asyncio.sleep(0.05)
    print("fed", flush=True)
    if sys.argv[1] == "hang":
        time.sleep(20)
    print("well", flush=True)

asyncio.run(live())
"""


@pytest.mark.parametrize(
    ("way", "said", "code"), [("hang", b"fed\n", -9), ("feed", b"fed\nwell\n", 0)]
)
def test_the_watchdog_kills_who_hangs_and_spares_who_feeds(
    way: str, said: bytes, code: int
) -> None:
    child = subprocess.run(
        (sys.executable, "-c", HANGS, way), stdout=subprocess.PIPE, timeout=30, check=False
    )
    assert (child.stdout, child.returncode) == (said, code)


def test_a_door_that_stands_open_outlives_the_process(tmp_path: Path) -> None:
    async def opened(board: SimulatedBoard, hand: Hand) -> None:
        await hand.do(SetPins({"IN1": 1, "IN2": 0}))
        await eventually(lambda: board.pin("IN1").value() == 1)

    async def found(board: SimulatedBoard, hand: Hand) -> None:
        assert (hand.levels["IN1"], hand.levels["IN2"]) == (1, 0)

    tell(tmp_path, opened)
    tell(tmp_path, found)


@pytest.mark.parametrize("garbage", [b"", b"\xff", b"[1]", b'{"IN1":"high"}'])
def test_garbage_instead_of_kept_levels_is_forgotten(tmp_path: Path, garbage: bytes) -> None:
    async def story(board: SimulatedBoard, hand: Hand) -> None:
        assert hand.levels["IN1"] == 0

    (tmp_path / "board.levels").write_bytes(garbage)
    tell(tmp_path, story)

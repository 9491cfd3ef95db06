"""Pulses become cards and keys; what chatters or makes no sense is bounded."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import product
from pathlib import Path

import msgspec
import pytest

from appliance.readers import keypad
from appliance.readers.reader import CardRead, KeyRead, Read
from appliance.readers.wiegand import WAITING_READS, Wiegand
from board import wiegand
from board.link.answers import Feedback
from board.stimulus import SwipeWiegand
from tests.appliance.bench import Board, site
from tests.coprocessor.waiting import eventually

CARD = wiegand.encode("H10301", 7, 11)
PINS = site().portals["front"].reader


def tell(
    folder: Path,
    story: Callable[[Board, Wiegand, list[Read]], Awaitable[None]],
    *,
    with_keypad: bool = True,
) -> None:
    async def told() -> None:
        board = Board(folder / "board.sock")
        reader = Wiegand(board, msgspec.structs.replace(PINS, keypad=with_keypad))
        reads: list[Read] = []

        async def listen() -> None:
            async for read in reader.reads():
                reads.append(read)

        listening = asyncio.create_task(listen())
        await story(board, reader, reads)
        listening.cancel()

    asyncio.run(told())


def swipe(board: Board, bits: tuple[int, ...]) -> None:
    board._apply(SwipeWiegand("D0", "D1", "".join(map(str, bits))))


def test_a_card_is_read_bit_for_bit(tmp_path: Path) -> None:
    async def story(board: Board, _reader: Wiegand, reads: list[Read]) -> None:
        swipe(board, CARD)
        await eventually(lambda: reads)
        swipe(board, CARD)
        await eventually(lambda: len(reads) == 2)
        assert reads == [CardRead(CARD)] * 2

    tell(tmp_path, story)


def test_every_key_is_read_and_a_card_between_keys_is_a_card(tmp_path: Path) -> None:
    async def story(board: Board, _reader: Wiegand, reads: list[Read]) -> None:
        codes = [tuple(map(int, f"{code:04b}")) for code in range(12)]
        for bits in (*codes[:6], CARD, *codes[6:]):
            swipe(board, bits)
        await eventually(lambda: len(reads) == 13)
        keys: list[Read] = [KeyRead(key) for key in "0123456789*#"]
        assert reads == [*keys[:6], CardRead(CARD), *keys[6:]]

    tell(tmp_path, story)


def test_without_a_keypad_keys_are_nothing(tmp_path: Path) -> None:
    async def story(board: Board, _reader: Wiegand, reads: list[Read]) -> None:
        swipe(board, (0, 1, 0, 1))
        swipe(board, CARD)
        await eventually(lambda: reads)
        assert reads == [CardRead(CARD)]

    tell(tmp_path, story, with_keypad=False)


def test_a_four_bit_frame_is_a_key_or_nothing_of_the_kind() -> None:
    found = [keypad.key(bits) for bits in product((0, 1), repeat=4)]
    assert "".join(found) == "0123456789*#"
    assert len(found) == 16


@pytest.mark.parametrize("length", [0, 1, 2, 3, 5, 8, 26])
def test_a_frame_of_another_length_is_no_key(length: int) -> None:
    """Eight bits are a key and its complement, in either order: not guessed at."""
    assert keypad.key((1,) * length) == ""
    assert keypad.key((1, 1, 1, 0, 0, 0, 0, 1)) == ""


@pytest.mark.parametrize("bits", [1, 3, 5, 8, 15])
def test_too_few_bits_for_a_card_disturb_nobody(bits: int, tmp_path: Path) -> None:
    async def story(board: Board, _reader: Wiegand, reads: list[Read]) -> None:
        swipe(board, (1,) * bits)
        swipe(board, (0, 0, 0, 1))
        await eventually(lambda: reads)
        assert reads == [KeyRead("1")]

    tell(tmp_path, story)


def test_a_reader_that_chatters_is_bounded(tmp_path: Path) -> None:
    async def story(board: Board, _reader: Wiegand, reads: list[Read]) -> None:
        for _ in range(10 * WAITING_READS):
            swipe(board, (0, 1, 0, 1))  # all before anybody takes one
        await eventually(lambda: len(reads) >= WAITING_READS)
        assert len(reads) == WAITING_READS
        for _ in range(5_000):
            board.pin("D0").value(1 - board.pin("D0").value())
        await eventually(lambda: len(reads) > WAITING_READS)
        assert all(len(read.bits) <= 256 for read in reads if isinstance(read, CardRead))

    tell(tmp_path, story)


@pytest.mark.parametrize(
    ("led", "green", "red"),
    [("green", 1, 0), ("red", 0, 1), ("amber", 1, 1), ("off", 0, 0), ("blue", 0, 0)],
)
def test_led_and_buzzer_show_the_feedback(led: str, green: int, red: int, tmp_path: Path) -> None:
    async def story(board: Board, reader: Wiegand, _reads: list[Read]) -> None:
        for buzzer in (True, False):
            reader.show(Feedback(led, "", buzzer=buzzer))
            levels = [board.pin(name).value() for name in ("LED-G", "LED-R", "BUZZ")]
            assert levels == [green, red, int(buzzer)]

    tell(tmp_path, story)

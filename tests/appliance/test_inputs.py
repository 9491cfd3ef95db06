"""An input is what has settled; one that never settles counts as asserted."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from appliance.inputs import RESTLESS_S, SETTLE_S, Input
from appliance.sections import Contact
from tests.appliance.bench import Board
from tests.coprocessor.waiting import eventually

CLOSED_LOOP = Contact("IN1")
BUTTON = Contact("IN2", "low")


def tell(
    folder: Path, contact: Contact, story: Callable[[Board, Input, list[bool]], Awaitable[None]]
) -> None:
    async def told() -> None:
        board, seen = Board(folder / "board.sock"), list[bool]()
        await story(board, Input(board, contact, seen.append), seen)

    asyncio.run(told())


def test_a_level_that_stays_is_told_once(tmp_path: Path) -> None:
    async def story(board: Board, button: Input, seen: list[bool]) -> None:
        assert not button.asserted
        board.pin("IN2").value(0)
        assert seen == []
        await eventually(lambda: seen == [True])
        board.pin("IN2").value(1)
        await eventually(lambda: seen == [True, False])
        assert not button.asserted

    tell(tmp_path, BUTTON, story)


def test_polarity_is_the_sites(tmp_path: Path) -> None:
    async def story(board: Board, contact: Input, seen: list[bool]) -> None:
        board.pin("IN1").value(1)
        await eventually(lambda: seen == [True] and contact.asserted)

    tell(tmp_path, CLOSED_LOOP, story)


def test_a_level_found_at_the_start_is_taken_as_it_is(tmp_path: Path) -> None:
    async def story(board: Board, _button: Input, _seen: list[bool]) -> None:
        board.pin("IN2").value(0)
        seen: list[bool] = []
        assert Input(board, BUTTON, seen.append).asserted
        await asyncio.sleep(2 * SETTLE_S)
        assert seen == []

    tell(tmp_path, BUTTON, story)


def test_a_spike_is_nothing(tmp_path: Path) -> None:
    async def story(board: Board, button: Input, seen: list[bool]) -> None:
        board.pin("IN2").value(0)
        board.pin("IN2").value(1)
        await asyncio.sleep(3 * SETTLE_S)
        assert seen == []
        assert not button.asserted

    tell(tmp_path, BUTTON, story)


def test_bounce_is_one_change(tmp_path: Path) -> None:
    async def story(board: Board, _button: Input, seen: list[bool]) -> None:
        for level in (0, 1, 0, 1, 0):
            board.pin("IN2").value(level)
        await eventually(lambda: seen)
        await asyncio.sleep(2 * SETTLE_S)
        assert seen == [True]

    tell(tmp_path, BUTTON, story)


def test_a_button_with_a_loose_wire_still_lets_out(tmp_path: Path) -> None:
    """Edges faster than it can settle, for ever: a REX that only chatters is a REX."""

    async def story(board: Board, button: Input, seen: list[bool]) -> None:
        clock = asyncio.get_running_loop()
        until_s = clock.time() + 5 * RESTLESS_S
        while not seen and clock.time() < until_s:
            board.pin("IN2").value(1 - board.pin("IN2").value())
            await asyncio.sleep(SETTLE_S / 10)
        assert seen == [True]
        board.pin("IN2").value(1)  # and when it rests at last, it is what it is
        await eventually(lambda: seen == [True, False] and not button.asserted)

    tell(tmp_path, BUTTON, story)

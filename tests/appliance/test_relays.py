"""A strike is released by power, or by its absence; it is told what to be, again and again."""

import asyncio
from pathlib import Path

import pytest

from appliance.relays import Relays
from tests.appliance.bench import Board, Vault, running, site
from tests.coprocessor.waiting import eventually

HELD = [("fail-secure", 0), ("fail-safe", 1), ("maglock", 1)]


@pytest.mark.parametrize(
    ("strike_type", "released", "level"),
    [
        ("fail-secure", True, 1),
        ("fail-secure", False, 0),
        ("fail-safe", True, 0),
        ("fail-safe", False, 1),
        ("maglock", True, 0),
        ("maglock", False, 1),
    ],
)
def test_a_strike_by_its_type(strike_type: str, released: bool, level: int, tmp_path: Path) -> None:
    async def story() -> None:
        board = Board(tmp_path / "board.sock")
        relays = Relays(board, site(strike_type=strike_type).portals["front"])
        for before in (0, 1):
            board.pin("K1").value(before)
            board.pin("K2").value(before)
            relays.be(released=released, sounding=released)
            assert board.pin("K1").value() == level
            assert board.pin("K2").value() == int(released)

    asyncio.run(story())


@pytest.mark.parametrize(("strike_type", "secured"), HELD)
def test_a_lost_write_is_repaired_by_the_next_tick(
    strike_type: str, secured: int, vault: Vault, tmp_path: Path
) -> None:
    async def story() -> None:
        async with running(vault, tmp_path, strike_type=strike_type) as scene:
            strike = scene.board.pin("K1")
            assert strike.value() == secured
            strike.value(1 - secured)
            await eventually(lambda: strike.value() == secured)
            scene.board.pin("K2").value(1)
            await eventually(lambda: scene.board.pin("K2").value() == 0)

    asyncio.run(story())


@pytest.mark.parametrize(("strike_type", "secured"), HELD)
def test_a_stopped_terminal_leaves_the_strike_secured(
    strike_type: str, secured: int, vault: Vault, tmp_path: Path
) -> None:
    async def story() -> None:
        async with running(vault, tmp_path, strike_type=strike_type, unlock_ms=60_000) as scene:
            scene.board.pin("IN2").value(0)
            await eventually(lambda: scene.board.pin("K1").value() != secured)
        assert scene.board.pin("K1").value() == secured
        assert scene.board.pin("K2").value() == 0

    asyncio.run(story())

"""The watchdog is fed while every task beats, and by nobody else."""

import asyncio
from pathlib import Path

import pytest

from appliance.heartbeat import EVERY_S, Heartbeat
from appliance.post import Post
from appliance.watch import Watch
from tests.appliance.bench import Vault, Watchdog, running
from tests.coprocessor.waiting import eventually

LONGEST_S = 6.0
"""Less than the shortest watchdog a site may have, 8 s."""


def test_it_is_fed_only_while_every_task_beats() -> None:
    async def story() -> None:
        dog = Watchdog()
        heartbeat = Heartbeat(dog)
        first, second = heartbeat.task("first"), heartbeat.task("second")
        beating = asyncio.create_task(heartbeat.run())
        await eventually(lambda: dog.fed == 1)
        first()
        second()
        await eventually(lambda: dog.fed == 2)
        first()
        first()
        await asyncio.sleep(1.6 * EVERY_S)
        assert dog.fed == 2
        second()
        await eventually(lambda: dog.fed == 3)
        beating.cancel()

    asyncio.run(story())


def test_a_terminal_that_runs_is_fed(vault: Vault, tmp_path: Path) -> None:
    async def story() -> None:
        async with running(vault, tmp_path) as scene:
            await eventually(lambda: scene.board.dog.fed >= 2)

    asyncio.run(story())


@pytest.mark.parametrize("room", [Post, Watch])
def test_a_task_that_hangs_is_not_fed_for(
    room: type, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The door's own tasks go on all the while."""
    hangs = asyncio.Event()

    async def run(self: object, *given: object) -> None:
        given[-1]()  # type: ignore[operator]
        hangs.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(room, "run", run)

    async def story() -> None:
        async with running(vault, tmp_path) as scene:
            await hangs.wait()
            await asyncio.sleep(1.6 * EVERY_S)
            fed = scene.board.dog.fed
            await asyncio.sleep(2.6 * EVERY_S)
            assert scene.board.dog.fed == fed

    asyncio.run(story())


def test_a_vault_that_does_not_answer_is_no_reason_for_a_reset(
    vault: Vault, tmp_path: Path
) -> None:
    """A reset would not mend the disk, and the door still lets people out."""

    async def story() -> None:
        async with running(vault, tmp_path) as scene:
            await eventually(lambda: scene.board.dog.fed >= 2)
            with vault.locked():
                scene.terminal._post.nudge()
                fed = scene.board.dog.fed
                await asyncio.sleep(LONGEST_S)
                assert scene.board.dog.fed > fed

    asyncio.run(story())

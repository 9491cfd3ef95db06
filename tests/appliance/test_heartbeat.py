"""The watchdog is fed while every task beats, and by nobody else."""

import asyncio
from pathlib import Path

from appliance.heartbeat import EVERY_S, Heartbeat
from tests.appliance.bench import Vault, Watchdog, running
from tests.coprocessor.waiting import eventually


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

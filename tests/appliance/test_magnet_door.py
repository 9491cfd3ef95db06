"""A door held by a magnet: it is missed where it ought to hold, and nowhere else."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.appliance.bench import Scene, Vault, running
from tests.coprocessor.waiting import eventually

HOLDS, LETS_GO = 667, 500
BOND = "AIN5"


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.s = 1_000.0

    def __call__(self) -> float:
        return self.s


def tell(
    vault: Vault, folder: Path, story: Callable[[Scene], Awaitable[None]], **portal: Any
) -> None:
    magnet: dict[str, Any] = {
        "strike_type": "maglock",
        "bond": {"pin": BOND, "supervised": True},
        "bond_ms": 100,
        "held_ms": 60_000,
    }

    async def told() -> None:
        async with running(vault, folder, **(magnet | portal)) as scene:
            await story(scene)

    (folder / "run").mkdir()
    (folder / "run" / "board.levels").write_text(f'{{"{BOND}": {HOLDS}}}')
    asyncio.run(told())


def bond(scene: Scene, permille: int) -> None:
    scene.board.adc(BOND).put(permille)


def leaf(scene: Scene, opened: bool) -> None:
    scene.board.pin("IN1").value(int(opened))


def faults(vault: Vault) -> list[str]:
    return [state for kind, state in vault.alerts() if kind == "lock_fault"]


def power(scene: Scene) -> int:
    return scene.board.pin("K1").value()


def test_power_holds_the_door_and_rex_takes_it_away(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        assert power(scene) == 1
        scene.board.pin("IN2").value(0)
        await eventually(lambda: power(scene) == 0)
        bond(scene, LETS_GO)
        await asyncio.sleep(0.5)  # longer than bond_ms: a released magnet need not hold
        assert faults(vault) == []
        scene.board.pin("IN2").value(1)
        await eventually(lambda: power(scene) == 1)
        bond(scene, HOLDS)
        await asyncio.sleep(0.5)
        assert faults(vault) == []

    tell(vault, tmp_path, story)


def test_a_magnet_that_does_not_hold_is_told_once_and_its_end_once(
    vault: Vault, tmp_path: Path
) -> None:
    async def story(scene: Scene) -> None:
        bond(scene, LETS_GO)
        await eventually(lambda: faults(vault) == ["raised"])
        entry = await scene.recorded("lock_fault")
        assert entry.portal == "front"
        assert scene.status.alarm == "door-fault"
        bond(scene, HOLDS)
        await eventually(lambda: faults(vault) == ["raised", "cleared"])
        assert power(scene) == 1

    tell(vault, tmp_path, story)


def test_an_open_door_is_not_held(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        leaf(scene, True)
        bond(scene, LETS_GO)
        await asyncio.sleep(0.6)
        assert faults(vault) == []
        leaf(scene, False)  # shut again, and still not held: now it is a fault
        await eventually(lambda: faults(vault) == ["raised"])

    tell(vault, tmp_path, story)


def test_a_magnet_has_time_to_hold(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        magnet = scene.terminal._entrances["front"].magnet
        clock = Clock()
        magnet._clock_s, magnet._held_s = clock, clock.s

        def fails_after(seconds: float) -> bool:
            clock.s += seconds
            magnet.look()
            return magnet.fails

        bond(scene, LETS_GO)
        await eventually(magnet._loose)
        assert [fails_after(seconds) for seconds in (0, 0.999, 0.001)] == [False, False, True]
        bond(scene, HOLDS)
        await eventually(lambda: not magnet._loose())
        assert not fails_after(5)

    tell(vault, tmp_path, story, bond_ms=1_000)


def test_a_bond_line_that_is_cut_is_a_fault_of_the_line_alone(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        bond(scene, 1000)
        await eventually(lambda: ("input_fault", "raised") in vault.alerts())
        await asyncio.sleep(0.5)
        assert faults(vault) == []

    tell(vault, tmp_path, story)


def test_a_magnet_without_a_sensor_is_never_missed(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await asyncio.sleep(0.6)
        assert faults(vault) == []
        assert not scene.terminal._entrances["front"].magnet.fails

    tell(vault, tmp_path, story, bond=None)

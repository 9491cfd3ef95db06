"""A door on supervised lines: what a cut or shorted wire does, and what it must not do."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from board.link.alerts import Alert
from tests.appliance.bench import Scene, Vault, running, site
from tests.coprocessor.waiting import eventually

CLOSED, OPEN, CUT, SHORT = 500, 667, 1000, 0
LINES = {"contact": "AIN1", "rex": "AIN2", "tamper": "AIN3", "fire": "AIN4"}
DAMAGE = {"cut": CUT, "short": SHORT}
Story = Callable[[Scene], Awaitable[None]]


def tell(vault: Vault, folder: Path, story: Story, *, fault: str = "idle", **levels: int) -> None:
    """A terminal whose four inputs are all supervised; REX closes when pressed, the others open."""
    call: dict[str, Any] = {"supervised": True, "fault": fault}
    front: dict[str, Any] = {
        "contact": {"pin": "AIN1", "supervised": True},
        "rex": {"pin": "AIN2", "asserted": "low"} | call,
    }
    others = {"tamper": {"pin": "AIN3", "supervised": True}, "fire": {"pin": "AIN4"} | call}
    built = msgspec.to_builtins(site(held_ms=60_000, **front))
    whole = msgspec.convert(built | others, type(site()))
    (folder / "run").mkdir()
    found = {"AIN2": OPEN} | {LINES[name]: permille for name, permille in levels.items()}
    (folder / "run" / "board.levels").write_bytes(msgspec.json.encode(found))

    async def told() -> None:
        async with running(vault, folder, whole=whole) as scene:
            await story(scene)

    asyncio.run(told())


def put(scene: Scene, name: str, permille: int) -> None:
    scene.board.adc(LINES[name]).put(permille)


def strike(scene: Scene) -> int:
    return scene.board.pin("K1").value()


def faults(vault: Vault) -> list[tuple[str, str, str]]:
    """Portal, reason and state of each alert about a line."""
    rows = vault.do(lambda store: store._database.rows("SELECT body FROM outbox ORDER BY sequence"))
    told = [msgspec.json.decode(row[0], type=Alert) for row in rows]
    return [(one.portal, one.reason, one.state) for one in told if one.kind == "input_fault"]


def test_the_door_works_as_with_plain_inputs(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        put(scene, "rex", CLOSED)
        await scene.released()
        put(scene, "contact", OPEN)
        await eventually(lambda: scene.status.leaf == "open")
        put(scene, "rex", OPEN)
        put(scene, "contact", CLOSED)
        await eventually(lambda: scene.status.leaf == "shut" and not strike(scene))
        put(scene, "tamper", OPEN)
        await eventually(lambda: ("tamper", "raised") in vault.alerts())
        put(scene, "fire", OPEN)
        await eventually(lambda: strike(scene) == 1 and scene.status.fire)
        assert faults(vault) == []

    tell(vault, tmp_path, story)


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", LINES)
def test_a_damaged_line_is_told_once_and_its_end_once(
    name: str, damage: str, vault: Vault, tmp_path: Path
) -> None:
    async def story(scene: Scene) -> None:
        put(scene, name, DAMAGE[damage])
        where = "front" if name in ("contact", "rex") else "terminal"
        raised = (where, f"{name}_{damage}", "raised")
        await eventually(lambda: faults(vault) == [raised])
        put(scene, name, OPEN if name == "rex" else CLOSED)
        await eventually(lambda: faults(vault) == [raised, (*raised[:2], "cleared")])
        entry = await scene.recorded("input_fault")
        assert (entry.portal, vault.body(entry)) == (where, {"reason": f"{name}_{damage}"})
        assert vault.kinds().count("input_fault_over") == 1

    tell(vault, tmp_path, story)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_contact_that_cannot_be_read_counts_as_open(
    damage: str, vault: Vault, tmp_path: Path
) -> None:
    async def story(scene: Scene) -> None:
        put(scene, "contact", DAMAGE[damage])
        await eventually(lambda: ("door_forced", "raised") in vault.alerts())
        assert scene.status.inputs["contact"]
        assert scene.board.strike == []

    tell(vault, tmp_path, story)


def test_a_tamper_line_that_is_cut_is_tampering(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        put(scene, "tamper", CUT)
        await eventually(lambda: ("tamper", "raised") in vault.alerts())

    tell(vault, tmp_path, story)


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["rex", "fire"])
def test_a_damaged_line_opens_nothing(name: str, damage: str, vault: Vault, tmp_path: Path) -> None:
    """Promise 2, unless the site has chosen otherwise: docs/decisions/0019."""

    async def story(scene: Scene) -> None:
        put(scene, name, DAMAGE[damage])
        await eventually(lambda: faults(vault))
        await asyncio.sleep(0.1)
        assert scene.board.strike == []
        assert not scene.status.inputs[name]

    tell(vault, tmp_path, story)


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["rex", "fire"])
def test_a_site_may_choose_that_a_damaged_line_releases(
    name: str, damage: str, vault: Vault, tmp_path: Path
) -> None:
    """Promise 1, for a door whose only way out this is; the alarm is told all the same."""

    async def story(scene: Scene) -> None:
        put(scene, name, DAMAGE[damage])
        await scene.released()
        await asyncio.sleep(0.5)  # longer than unlock_ms: it does not relock in between
        assert scene.board.strike == [1]
        await eventually(lambda: [reason for _, reason, _ in faults(vault)] == [f"{name}_{damage}"])
        put(scene, name, OPEN if name == "rex" else CLOSED)
        await eventually(lambda: strike(scene) == 0)

    tell(vault, tmp_path, story, fault="asserted")


def test_a_line_found_cut_at_the_start_is_told(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await eventually(lambda: faults(vault) == [("front", "contact_cut", "raised")])
        assert scene.status.leaf == "open"  # as it is found: who opened it, nobody saw
        assert scene.board.strike == []

    tell(vault, tmp_path, story, contact=CUT)


def test_a_line_that_is_cut_is_a_fault_of_its_door(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        put(scene, "rex", CUT)
        await eventually(lambda: scene.status.alarm == "door-fault")
        put(scene, "rex", OPEN)
        await eventually(lambda: scene.status.alarm == "normal")
        put(scene, "contact", CUT)
        await eventually(lambda: scene.status.alarm == "forced-open")  # which is graver

    tell(vault, tmp_path, story)


def test_rex_still_releases_while_another_line_is_cut(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        put(scene, "contact", CUT)
        await eventually(lambda: faults(vault))
        scene.terminal._entrances["front"].portal.set_mode("lockdown")
        put(scene, "rex", CLOSED)
        await scene.released()

    tell(vault, tmp_path, story)

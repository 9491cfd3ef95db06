"""A door that a schedule sets free: from when, by whom, until when, and by which clock."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from appliance import door
from appliance.portal import Portal
from appliance.vault import calendar
from appliance.vault.faults import StorageFault
from board.link import admin
from board.windows import parse
from tests.appliance.bench import Scene, Vault, running
from tests.appliance.test_schedule_door import BERLIN, Wall, ask, at
from tests.coprocessor.waiting import eventually

KEEPER = 12
Story = Callable[[Scene, Portal], Awaitable[None]]


def open_hours(vault: Vault, *windows: str) -> None:
    vault.do(lambda store: calendar.set_schedule(store, "public", parse(list(windows))))


@pytest.fixture
def public(vault: Vault) -> Vault:
    vault.enrol(KEEPER)
    open_hours(vault, "mon-fri 09:00-17:00")
    return vault


def tell(vault: Vault, folder: Path, wall: Wall, story: Story, **portal: Any) -> None:
    async def told() -> None:
        doors = {"factors": "card", "free_schedule": "public", "unlock_ms": 100} | portal
        async with running(vault, folder, BERLIN, wall_ms=wall, **doors) as scene:
            await story(scene, scene.terminal._entrances["front"].portal)

    asyncio.run(told())


async def look(scene: Scene) -> None:
    await scene.terminal._opening.look()


def strike(scene: Scene) -> int:
    return scene.board.pin("K1").value()


async def come_in(scene: Scene) -> None:
    """The keeper's card, and the grant from its beginning to its end."""
    before = len(scene.board.strike)
    await scene.card(KEEPER)
    await eventually(lambda: 1 in scene.board.strike[before:], "granted")
    await eventually(lambda: scene.status.lock == "secured", "the grant is over")


@pytest.mark.parametrize(
    ("now_ms", "free"),
    [
        (at(8, 59), False),
        (at(9), True),
        (at(16, 59), True),
        (at(17), False),
        (at(12, day=28), False),
        (0, False),  # a clock that was never set opens nothing
    ],
)
def test_the_schedule_frees_the_door(
    public: Vault, tmp_path: Path, now_ms: int, free: bool
) -> None:
    async def story(scene: Scene, _portal: Portal) -> None:
        await look(scene)
        assert strike(scene) == free
        assert scene.status.alarm == ("free-access" if free else "normal")
        assert scene.status.mode == "normal"

    tell(public, tmp_path, Wall(now_ms), story)


def test_it_is_looked_at_again_and_again_and_told_when_it_begins(
    public: Vault, tmp_path: Path
) -> None:
    open_hours(public, "mon-fri 18:00-19:00")

    async def story(scene: Scene, _portal: Portal) -> None:
        await look(scene)
        assert strike(scene) == 0
        open_hours(public, "mon-fri 09:00-17:00")
        await scene.released()
        await scene.recorded("free_hours")
        open_hours(public)
        await scene.recorded("free_hours_over")
        assert scene.board.strike == [1, 0]

    tell(public, tmp_path, Wall(at(12)), story)


def test_a_door_that_stands_open_when_the_hours_end_is_held_from_then_on(
    public: Vault, tmp_path: Path
) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        await look(scene)
        scene.board.pin("IN1").value(1)
        await eventually(lambda: scene.status.leaf == "open")
        assert door.HELD_OUT not in portal._timers
        open_hours(public)
        await look(scene)
        assert (strike(scene), scene.status.leaf) == (0, "open")
        assert door.HELD_OUT in portal._timers
        await eventually(lambda: scene.status.leaf == "held")
        kinds = [alert for alert in public.alerts() if alert[0] == "door_forced"]
        assert kinds == []

    tell(public, tmp_path, Wall(at(12)), story)


def test_the_first_person_sets_it_free_for_all(public: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        await look(scene)
        assert strike(scene) == 0
        await come_in(scene)
        assert strike(scene) == 1
        open_hours(public)
        await look(scene)
        assert strike(scene) == 0
        open_hours(public, "mon-fri 09:00-17:00")
        await look(scene)
        assert strike(scene) == 0  # another opening, another first person
        portal.handle(door.REX)
        portal.handle(door.RELOCK)
        assert strike(scene) == 0  # who leaves is not the first to come

    tell(public, tmp_path, Wall(at(12)), story, first_person=True)


def test_who_comes_before_the_hours_is_not_the_first_person(public: Vault, tmp_path: Path) -> None:
    open_hours(public)

    async def story(scene: Scene, _portal: Portal) -> None:
        await look(scene)
        await come_in(scene)
        open_hours(public, "mon-fri 09:00-17:00")
        await look(scene)
        assert strike(scene) == 0

    tell(public, tmp_path, Wall(at(12)), story, first_person=True)


def test_a_lockdown_hides_the_hours_and_wants_a_new_first_person(
    public: Vault, tmp_path: Path
) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        await look(scene)
        await come_in(scene)
        portal.set_mode("lockdown")
        assert (strike(scene), scene.status.alarm) == (0, "lock-down")
        await look(scene)
        assert strike(scene) == 0
        portal.set_mode("normal")
        assert strike(scene) == 0
        await come_in(scene)
        assert strike(scene) == 1

    tell(public, tmp_path, Wall(at(12)), story, first_person=True)


def test_the_end_of_a_lockdown_within_the_hours_frees_again(public: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        portal.set_mode("lockdown")
        await look(scene)
        assert strike(scene) == 0
        portal.set_mode("normal")
        assert strike(scene) == 1

    tell(public, tmp_path, Wall(at(12)), story)


def test_an_order_to_be_free_outlasts_the_hours(public: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        await look(scene)
        portal.set_mode("free")
        open_hours(public)
        await look(scene)
        assert strike(scene) == 1
        portal.set_mode("normal")
        assert strike(scene) == 0

    tell(public, tmp_path, Wall(at(12)), story)


def test_a_restart_within_the_hours_frees_again_or_waits_for_a_new_first_person(
    public: Vault, tmp_path: Path
) -> None:
    async def frees(scene: Scene, _portal: Portal) -> None:
        await scene.released()

    async def waits(scene: Scene, _portal: Portal) -> None:
        await look(scene)
        assert strike(scene) == 0

    wall = Wall(at(12))
    tell(public, tmp_path, wall, frees)
    tell(public, tmp_path, wall, frees)
    tell(public, tmp_path, wall, waits, first_person=True)


def test_a_clock_that_jumps_ends_the_hours(public: Vault, tmp_path: Path) -> None:
    wall = Wall(at(12))

    async def story(scene: Scene, _portal: Portal) -> None:
        await look(scene)
        assert strike(scene) == 1
        wall.at_ms = at(15)
        await look(scene)
        assert strike(scene) == 0

    tell(public, tmp_path, wall, story)


def test_a_vault_that_does_not_answer_frees_nothing(
    public: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise StorageFault("the disk is gone")

    async def story(scene: Scene, _portal: Portal) -> None:
        await look(scene)
        assert strike(scene) == 1
        monkeypatch.setattr(calendar, "hours", fails)
        await look(scene)
        assert strike(scene) == 0

    tell(public, tmp_path, Wall(at(12)), story)


def test_a_schedule_that_is_not_there_frees_nothing_and_is_said_once(
    vault: Vault, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(scene: Scene, _portal: Portal) -> None:
        await look(scene)
        await look(scene)
        assert strike(scene) == 0

    with caplog.at_level(logging.WARNING, "appliance.opening"):
        tell(vault, tmp_path, Wall(at(12)), story)
    (said,) = [record.message for record in caplog.records]
    assert said == (
        "portals.front.free_schedule: no schedule 'public', so it frees nothing; "
        "make it with `cardea schedules set public`"
    )


def test_a_schedule_that_frees_a_door_is_not_removed(public: Vault, tmp_path: Path) -> None:
    async def story(_scene: Scene, _portal: Portal) -> None:
        refused = await ask(tmp_path, admin.RemoveSchedule("public"))
        assert refused.sentence == (
            "schedule public is in use by free hours of front; give these another schedule first"
        )
        (listed,) = (await ask(tmp_path, admin.Schedules())).schedules
        assert listed.used_by == ("free hours of front",)

    tell(public, tmp_path, Wall(at(12)), story)

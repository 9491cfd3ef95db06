"""A terminal with two doors: each with its own reader, its own strike, and the same fire panel."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance import sections
from board import wiegand
from board.link import answers
from board.stimulus import SwipeWiegand
from board.table import read_table
from tests.appliance.bench import Scene, Vault, running
from tests.coprocessor.waiting import eventually

BOARD = "simulated-double"
DOORS = read_table(BOARD).usual.doors
READER = ("d0", "d1", "led_green", "led_red", "buzzer")
STRIKES = {name: door.strike for name, door in DOORS.items()}


def site(**keys: Any) -> sections.Site:
    """Both doors as the board's table has them, with short times and without a camera."""
    whole = {
        "terminal": {"serial": "demo-2", "board": BOARD},
        "bundle": {"directory": "bundle", "public_key": "0" * 64},
        "tamper": {"pin": "IN5"},
        "fire": {"pin": "IN6"},
        "portals": {name: portal(name) for name in DOORS},
    }
    return msgspec.convert(whole | keys, sections.Site)


def portal(name: str) -> dict[str, Any]:
    door = msgspec.structs.asdict(DOORS[name])
    return {
        "strike": door["strike"],
        "sounder": door["sounder"],
        "display": door["display"],
        "contact": {"pin": door["contact"]},
        "rex": {"pin": door["rex"], "asserted": "low"},
        "reader": {"kind": "wiegand"} | {key: door[key] for key in READER},
        "factors": "card",
        "unlock_ms": 300,
        "held_ms": 60_000,
    }


class Doors:
    """The hands, eyes and cards at both doors."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.vault = scene.vault

    async def card(self, name: str, number: int) -> None:
        bits = "".join(map(str, wiegand.encode("H10301", 7, number)))
        await self.scene.hand.do(SwipeWiegand(DOORS[name].d0, DOORS[name].d1, bits))

    def press(self, name: str, pressed: bool = True) -> None:
        self.scene.board.pin(DOORS[name].rex).value(int(not pressed))

    def leaf(self, name: str, opened: bool) -> None:
        self.scene.board.pin(DOORS[name].contact).value(int(opened))

    def status(self, name: str) -> answers.PortalStatus:
        return self.scene.terminal.status().portals[name]

    def released(self) -> list[str]:
        """Which strikes have power now."""
        return [name for name, pin in STRIKES.items() if self.scene.board.pin(pin).value()]

    async def only(self, *names: str) -> None:
        """Wait until these strikes are released, and no other."""
        await eventually(lambda: self.released() == list(names), f"released: {names}")

    async def refused(self, name: str, number: int, reason: str) -> None:
        """Show a card, and wait for this refusal."""
        count = len(self.vault.reasons())
        await self.card(name, number)
        await eventually(lambda: len(self.vault.reasons()) > count, reason)
        assert self.vault.reasons()[-1] == reason


def tell(
    vault: Vault, folder: Path, story: Callable[[Doors], Awaitable[None]], **keys: Any
) -> None:
    async def told() -> None:
        async with running(vault, folder, whole=site(**keys)) as scene:
            await story(Doors(scene))

    asyncio.run(told())


@pytest.mark.parametrize("name", DOORS)
def test_a_card_opens_the_door_it_is_shown_at(name: str, vault: Vault, tmp_path: Path) -> None:
    vault.enrol(1, portals=tuple(DOORS))

    async def story(doors: Doors) -> None:
        await doors.card(name, 1)
        await doors.only(name)
        assert doors.status(name).feedback.text == "Please come in"
        others = [doors.status(other).feedback.text for other in DOORS if other != name]
        assert others == ["Show your card"]
        await doors.only()
        granted = [entry for entry in vault.journal() if entry.kind == "granted"]
        assert [entry.portal for entry in granted] == [name]

    tell(vault, tmp_path, story)


def test_a_right_at_one_door_is_none_at_the_other(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(1, portals=("outer",))

    async def story(doors: Doors) -> None:
        await doors.refused("inner", 1, "no_right")
        assert doors.released() == []
        await doors.card("outer", 1)
        await doors.only("outer")

    tell(vault, tmp_path, story)


@pytest.mark.parametrize("name", DOORS)
def test_each_rex_releases_its_own_door_also_in_lockdown(
    name: str, vault: Vault, tmp_path: Path
) -> None:
    async def story(doors: Doors) -> None:
        for mode in ("normal", "lockdown"):
            for entrance in doors.scene.terminal._entrances.values():
                entrance.portal.set_mode(mode)
            doors.press(name)
            await doors.only(name)
            doors.press(name, False)
            await doors.only()

    tell(vault, tmp_path, story)


def test_one_forced_door_is_told_of_that_door(vault: Vault, tmp_path: Path) -> None:
    async def story(doors: Doors) -> None:
        doors.leaf("inner", True)
        await eventually(lambda: doors.status("inner").alarm == "forced-open")
        assert doors.status("outer").alarm == "normal"
        entry = await doors.scene.recorded("door_forced")
        assert entry.portal == "inner"
        sounders = [doors.scene.board.pin(door.sounder).value() for door in DOORS.values()]
        assert sounders == [0, 1]

    tell(vault, tmp_path, story)


def test_fire_releases_both_doors_beats_lockdown_alarms_and_is_logged(
    vault: Vault, tmp_path: Path
) -> None:
    async def story(doors: Doors) -> None:
        doors.scene.terminal._entrances["outer"].portal.set_mode("lockdown")
        doors.scene.board.pin("IN6").value(1)
        await doors.only("outer", "inner")
        assert [doors.status(name).alarm for name in DOORS] == ["egress-open", "egress-open"]
        doors.scene.board.pin("IN6").value(0)
        await doors.only()
        assert doors.status("outer").mode == "lockdown"
        await eventually(lambda: vault.alerts().count(("fire_release", "cleared")) == 2)
        assert vault.alerts().count(("fire_release", "raised")) == 2
        logged = [entry.portal for entry in vault.journal() if entry.kind == "fire"]
        assert sorted(logged) == sorted(DOORS)

    tell(vault, tmp_path, story)


def test_fire_does_not_wait_for_the_vault(vault: Vault, tmp_path: Path) -> None:
    async def story(doors: Doors) -> None:
        before = vault.kinds()
        with vault.locked():
            doors.scene.board.pin("IN6").value(1)
            await doors.only("outer", "inner")
            assert vault.kinds() == before
        await eventually(lambda: vault.kinds().count("fire") == 2)

    tell(vault, tmp_path, story)


def test_a_fire_found_at_the_start_has_freed_both(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "board.levels").write_text('{"IN6": 1}')

    async def story(doors: Doors) -> None:
        await doors.only("outer", "inner")

    tell(vault, tmp_path, story)


MANTRAP = {"interlocks": [["outer", "inner"]]}


def test_of_a_mantrap_one_door_opens_at_a_time(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(1, portals=tuple(DOORS))

    async def story(doors: Doors) -> None:
        await doors.card("outer", 1)
        await doors.only("outer")
        await doors.refused("inner", 1, "interlock")  # it may still be opened
        doors.leaf("outer", True)
        await eventually(lambda: doors.status("outer").leaf == "open")
        await doors.only()
        await doors.refused("inner", 1, "interlock")  # secured, and not shut
        doors.leaf("outer", False)
        await eventually(lambda: doors.status("outer").leaf == "shut")
        await doors.card("inner", 1)
        await doors.only("inner")
        await doors.refused("outer", 1, "interlock")
        assert doors.status("inner").alarm == "normal"

    tell(vault, tmp_path, story, **MANTRAP)


@pytest.mark.parametrize("name", DOORS)
def test_whoever_wants_out_of_a_mantrap_waits_for_no_door(
    name: str, vault: Vault, tmp_path: Path
) -> None:
    """Promise 1: the other door stands open, and both may be; it is said."""
    other = "inner" if name == "outer" else "outer"

    async def story(doors: Doors) -> None:
        for entrance in doors.scene.terminal._entrances.values():
            entrance.portal.set_mode("lockdown")
        doors.press(other)
        await doors.only(other)
        doors.leaf(other, True)
        doors.press(name)
        await doors.only(*DOORS)
        doors.leaf(name, True)
        await eventually(lambda: {doors.status(one).alarm for one in DOORS} == {"alarm"})
        doors.leaf(name, False)
        doors.leaf(other, False)
        doors.press(name, False)
        doors.press(other, False)
        await doors.only()

    tell(vault, tmp_path, story, **MANTRAP)


def test_fire_frees_both_doors_of_a_mantrap(vault: Vault, tmp_path: Path) -> None:
    async def story(doors: Doors) -> None:
        doors.press("outer")
        await doors.only("outer")
        doors.leaf("outer", True)
        doors.scene.board.pin("IN6").value(1)
        await doors.only("outer", "inner")

    tell(vault, tmp_path, story, **MANTRAP)


def test_two_cards_at_once_open_one_door(vault: Vault, tmp_path: Path) -> None:
    for number in (1, 2):
        vault.enrol(number, portals=tuple(DOORS))

    async def story(doors: Doors) -> None:
        together: list[tuple[str, ...]] = []
        for pin in STRIKES.values():
            doors.scene.board.pin(pin).irq(lambda *_: together.append(tuple(doors.released())))
        for _ in range(3):
            await asyncio.gather(doors.card("outer", 1), doors.card("inner", 2))
            await eventually(doors.released)
            await doors.only()
        assert tuple(DOORS) not in together
        assert set(vault.reasons()) <= {"interlock"}

    tell(vault, tmp_path, story, **MANTRAP)

"""`cardea schedules`, `groups`, `rights` and `clock`, as an installer types them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from board.link import answers
from provisioning.__main__ import main
from provisioning.table import table
from tests.appliance.bench import PIN, PINS, Scene, Vault, running

BERLIN = {"time_zone": "Europe/Berlin"}
Cardea = Callable[..., Awaitable[str]]


def told(
    vault: Vault,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    at: datetime,
    story: Callable[[Scene, Cardea], Awaitable[None]],
) -> None:
    """A terminal in Berlin at that moment, UTC; `cardea` returns what a command says."""
    now_ms = int(at.timestamp()) * 1_000

    async def cardea(*words: str, code: int = 0) -> str:
        assert await asyncio.to_thread(main, [*words, "--state", str(folder)]) == code
        captured = capsys.readouterr()
        return captured.err if code else captured.out

    async def run() -> None:
        async with running(vault, folder, BERLIN, wall_ms=lambda: now_ms, factors="card") as scene:
            await story(scene, cardea)

    asyncio.run(run())


@pytest.fixture
def empty(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault.db", PINS.hashes(PIN))


def test_a_cleaner_from_the_first_command_to_the_door(
    empty: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def noon(scene: Scene, cardea: Cardea) -> None:
        said = await cardea("schedules", "set", "evenings", "mon-fri 18:00-22:00", "holiday never")
        assert said == "schedule evenings is set\n"
        words = ["--portal", "front", "--schedule", "evenings"]
        assert await cardea("groups", "set", "cleaners", *words) == "group cleaners is set\n"
        enrolled = ["enrol", "Clara", "--facility", "7", "--number", "11", "--group", "cleaners"]
        assert (await cardea(*enrolled)).startswith("enrolled as ")
        await scene.card(11)
        await scene.denied("outside_schedule")

    async def evening(scene: Scene, cardea: Cardea) -> None:
        assert await cardea("clock") == "2037-11-24 18:30 Europe/Berlin: believed\n"
        await scene.card(11)
        await scene.released()

    told(empty, tmp_path, capsys, datetime(2037, 11, 24, 11, tzinfo=UTC), noon)
    told(empty, tmp_path, capsys, datetime(2037, 11, 24, 17, 30, tzinfo=UTC), evening)


def test_the_tables(empty: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ada = empty.enrol(11, name="Ada")

    async def story(_scene: Scene, cardea: Cardea) -> None:
        assert "no schedules and no holidays" in await cardea("schedules")
        assert "no groups" in await cardea("groups", "list")
        await cardea("schedules", "set", "office", "mon-fri 07:00-19:00", "sat 08:00-12:00")
        await cardea("schedules", "set", "closed", "mon-sun never")
        await cardea("schedules", "holiday", "add", "2037-12-25", "Christmas")
        await cardea("groups", "set", "staff", "--portal", "front", "--schedule", "office")
        await cardea("groups", "add", "staff", ada)
        assert (await cardea("schedules")).splitlines() == [
            "schedule  open (Europe/Berlin)  used by",
            "closed    never",
            "office    mon-fri 07:00-19:00   group staff at front",
            "          sat 08:00-12:00",
            "",
            "holiday     name",
            "2037-12-25  Christmas",
        ]
        assert (await cardea("groups")).splitlines() == [
            "group  may pass        members  ids",
            f"staff  front (office)  1        {ada}",
        ]
        assert f"{ada}  Ada   front   always" in await cardea("rights")
        said = await cardea("rights", "set", ada, "--portal", "front", "--schedule", "office")
        assert said == f"holder {ada} may pass front while office is open\n"
        (row,) = (await cardea("holders")).splitlines()[1:]
        assert row.endswith("front    staff")

    told(empty, tmp_path, capsys, datetime(2037, 11, 24, 11, tzinfo=UTC), story)


def test_for_programs(empty: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ada = empty.enrol(11, name="Ada")

    async def story(_scene: Scene, cardea: Cardea) -> None:
        await cardea("schedules", "set", "office", "mon-fri 07:00-19:00")
        for words in (("schedules", "--json"), ("schedules", "list", "--json")):
            answer = msgspec.json.decode(await cardea(*words), type=answers.SchedulesAnswer)
            assert answer.schedules[0].windows == ("mon-fri 07:00-19:00",)
        await cardea("groups", "set", "staff", "--portal", "front")
        (group,) = msgspec.json.decode(await cardea("groups", "--json"), type=list[answers.Group])
        assert group.rights == (answers.Right("front", ""),)
        rights = await cardea("rights", "--json")
        assert msgspec.json.decode(rights, type=list[answers.HolderRight])[0].id == ada
        clock = msgspec.json.decode(await cardea("clock", "--json"), type=answers.ClockAnswer)
        assert clock.doubt == ""

    told(empty, tmp_path, capsys, datetime(2037, 11, 24, 11, tzinfo=UTC), story)


def test_the_way_back(empty: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ada = empty.enrol(11, name="Ada")

    async def story(_scene: Scene, cardea: Cardea) -> None:
        await cardea("schedules", "set", "office", "mon-fri 07:00-19:00")
        await cardea("groups", "set", "staff", "--portal", "front", "--schedule", "office")
        assert await cardea("groups", "add", "staff", ada) == f"holder {ada} is in group staff\n"
        refused = await cardea("schedules", "remove", "office", code=1)
        assert refused.startswith("cardea: schedule office is in use by group staff at front")
        remove = ("remove", "--dry-run")
        tried = await cardea("schedules", *remove, "office", code=1)
        assert tried == "cardea: schedule office is in use by group staff at front\n"
        preview = await cardea("groups", *remove, "staff")
        assert preview.startswith("would be lost:\n")
        assert ada in preview
        assert msgspec.json.decode(await cardea("groups", *remove, "staff", "--json"))
        for what in ("groups", "schedules"):
            assert "lists them" in await cardea(what, *remove, "x", code=1)
        said = await cardea("groups", "drop", "staff", ada)
        assert said == f"holder {ada} is in group staff no longer\n"
        assert await cardea("groups", "remove", "staff") == "group staff is removed\n"
        assert "07:00-19:00" in await cardea("schedules", *remove, "office")
        assert await cardea("schedules", "remove", "office") == "schedule office is removed\n"
        added = await cardea("schedules", "holiday", "add", "2037-12-25")
        assert added == "2037-12-25 is a holiday now\n"
        removed = await cardea("schedules", "holiday", "remove", "2037-12-25")
        assert removed == "2037-12-25 is no holiday now\n"
        dropped = await cardea("rights", "drop", ada, "--portal", "front")
        assert dropped == f"holder {ada} has no right of their own at front any more\n"
        assert "write days and hours" in await cardea("schedules", "set", "x", "7-19", code=1)

    told(empty, tmp_path, capsys, datetime(2037, 11, 24, 11, tzinfo=UTC), story)


def test_a_clock_that_was_never_set_is_said(
    empty: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(_scene: Scene, cardea: Cardea) -> None:
        assert "NOT BELIEVED, it was never set" in await cardea("clock")
        assert "set it first" in await cardea("clock", "accept", code=1)

    told(empty, tmp_path, capsys, datetime(1970, 1, 1, tzinfo=UTC), story)


@pytest.mark.parametrize("words", [("schedules",), ("groups",), ("rights",), ("clock",)])
def test_without_a_terminal_one_line_says_how_to_start_one(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--state", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("is the terminal running? (`cardea simulate`)")


def test_a_table_is_as_wide_as_its_cells() -> None:
    assert table(("a", "long head"), [("cell", "b")]) == "a     long head\ncell  b"

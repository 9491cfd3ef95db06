"""A door that wants other factors at night: which set counts when, and when nobody can know."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from appliance import wording
from appliance.vault import calendar
from board.link import admin
from board.windows import parse
from tests.appliance.bench import PIN, Scene, Vault, reading, running
from tests.appliance.test_schedule_door import BERLIN, Wall, ask, at
from tests.coprocessor.waiting import eventually

ANNA = 11
NIGHT = {"schedule": "night", "factors": "card+pin"}
STRICT = {"schedule": "weekend", "factors": "card+pin+face"}


def set_hours(vault: Vault, name: str, *windows: str) -> None:
    vault.do(lambda store: calendar.set_schedule(store, name, parse(list(windows))))


@pytest.fixture
def scheduled(vault: Vault) -> Vault:
    vault.enrol(ANNA)
    set_hours(vault, "night", "mon-sun 20:00-06:00")
    set_hours(vault, "weekend", "sat 00:00-24:00", "sun 00:00-24:00")
    return vault


def tell(
    vault: Vault,
    folder: Path,
    wall: Wall,
    story: Callable[[Scene], Awaitable[None]],
    *when: dict[str, str],
    factors: str = "card",
    factor_ms: int = 5_000,
) -> None:
    async def told() -> None:
        keys: dict[str, Any] = {"factors": factors, "when": list(when or (NIGHT, STRICT))}
        keys["factor_ms"] = factor_ms
        async with running(vault, folder, BERLIN, wall_ms=wall, **keys) as scene:
            await story(scene)

    asyncio.run(told())


async def opens_by_card(scene: Scene) -> None:
    await scene.card(ANNA)
    await scene.released()


async def opens_by_pin(scene: Scene) -> None:
    await scene.card(ANNA)
    await scene.shows(wording.PROMPTS["pin"])
    assert 1 not in scene.board.strike
    await scene.keys(PIN + "#")
    await scene.released()
    assert scene.vault.body(await scene.recorded("granted"))["factors"] == "card+pin"


async def opens_by_all_three(scene: Scene) -> None:
    peer = await scene.coprocessor()
    await scene.card(ANNA)
    await scene.keys(PIN + "#")
    await scene.shows(wording.PROMPTS["face"])
    assert 1 not in scene.board.strike
    await peer.face(ANNA)
    await scene.released()
    assert scene.vault.body(await scene.recorded("granted"))["factors"] == "card+pin+face"


@pytest.mark.parametrize(
    ("now_ms", "happens"),
    [
        (at(12), opens_by_card),
        (at(19, 59), opens_by_card),
        (at(20), opens_by_pin),
        (at(5, 59), opens_by_pin),
        (at(6), opens_by_card),
        (at(12, day=28), opens_by_all_three),
        (at(23, day=28), opens_by_pin),  # both are open: the first that is named counts
        (0, opens_by_all_three),  # a clock that was never set: the strictest
    ],
)
def test_the_first_schedule_that_is_open_counts(
    scheduled: Vault, tmp_path: Path, now_ms: int, happens: Callable[[Scene], Awaitable[None]]
) -> None:
    tell(scheduled, tmp_path, Wall(now_ms), happens)


def test_a_clock_that_jumps_ends_the_lighter_hours(scheduled: Vault, tmp_path: Path) -> None:
    wall = Wall(at(12))

    async def story(scene: Scene) -> None:
        wall.at_ms = at(13)
        await opens_by_all_three(scene)

    tell(scheduled, tmp_path, wall, story)


@pytest.mark.parametrize(
    ("missing", "usual"), [("card", "card+pin+face"), ("card+pin+face", "card")]
)
def test_a_schedule_that_is_not_there_opens_nothing(
    scheduled: Vault,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    missing: str,
    usual: str,
) -> None:
    """Neither by itself, nor by leaving the lighter set in force: the strictest is wanted."""
    party = {"schedule": "party", "factors": missing}
    tell(scheduled, tmp_path, Wall(at(12)), opens_by_all_three, party, factors=usual)
    assert caplog.text.count("no schedule 'party'") == 1


def test_a_schedule_that_is_changed_counts_a_moment_later(scheduled: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        set_hours(scheduled, "night", "mon-sun 11:00-13:00")
        course = scene.terminal._entrances["front"].admission.course
        await eventually(lambda: course.factors == "card+pin")
        await opens_by_pin(scene)

    tell(scheduled, tmp_path, Wall(at(12)), story)


def test_an_attempt_ends_as_it_began(scheduled: Vault, tmp_path: Path) -> None:
    """The hour strikes between face and PIN: nothing lighter is wanted of whoever began before."""

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        set_hours(scheduled, "night", "mon-sun 01:00-02:00")
        course = scene.terminal._entrances["front"].admission.course
        await eventually(lambda: course.factors == "card")
        assert 1 not in scene.board.strike
        await scene.keys(PIN + "#")
        await scene.released()

    tell(scheduled, tmp_path, Wall(at(21)), story, factor_ms=20_000)


def test_by_day_a_face_begins_and_by_night_a_card(scheduled: Vault, tmp_path: Path) -> None:
    async def day(scene: Scene) -> None:
        await scene.shows(wording.IDLE_FACE)
        peer = await scene.coprocessor()
        await peer.say(reading(0, ANNA))
        await peer.face(ANNA)
        await scene.released()

    async def night(scene: Scene) -> None:
        await scene.shows(wording.IDLE)
        peer = await scene.coprocessor()
        await peer.say(*[reading(0, ANNA, track=track) for track in range(9)])
        await opens_by_pin(scene)
        assert scene.vault.kinds().count("granted") == 1

    tell(scheduled, tmp_path / "night", Wall(at(22)), night, NIGHT, factors="face")
    tell(scheduled, tmp_path / "day", Wall(at(12, day=25)), day, NIGHT, factors="face")


def test_a_schedule_that_a_door_names_is_not_removed(scheduled: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        refused = await ask(tmp_path, admin.RemoveSchedule("night"))
        assert "card+pin at front" in refused.sentence
        told = await ask(tmp_path, admin.Schedules())
        uses = {line.name: line.used_by for line in told.schedules}
        assert uses["weekend"] == ("card+pin+face at front",)

    tell(scheduled, tmp_path, Wall(at(12)), story)


def test_a_vault_that_fails_changes_nothing_today(scheduled: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        with scheduled.locked():
            await asyncio.sleep(1.2)
        await opens_by_pin(scene)

    tell(scheduled, tmp_path, Wall(at(21)), story)

"""Whoever comes when they never come is asked for one thing more, at the doors that ask."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from appliance import stepup, wording
from appliance.vault import calendar, habits
from tests.appliance.bench import DURESS, PIN, Coprocessor, Scene, Vault, reading, running
from tests.appliance.test_schedule_door import BERLIN, Wall, at
from tests.coprocessor.waiting import eventually

ANNA = 11
YAWS = {stepup.LEFT: 30, stepup.RIGHT: -30, stepup.FACING: 0}
NIGHT = at(3)


def tell(
    vault: Vault,
    folder: Path,
    story: Callable[[Scene], Awaitable[None]],
    factors: str = "card",
    now_ms: int = NIGHT,
    unusual_hour: str = "ask",
    **portal: Any,
) -> None:
    async def told() -> None:
        keys = {"factors": factors, "unusual_hour": unusual_hour, "factor_ms": 20_000} | portal
        async with running(vault, folder, BERLIN, wall_ms=Wall(now_ms), **keys) as scene:
            await story(scene)

    asyncio.run(told())


def comes_at_eight(vault: Vault, times: int = 25, **more: Any) -> str:
    """A holder who came so often about eight on working days."""
    holder = vault.enrol(ANNA, **more)
    for _ in range(times):
        vault.do(lambda store: habits.add(store, holder, False, 8))
    return holder


async def granted(scene: Scene) -> dict[str, Any]:
    await scene.released()
    return scene.vault.body(await scene.recorded("granted"))


async def turns(scene: Scene, peer: Coprocessor) -> None:
    """Somebody does what the display says, to the end."""
    course = scene.terminal._entrances["front"].admission.course
    for _ in range(40):
        case = course.case
        if case is None:
            return
        ask = stepup.asked(case.attempt.step_up)
        await peer.say(reading(case.number, ANNA, yaw_deg=YAWS.get(ask, 0), eyes_px=60))
        await asyncio.sleep(0.02)


def test_at_a_usual_hour_the_card_is_enough(vault: Vault, tmp_path: Path) -> None:
    comes_at_eight(vault)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        body = await granted(scene)
        assert body["factors"] == "card"
        assert "unusual" not in body

    tell(vault, tmp_path, story, now_ms=at(9))


def test_at_an_unusual_hour_the_pin_is_wanted_as_well(vault: Vault, tmp_path: Path) -> None:
    comes_at_eight(vault)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        assert 1 not in scene.board.strike
        await scene.keys(DURESS + "#")
        body = await granted(scene)
        assert (body["factors"], body["unusual"], body["duress"]) == ("card+pin", True, True)
        assert ("duress", "momentary") in vault.alerts()

    tell(vault, tmp_path, story)


def test_a_day_off_is_another_kind_of_day(vault: Vault, tmp_path: Path) -> None:
    comes_at_eight(vault)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])

    tell(vault, tmp_path, story, now_ms=at(8, day=28))


@pytest.mark.parametrize(
    ("times", "unusual_hour", "now_ms"),
    [(19, "ask", NIGHT), (25, "ignore", NIGHT), (25, "ask", 0)],
    ids=["a newcomer", "a door that does not ask", "a clock that is not believed"],
)
def test_nobody_else_is_asked(
    vault: Vault, tmp_path: Path, times: int, unusual_hour: str, now_ms: int
) -> None:
    anna = comes_at_eight(vault, times)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        assert "unusual" not in await granted(scene)
        kept = sum(vault.do(lambda store: habits.counts(store, anna)))
        assert kept == times + (unusual_hour == "ask" and now_ms > 0)

    tell(vault, tmp_path, story, now_ms=now_ms, unusual_hour=unusual_hour)


def test_a_grant_is_remembered_and_a_refusal_is_not(vault: Vault, tmp_path: Path) -> None:
    anna = comes_at_eight(vault)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.keys("9999#")
        await scene.denied("wrong_pin")
        assert vault.do(lambda store: habits.counts(store, anna))[3] == 0
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        await scene.keys(PIN + "#")
        await granted(scene)
        assert vault.do(lambda store: habits.counts(store, anna))[3] == 1

    tell(vault, tmp_path, story)


def test_past_two_hundred_they_are_halved(vault: Vault, tmp_path: Path) -> None:
    anna = comes_at_eight(vault, 200)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await granted(scene)
        assert vault.do(lambda store: habits.counts(store, anna))[8] == 100

    tell(vault, tmp_path, story, now_ms=at(8))


def test_a_holiday_is_another_kind_of_day(vault: Vault, tmp_path: Path) -> None:
    comes_at_eight(vault)
    vault.do(lambda store: calendar.add_holiday(store, date(2037, 11, 24), "a holiday"))

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])

    tell(vault, tmp_path, story, now_ms=at(8))


def test_without_a_pin_the_face_is_wanted(vault: Vault, tmp_path: Path) -> None:
    comes_at_eight(vault, pin=None)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await peer.face(ANNA)
        assert (await granted(scene))["factors"] == "card+face"

    tell(vault, tmp_path, story)


@pytest.mark.parametrize("factors", ["card+face", "card+pin+face"])
def test_with_nothing_else_left_the_head_is_turned(
    vault: Vault, tmp_path: Path, factors: str
) -> None:
    comes_at_eight(vault, **({"pin": None} if factors == "card+face" else {}))

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        if "pin" in factors:
            await scene.keys(PIN + "#")
        await peer.face(ANNA, eyes_px=60)
        await scene.shows(wording.ASKS[stepup.FACING])
        assert 1 not in scene.board.strike
        await turns(scene, peer)
        body = await granted(scene)
        assert (body["factors"], body["step_up"], body["unusual"]) == (factors, "passed", True)

    tell(vault, tmp_path, story, factors)


def test_who_has_nothing_more_to_show_is_let_in_and_it_is_journalled(
    vault: Vault, tmp_path: Path
) -> None:
    comes_at_eight(vault, pin=None, templates=())

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        body = await granted(scene)
        assert (body["factors"], body["unusual"]) == ("card", True)

    tell(vault, tmp_path, story)


def test_of_any_two_all_three(vault: Vault, tmp_path: Path) -> None:
    comes_at_eight(vault)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        await scene.keys(PIN + "#")
        await scene.shows(wording.PROMPTS["face"])
        await peer.face(ANNA)
        assert (await granted(scene))["factors"] == "card+pin+face"

    tell(vault, tmp_path, story, "any-two")


def test_at_a_face_door_pin_or_card(vault: Vault, tmp_path: Path) -> None:
    comes_at_eight(vault)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, ANNA))
        await peer.face(ANNA)
        await scene.shows(wording.PROMPTS["card_or_pin"])
        await scene.keys(PIN + "#")
        assert (await granted(scene))["factors"] == "face+pin"

    tell(vault, tmp_path, story, "face")


def test_at_a_face_door_without_a_pin_the_head_is_turned(vault: Vault, tmp_path: Path) -> None:
    comes_at_eight(vault, pin=None)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, ANNA))
        await peer.face(ANNA, eyes_px=60)
        await scene.shows(wording.ASKS[stepup.FACING])
        await turns(scene, peer)
        body = await granted(scene)
        assert (body["factors"], body["step_up"]) == ("face", "passed")

    tell(vault, tmp_path, story, "face")


def test_a_link_lost_on_the_way_does_not_spare_the_pin(vault: Vault, tmp_path: Path) -> None:
    comes_at_eight(vault)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        peer.hang_up()
        await eventually(lambda: not scene.terminal._link.linked)
        await scene.shows(wording.PROMPTS["pin"])
        assert 1 not in scene.board.strike
        await scene.keys(PIN + "#")
        assert (await granted(scene))["factors"] == "card+pin"

    tell(vault, tmp_path, story, "card+face", without_face="card")


def test_who_would_be_refused_anyway_is_asked_for_nothing_more(
    vault: Vault, tmp_path: Path
) -> None:
    anna = comes_at_eight(vault)
    vault.do(lambda store: store.set_holder_status(anna, "suspended"))

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.denied("suspended")

    tell(vault, tmp_path, story)

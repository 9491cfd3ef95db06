"""Until the attack score is fitted to the site a face alone opens nothing: a PIN or a card does."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from appliance import wording
from board.link.messages import Calibration, Passed, ReadFace, Status, StopReading
from tests.appliance.bench import DURESS, PIN, Coprocessor, Scene, Vault, reading, running
from tests.coprocessor.waiting import eventually

ANNA, BEN = 11, 12
KEYPADLESS = {
    "kind": "wiegand",
    "d0": "D0",
    "d1": "D1",
    "led_green": "LED-G",
    "led_red": "LED-R",
    "buzzer": "BUZZ",
    "keypad": False,
}


def tell(
    vault: Vault,
    folder: Path,
    story: Callable[[Scene], Awaitable[None]],
    *,
    terminal: dict[str, Any] | None = None,
    **portal: Any,
) -> None:
    async def told() -> None:
        doors = {"factors": "face", "factor_ms": 5_000} | portal
        async with running(vault, folder, terminal or {}, **doors) as scene:
            await story(scene)

    asyncio.run(told())


async def seen(
    scene: Scene, number: int, calibration: Calibration = "none", **more: Any
) -> Coprocessor:
    """Somebody steps up to the camera of a terminal that is calibrated so."""
    peer = await scene.coprocessor(calibration=calibration)
    await peer.say(reading(0, number))
    await peer.face(number, **more)
    return peer


@pytest.mark.parametrize("calibration", ["none", "void"])
def test_the_holder_enters_their_pin_as_well(
    vault: Vault, tmp_path: Path, calibration: Calibration
) -> None:
    holder = vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await seen(scene, ANNA, calibration)
        await scene.shows(wording.PROMPTS["card_or_pin"])
        assert 1 not in scene.board.strike
        await peer.asked(StopReading)
        await scene.keys(PIN + "#")
        await scene.released()
        body = vault.body(await scene.recorded("granted"))
        assert (body["holder"], body["factors"]) == (holder, "face+pin")

    tell(vault, tmp_path, story)


def test_once_calibrated_the_face_is_enough(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await seen(scene, ANNA, "site")
        await scene.released()
        assert vault.body(await scene.recorded("granted"))["factors"] == "face"

    tell(vault, tmp_path, story)


def test_the_status_is_that_of_the_moment(vault: Vault, tmp_path: Path) -> None:
    """Calibrated at the start, void when the camera is turned: the next face is not enough."""
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await peer.say(Status(False, True, "test", 0, 0, 0, "void"))
        await peer.say(reading(0, ANNA))
        await peer.face(ANNA)
        await scene.shows(wording.PROMPTS["card_or_pin"])
        assert 1 not in scene.board.strike

    tell(vault, tmp_path, story)


def test_a_wrong_pin_is_refused(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await seen(scene, ANNA)
        await scene.shows(wording.PROMPTS["card_or_pin"])
        await scene.keys("9999#")
        await scene.denied("wrong_pin")

    tell(vault, tmp_path, story)


def test_no_pin_is_refused_in_time(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await seen(scene, ANNA)
        await scene.denied("no_pin")

    tell(vault, tmp_path, story, factor_ms=500)


def test_duress_is_heard_here_too(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await seen(scene, ANNA)
        await scene.shows(wording.PROMPTS["card_or_pin"])
        await scene.keys(DURESS + "#")
        await scene.released()
        assert ("duress", "momentary") in vault.alerts()

    tell(vault, tmp_path, story)


@pytest.mark.parametrize(
    ("more", "portal"),
    [({"pin": None}, {}), ({}, {"reader": KEYPADLESS, "without_face": "card"})],
)
def test_who_has_no_pin_or_no_keypad_is_refused(
    vault: Vault, tmp_path: Path, more: dict[str, Any], portal: dict[str, Any]
) -> None:
    vault.enrol(ANNA, **more)

    async def story(scene: Scene) -> None:
        await seen(scene, ANNA)
        await scene.denied("second_factor")
        assert scene.status.feedback.text == wording.REFUSALS["second_factor"]

    tell(vault, tmp_path, story, factor_ms=500, **portal)


def test_the_holders_own_card_is_a_second_factor(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA, pin=None)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor(calibration="none")
        await scene.card(ANNA)
        await peer.face(ANNA)
        await scene.released()
        assert vault.body(await scene.recorded("granted"))["factors"] == "card+face"

    tell(vault, tmp_path, story)


def test_somebody_elses_card_is_none(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA, pin=None)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor(calibration="none")
        await scene.card(BEN)
        await peer.face(ANNA)
        await scene.denied("second_factor")

    tell(vault, tmp_path, story, factor_ms=500)


def test_a_card_is_not_remembered_for_the_next_person(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA, pin=None)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor(calibration="none")
        await scene.card(ANNA)
        await scene.denied("no_face_reading")
        await peer.say(reading(0, ANNA))
        await peer.face(ANNA, count=2)
        await scene.denied("second_factor", 2)

    tell(vault, tmp_path, story, factor_ms=500)


def test_a_stranger_is_asked_for_no_pin(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await seen(scene, 99)
        await scene.denied("no_match")

    tell(vault, tmp_path, story, factor_ms=500)


def test_a_suspended_holder_is_asked_for_no_pin(vault: Vault, tmp_path: Path) -> None:
    anna = vault.enrol(ANNA)
    vault.do(lambda store: store.set_holder_status(anna, "suspended"))

    async def story(scene: Scene) -> None:
        await seen(scene, ANNA)
        await scene.denied("suspended")

    tell(vault, tmp_path, story)


def test_the_pin_is_that_of_the_face(vault: Vault, tmp_path: Path) -> None:
    """Readings that come while it is entered change nothing of whose face it was."""
    anna = vault.enrol(ANNA)
    vault.enrol(BEN, pin=None)

    async def story(scene: Scene) -> None:
        peer = await seen(scene, ANNA)
        await scene.shows(wording.PROMPTS["card_or_pin"])
        for _ in range(5):
            await peer.face(BEN)
        await scene.keys(PIN + "#")
        await scene.released()
        assert vault.body(await scene.recorded("granted"))["holder"] == anna

    tell(vault, tmp_path, story)


@pytest.mark.parametrize("without_face", ["card", "card+pin", "refuse"])
def test_a_link_lost_before_the_pin_lets_nobody_in(
    vault: Vault, tmp_path: Path, without_face: str
) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await seen(scene, ANNA)
        await scene.shows(wording.PROMPTS["card_or_pin"])
        peer.hang_up()
        await scene.denied("no_pin")
        await scene.keys(PIN + "#")
        assert 1 not in scene.board.strike

    tell(vault, tmp_path, story, without_face=without_face)


def test_card_and_face_need_nothing_more(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor(calibration="none")
        await scene.card(ANNA)
        await peer.face(ANNA)
        await scene.released()
        assert vault.body(await scene.recorded("granted"))["factors"] == "card+face"

    tell(vault, tmp_path, story, factors="card+face")


LEARNING = {"learn_from_passes": True}


@pytest.mark.parametrize(
    ("terminal", "factors", "told"),
    [(LEARNING, "card+face", 1), ({}, "card+face", 0), (LEARNING, "card+pin+face", 1)],
)
def test_who_passed_by_two_factors_may_be_learned_from(
    vault: Vault, tmp_path: Path, terminal: dict[str, Any], factors: str, told: int
) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        if "pin" in factors:
            await scene.keys(PIN + "#")
        await peer.face(ANNA, track=42)
        await scene.released()
        await peer.asked(StopReading)
        await eventually(lambda: len(peer.of(Passed)) == told)
        assert peer.of(Passed) == [Passed(42, 10_000)] * told

    tell(vault, tmp_path, story, terminal=terminal, factors=factors)


def test_nobody_else_is_learned_from(vault: Vault, tmp_path: Path) -> None:
    """Neither a face alone, nor a refusal, nor who passed without a face."""
    vault.enrol(ANNA)
    vault.enrol(BEN, templates=())

    async def story(scene: Scene) -> None:
        peer = await seen(scene, ANNA, "site")
        await scene.released()
        await scene.card(BEN)
        await scene.keys(PIN + "#")
        await eventually(lambda: vault.kinds().count("granted") == 2)
        await scene.card(ANNA)
        await peer.asked(ReadFace, 2)
        await peer.face(99)
        await eventually(lambda: bool(vault.reasons()))
        assert peer.of(Passed) == []

    tell(vault, tmp_path, story, terminal=LEARNING, factor_ms=1_000)

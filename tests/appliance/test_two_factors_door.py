"""Doors that want a face and a PIN, or any two of card, PIN and face: told from the pavement."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from appliance import wording
from board.link.messages import ReadFace, StopReading
from tests.appliance.bench import DURESS, PIN, Coprocessor, Scene, Vault, reading, running
from tests.coprocessor.waiting import eventually

ANNA, BEN, STRANGER = 11, 12, 99
CARD_OR_PIN = wording.PROMPTS["card_or_pin"]
FACE_OR_PIN = wording.PROMPTS["face_or_pin"]


def tell(
    vault: Vault,
    folder: Path,
    story: Callable[[Scene], Awaitable[None]],
    factors: str = "any-two",
    factor_ms: int = 5_000,
    **portal: Any,
) -> None:
    async def told() -> None:
        doors = {"factors": factors, "factor_ms": factor_ms} | portal
        async with running(vault, folder, **doors) as scene:
            await story(scene)

    asyncio.run(told())


async def seen(scene: Scene, number: int) -> Coprocessor:
    """Somebody steps up to the camera and shows nothing else."""
    peer = await scene.coprocessor()
    await peer.say(reading(0, number))
    await peer.face(number)
    return peer


async def let_in(scene: Scene, factors: str, holder: str) -> None:
    await scene.released()
    body = scene.vault.body(await scene.recorded("granted"))
    assert (body["factors"], body["holder"]) == (factors, holder)


def test_face_then_pin(vault: Vault, tmp_path: Path) -> None:
    anna = vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await scene.shows("Look at the camera")
        peer = await seen(scene, ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        assert 1 not in scene.board.strike
        await peer.asked(StopReading)
        await scene.keys(PIN + "#")
        await let_in(scene, "face+pin", anna)

    tell(vault, tmp_path, story, "face+pin")


def test_at_a_face_and_pin_door_a_card_spares_nobody_the_pin(vault: Vault, tmp_path: Path) -> None:
    anna = vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await seen(scene, ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        assert 1 not in scene.board.strike
        await scene.keys(PIN + "#")
        await peer.face(ANNA, count=2)
        await let_in(scene, "card+pin+face", anna)
        assert "superseded" in vault.kinds()

    tell(vault, tmp_path, story, "face+pin")


@pytest.mark.parametrize(
    ("factors", "reason"), [("face+pin", "no_pin"), ("any-two", "no_pin"), ("face", "")]
)
def test_a_lying_co_processor_alone_never_suffices(
    vault: Vault, tmp_path: Path, factors: str, reason: str
) -> None:
    """It says of an empty doorway whatever it likes; `face` is here to show that it would lie."""
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        for _ in range(3):
            await peer.say(
                *(reading(0, number, track=track) for track, number in enumerate((ANNA, BEN)))
            )
            await peer.asked(ReadFace)
            for number in (ANNA, BEN, ANNA):
                await peer.say(*(reading(attempt, number) for attempt in range(1, 6)))
        if reason:
            await scene.denied(reason)
        else:
            await scene.released()

    tell(vault, tmp_path, story, factors, 400)


@pytest.mark.parametrize("factors", ["face+pin", "any-two"])
def test_a_lying_co_processor_that_hangs_up_gains_nothing(
    vault: Vault, tmp_path: Path, factors: str
) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await seen(scene, ANNA)
        await eventually(lambda: scene.status.feedback.led == "amber")
        peer.hang_up()
        await eventually(lambda: bool(vault.reasons()))
        await scene.keys(PIN + "#")
        assert 1 not in scene.board.strike

    tell(vault, tmp_path, story, factors)


def test_a_face_without_a_pin_is_refused_at_a_face_and_pin_door(
    vault: Vault, tmp_path: Path
) -> None:
    vault.enrol(ANNA, pin=None)

    async def story(scene: Scene) -> None:
        await seen(scene, ANNA)
        await scene.denied("second_factor")

    tell(vault, tmp_path, story, "face+pin")


@pytest.mark.parametrize("factors", ["face+pin", "any-two"])
def test_the_pin_besides_a_face_is_counted_and_may_call_for_help(
    vault: Vault, tmp_path: Path, factors: str
) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await seen(scene, ANNA)
        await eventually(lambda: "PIN" in scene.status.feedback.text)
        await scene.keys("9999#")
        await scene.denied("wrong_pin")
        await peer.say(reading(0, ANNA, track=2))
        await peer.face(ANNA, count=2)
        await eventually(
            lambda: "PIN" in scene.status.feedback.text and scene.status.feedback.led == "amber"
        )
        await scene.keys(DURESS + "#")
        await scene.released()
        await scene.shows(wording.WELCOME)
        assert ("duress", "momentary") in vault.alerts()

    tell(vault, tmp_path, story, factors)


def test_card_then_face_or_pin(vault: Vault, tmp_path: Path) -> None:
    anna = vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await scene.shows(wording.IDLE_EITHER)
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await scene.shows(FACE_OR_PIN)
        await peer.face(ANNA)
        await let_in(scene, "card+face", anna)

    tell(vault, tmp_path, story)


def test_card_then_pin_with_nobody_before_the_camera(vault: Vault, tmp_path: Path) -> None:
    anna = vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await peer.face(ANNA, refusal="no_face", probe=b"", frames=0)
        await scene.shows(FACE_OR_PIN)
        await scene.keys(PIN + "#")
        await let_in(scene, "card+pin", anna)
        await peer.asked(StopReading)

    tell(vault, tmp_path, story)


def test_who_has_begun_to_type_may_finish(vault: Vault, tmp_path: Path) -> None:
    """A face that passes meanwhile does not cut a call for help short."""
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await scene.shows(FACE_OR_PIN)
        await scene.keys(DURESS[:2])
        course = scene.terminal._entrances["front"].admission.course
        await eventually(lambda: course.case and course.case.keys)
        await peer.face(ANNA)
        await scene.keys(DURESS[2:] + "#")
        await scene.released()
        assert ("duress", "momentary") in vault.alerts()

    tell(vault, tmp_path, story)


@pytest.mark.parametrize("rest", ["*", ""])
def test_who_stops_typing_passes_by_their_face(vault: Vault, tmp_path: Path, rest: str) -> None:
    anna = vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await scene.shows(FACE_OR_PIN)
        await scene.keys("99")
        course = scene.terminal._entrances["front"].admission.course
        await eventually(lambda: course.case and course.case.keys)
        await peer.face(ANNA)
        await eventually(lambda: not course.case or course.case.attempt.furthest)
        await scene.keys(rest)
        await let_in(scene, "card+face", anna)

    tell(vault, tmp_path, story, factor_ms=600 if not rest else 20_000)


@pytest.mark.parametrize(
    ("more", "factors", "linked"),
    [
        ({"templates": ()}, "card+pin", True),
        ({}, "card+pin", False),
        ({"pin": None}, "card+face", True),
    ],
)
def test_of_two_that_are_left_both_are_wanted(
    vault: Vault, tmp_path: Path, more: dict[str, Any], factors: str, linked: bool
) -> None:
    anna = vault.enrol(ANNA, **more)

    async def story(scene: Scene) -> None:
        if linked:
            peer = await scene.coprocessor()
        await scene.card(ANNA)
        if factors == "card+pin":
            await scene.shows(wording.PROMPTS["pin"])
            await scene.keys(PIN + "#")
        else:
            await scene.shows(wording.PROMPTS["face"])
            await peer.face(ANNA)
        await let_in(scene, factors, anna)

    tell(vault, tmp_path, story)


def test_a_card_alone_is_never_two(vault: Vault, tmp_path: Path) -> None:
    """Nobody before the camera, no PIN; nor where the holder has neither."""
    vault.enrol(ANNA)
    vault.enrol(BEN, pin=None, templates=())

    async def story(scene: Scene) -> None:
        await scene.coprocessor()
        await scene.card(ANNA)
        await scene.denied("no_face_reading")
        await scene.card(BEN)
        await scene.denied("no_pin", 2)

    tell(vault, tmp_path, story, factor_ms=300)


def test_a_link_lost_leaves_card_and_pin(vault: Vault, tmp_path: Path) -> None:
    anna = vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await scene.shows(FACE_OR_PIN)
        peer.hang_up()
        await scene.shows(wording.PROMPTS["pin"])
        await scene.keys(PIN + "#")
        await let_in(scene, "card+pin", anna)

    tell(vault, tmp_path, story, without_face="refuse")


@pytest.mark.parametrize("has_pin", [True, False])
def test_face_then_the_holders_card(vault: Vault, tmp_path: Path, has_pin: bool) -> None:
    anna = vault.enrol(ANNA, **({} if has_pin else {"pin": None}))

    async def story(scene: Scene) -> None:
        await seen(scene, ANNA)
        await scene.shows(CARD_OR_PIN if has_pin else wording.PROMPTS["card"])
        await scene.card(ANNA)
        await let_in(scene, "card+face", anna)
        assert "superseded" not in vault.kinds()

    tell(vault, tmp_path, story)


def test_face_then_pin_of_any_two(vault: Vault, tmp_path: Path) -> None:
    anna = vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await seen(scene, ANNA)
        await scene.shows(CARD_OR_PIN)
        await scene.keys(PIN + "#")
        await let_in(scene, "face+pin", anna)

    tell(vault, tmp_path, story)


def test_somebody_elses_card_after_the_face_begins_anew(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        await seen(scene, ANNA)
        await scene.shows(CARD_OR_PIN)
        await scene.card(BEN)
        await scene.shows(FACE_OR_PIN)
        assert "superseded" in vault.kinds()
        await scene.denied("no_face_reading")

    tell(vault, tmp_path, story, factor_ms=900)


@pytest.mark.parametrize("status", ["lost", "suspended"])
def test_a_card_that_opens_nothing_is_no_second_factor(
    vault: Vault, tmp_path: Path, status: Any
) -> None:
    vault.enrol(ANNA)
    cards = vault.do(
        lambda store: store.database.rows("SELECT id FROM credentials WHERE kind = 'card'")
    )
    vault.do(lambda store: store.set_card_status(cards[0][0], status))

    async def story(scene: Scene) -> None:
        await seen(scene, ANNA)
        await scene.shows(CARD_OR_PIN)
        await scene.card(ANNA)
        await scene.denied(status)

    tell(vault, tmp_path, story)


def test_a_card_after_the_face_counts_at_a_face_door_that_is_not_calibrated(
    vault: Vault, tmp_path: Path
) -> None:
    anna = vault.enrol(ANNA, pin=None)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor(calibration="none")
        await peer.say(reading(0, ANNA))
        await peer.face(ANNA)
        await scene.shows(wording.PROMPTS["card"])
        await scene.card(ANNA)
        await let_in(scene, "card+face", anna)

    tell(vault, tmp_path, story, "face")


@pytest.mark.parametrize("factors", ["face+pin", "any-two"])
def test_who_would_be_refused_anyway_is_asked_for_nothing_more(
    vault: Vault, tmp_path: Path, factors: str
) -> None:
    anna = vault.enrol(ANNA)
    vault.do(lambda store: store.set_holder_status(anna, "suspended"))

    async def story(scene: Scene) -> None:
        await seen(scene, ANNA)
        await scene.denied("suspended")
        await scene.card(ANNA)
        await scene.denied("suspended", 2)

    tell(vault, tmp_path, story, factors)


def test_who_is_forced_and_refused_has_called_for_help(vault: Vault, tmp_path: Path) -> None:
    """The duress PIN was right, and the face was not: nobody passes, and help comes."""
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        await scene.keys(DURESS + "#")
        await peer.face(STRANGER, attack_permille=900)
        await scene.denied("attack_suspected")
        await eventually(lambda: ("duress", "momentary") in vault.alerts())

    tell(vault, tmp_path, story, "card+pin+face")

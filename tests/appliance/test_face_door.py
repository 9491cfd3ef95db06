"""A door that opens to the face alone, and what a card, or nobody's face, is worth there."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from appliance import wording
from appliance.vault.records import Template
from board.link.messages import ReadFace
from tests.appliance.bench import PIN, TEMPLATES, Scene, Vault, reading, running, vector
from tests.coprocessor.waiting import eventually

ANNA, BEN, STRANGER = 11, 12, 99


def tell(
    vault: Vault, folder: Path, story: Callable[[Scene], Awaitable[None]], **portal: Any
) -> None:
    async def told() -> None:
        async with running(vault, folder, **({"factors": "face"} | portal)) as scene:
            await story(scene)

    asyncio.run(told())


def test_a_known_face_opens(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    ben = vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, BEN))
        await peer.face(BEN)
        await scene.released()
        body = vault.body(await scene.recorded("granted"))
        assert (body["holder"], body["factors"]) == (ben, "face")

    tell(vault, tmp_path, story)


def test_a_stranger_is_not_matched_to_the_nearest(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, STRANGER))
        await peer.face(STRANGER)
        await scene.denied("no_match")

    tell(vault, tmp_path, story)


def test_two_holders_too_alike_are_ambiguous(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    vault.enrol(BEN, templates=(Template(TEMPLATES, vector(ANNA), 1),))

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, ANNA))
        await peer.face(ANNA)
        await scene.denied("ambiguous_match")

    tell(vault, tmp_path, story)


def test_a_suspended_holders_face_is_refused(vault: Vault, tmp_path: Path) -> None:
    anna = vault.enrol(ANNA)
    vault.do(lambda store: store.set_holder_status(anna, "suspended"))

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, ANNA))
        await peer.face(ANNA)
        await scene.denied("suspended")

    tell(vault, tmp_path, story)


def test_a_card_alone_does_not_open_a_face_door(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await peer.asked(ReadFace)
        await scene.denied("no_face_reading")

    tell(vault, tmp_path, story)


def test_a_card_does_not_open_a_face_door_that_is_blind(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.denied("no_face_reading")

    tell(vault, tmp_path, story, without_face="refuse")


def test_who_has_no_face_enrolled_enters_by_card_and_pin(vault: Vault, tmp_path: Path) -> None:
    """And their own face before the camera does not interrupt them."""
    vault.enrol(ANNA, templates=())

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        await peer.say(reading(0, STRANGER), reading(0, BEN))
        await scene.keys(PIN + "#")
        await scene.released()
        assert vault.body(await scene.recorded("granted"))["factors"] == "card+pin"

    tell(vault, tmp_path, story, factor_ms=20_000)


@pytest.mark.parametrize("without_face", ["card", "card+pin", "refuse"])
def test_a_link_that_goes_away_lets_nobodys_face_in(
    vault: Vault, tmp_path: Path, without_face: str
) -> None:
    """The co-processor says that somebody is there, and hangs up: that is no credential."""
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, STRANGER))
        await peer.asked(ReadFace)
        peer.hang_up()
        await scene.denied("no_face_reading")

    tell(vault, tmp_path, story, without_face=without_face, factor_ms=20_000)


def test_the_next_co_processor_may_count_from_one_again(vault: Vault, tmp_path: Path) -> None:
    """The same track number after a new start is another person, and another attack."""
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        for count in (1, 2):
            peer = await scene.coprocessor()
            await peer.say(reading(0, STRANGER, track=1))
            await peer.face(STRANGER, attack_permille=1000, track=1)
            await scene.denied("attack_suspected", count)
            await eventually(lambda: not scene.terminal._entrances["front"].admission.course.case)
            await eventually(
                lambda: vault.alerts().count(("presentation_attack", "momentary")) == count  # noqa: B023
            )
            peer.hang_up()
            await eventually(lambda: not scene.terminal.status().linked)

    tell(vault, tmp_path, story)

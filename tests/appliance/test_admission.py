"""Stories at the door: who is let in, who is not, and the reason in the journal."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from appliance import wording
from appliance.deadline import TimeUp
from appliance.vault.records import Card
from board.link.messages import ReadFace, StopReading
from tests.appliance.bench import DURESS, PIN, Coprocessor, Scene, Vault, reading, running
from tests.coprocessor.waiting import eventually

ANNA, BEN = 11, 12

Story = Callable[[Scene], Awaitable[None]]


def tell(vault: Vault, folder: Path, story: Story, **portal: Any) -> None:
    async def told() -> None:
        async with running(vault, folder, **portal) as scene:
            await story(scene)

    asyncio.run(told())


async def peer_asked(scene: Scene, number: int = ANNA) -> Coprocessor:
    """A card was shown, and the co-processor is asked for the face."""
    peer = await scene.coprocessor()
    await scene.card(number)
    await peer.asked(ReadFace)
    return peer


def test_card_and_right_face_open(vault: Vault, tmp_path: Path) -> None:
    holder = vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        assert 1 not in scene.board.strike
        await peer.face(ANNA)
        await scene.released()
        entry = await scene.recorded("granted")
        asked = peer.of(ReadFace)[0]
        assert entry.attempt == asked.attempt
        body = vault.body(entry)
        assert (body["holder"], body["factors"], body["duress"]) == (holder, "card+face", False)
        assert (await peer.asked(StopReading)).attempt == asked.attempt
        await scene.shows(wording.WELCOME)
        await eventually(lambda: scene.board.strike == [1, 0])

    tell(vault, tmp_path, story)


def test_an_unknown_card_is_refused_and_no_face_is_asked_for(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(404)
        await scene.denied("unknown_credential")
        assert peer.of(ReadFace) == []

    tell(vault, tmp_path, story)


def test_a_strangers_face_is_no_match(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        for _ in range(6):
            await peer.face(BEN)
        await scene.denied("no_match")

    tell(vault, tmp_path, story, factor_ms=600_000)


def test_a_clear_attack_ends_it_at_once_with_an_alert(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        await peer.face(ANNA, attack_permille=700)
        await scene.denied("attack_suspected")
        await peer.face(ANNA)  # too late: the attempt is over
        await eventually(lambda: ("presentation_attack", "momentary") in vault.alerts())
        assert 1 not in scene.board.strike

    tell(vault, tmp_path, story, factor_ms=600_000)


def test_an_unclear_attack_is_refused_at_the_deadline(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        await peer.face(ANNA, attack_permille=301)
        await scene.denied("attack_suspected")
        await eventually(lambda: ("presentation_attack", "momentary") in vault.alerts())

    tell(vault, tmp_path, story)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"frames": 2}, "no_face_reading"),
        ({"span_ms": 199}, "no_face_reading"),
        ({"refusal": "no_face", "probe": b""}, "no_face_reading"),
        ({"refusal": "blurred"}, "quality_too_low"),
        ({"refusal": "blurred", "probe": b""}, "quality_too_low"),
        ({"probe": b""}, "no_match"),
        ({"probe": bytes(512)}, "no_match"),
        ({"attempt": 0}, "no_face_reading"),
        ({"attempt": 99}, "no_face_reading"),
        ({"portal": "back"}, "no_face_reading"),
        ({"portal": ""}, "no_face_reading"),
        ({"probe": bytes(511)}, "no_face_reading"),
        ({"probe": bytes(513)}, "no_face_reading"),
        ({"attack_permille": 2**63}, "attack_suspected"),
        ({"frames": -(2**63)}, "no_face_reading"),
    ],
)
def test_a_reading_that_proves_nothing_opens_nothing(
    vault: Vault, tmp_path: Path, more: dict[str, Any], reason: str
) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        await peer.face(ANNA, **more)
        await scene.denied(reason)

    tell(vault, tmp_path, story, factor_ms=250)


def test_silence_of_the_camera_is_refused_at_the_deadline(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await peer_asked(scene)
        await scene.denied("no_face_reading")

    tell(vault, tmp_path, story)


def test_a_second_card_supersedes_the_first(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        first = peer.of(ReadFace)[0].attempt
        await scene.card(BEN)
        second = (await peer.asked(ReadFace, 2)).attempt
        assert second != first
        assert (await peer.asked(StopReading)).attempt == first
        await peer.say(reading(first, ANNA))  # the right face of the card that was taken away
        await peer.say(reading(second, ANNA))  # and of the wrong person for this one
        await scene.recorded("superseded")
        await scene.denied("no_match")

    tell(vault, tmp_path, story)


def test_a_replayed_frame_is_not_heard_again(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        frame = peer.conversation.encode(reading(peer.of(ReadFace)[0].attempt, BEN))
        for _ in range(10):
            await peer.stream.send(frame)
        await scene.denied("no_match")
        assert scene.vault.body(await scene.recorded("denied"))["factors"] == "card+face"

    tell(vault, tmp_path, story)


def test_readings_after_the_end_open_nothing(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        await scene.denied("no_face_reading")
        for _ in range(5):
            await peer.face(ANNA)
        await scene.card(404)
        await scene.denied("unknown_credential", 2)

    tell(vault, tmp_path, story)


def test_a_flood_of_readings_does_not_drown_the_deadline(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        admission = scene.terminal._entrances["front"].admission
        attempt = peer.of(ReadFace)[0].attempt

        for _ in range(200):
            admission.happen(reading(attempt, ANNA, frames=0))
        admission.happen(TimeUp(attempt))
        await scene.denied("no_face_reading")

    tell(vault, tmp_path, story, factor_ms=600_000)


def test_without_a_link_the_pin_stands_in(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        await scene.keys("99*" + PIN + "#")
        await scene.released()
        assert scene.vault.body(await scene.recorded("granted"))["factors"] == "card+pin"

    tell(vault, tmp_path, story, factor_ms=5_000)


@pytest.mark.parametrize(
    "keys", ["9999#", "#", "*#", PIN * 4 + "#", PIN[:3] + "#", "0" + PIN + "#"]
)
def test_a_wrong_pin_is_refused(vault: Vault, tmp_path: Path, keys: str) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        await scene.keys(keys)
        await scene.denied("wrong_pin")

    tell(vault, tmp_path, story, factor_ms=20_000)


def test_no_pin_is_refused_at_the_deadline(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.keys("12")
        await scene.denied("no_pin")

    tell(vault, tmp_path, story)


def test_a_holder_without_pin_cannot_fall_back_on_one(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA, pin=None)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        await scene.keys(PIN + "#")
        await scene.denied("wrong_pin")

    tell(vault, tmp_path, story, factor_ms=20_000)


def test_duress_lets_in_and_calls_for_help_without_a_sign(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        await scene.keys(DURESS + "#")
        await scene.released()
        assert scene.vault.body(await scene.recorded("granted"))["duress"] is True
        assert scene.status.feedback.text == wording.WELCOME
        assert ("duress", "momentary") in vault.alerts()

    tell(vault, tmp_path, story, factor_ms=20_000)


def test_a_link_lost_in_mid_attempt_asks_for_the_pin(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        peer.hang_up()
        await scene.shows(wording.PROMPTS["pin"])
        assert 1 not in scene.board.strike
        await scene.keys(PIN + "#")
        await scene.released()

    tell(vault, tmp_path, story, factor_ms=20_000)


def test_where_nothing_may_stand_in_a_lost_link_refuses(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        peer.hang_up()
        await scene.denied("no_face_reading")
        await scene.card(ANNA)
        await scene.denied("no_face_reading", 2)

    tell(vault, tmp_path, story, factor_ms=20_000, without_face="refuse")


@pytest.mark.parametrize("without_face", ["refuse", "card+pin"])
def test_a_lying_co_processor_cannot_spare_anybody_the_pin(
    vault: Vault, tmp_path: Path, without_face: str
) -> None:
    """It knows a probe of the holder, sends it before it is asked, and pulls its own plug."""
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        for attempt in range(1, 5):
            await peer.say(reading(attempt, ANNA))
        await asyncio.sleep(0.1)
        peer.hang_up()
        await scene.denied("no_pin")

    tell(vault, tmp_path, story, factors="card+pin+face", without_face=without_face, factor_ms=500)


def test_duress_is_not_forgotten_when_the_link_goes(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        await scene.keys(DURESS + "#")
        await peer.asked(ReadFace)
        peer.hang_up()
        await scene.released()
        assert ("duress", "momentary") in vault.alerts()

    tell(vault, tmp_path, story, factors="card+pin+face", without_face="card", factor_ms=20_000)


def test_lockdown_between_card_and_face_refuses(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        scene.terminal._entrances["front"].portal.set_mode("lockdown")
        await peer.face(ANNA)
        await scene.denied("lockdown")

    tell(vault, tmp_path, story, factor_ms=600_000)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"valid_until_ms": 1}, "outside_validity"),
        ({"valid_from_ms": 1 << 62}, "outside_validity"),
        ({"portals": ()}, "no_right"),
        ({"portals": ("back",)}, "no_right"),
    ],
)
def test_the_vault_says_no(vault: Vault, tmp_path: Path, more: dict[str, Any], reason: str) -> None:
    vault.enrol(ANNA, **more)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.denied(reason)

    tell(vault, tmp_path, story, factors="card")


def test_a_suspended_holder_and_a_lost_card_are_refused(vault: Vault, tmp_path: Path) -> None:
    anna = vault.enrol(ANNA)
    vault.enrol(BEN)
    vault.do(lambda store: store.set_holder_status(anna, "suspended"))
    found = vault.do(lambda store: store.find_card([Card("H10301", 7, BEN)]))
    vault.do(lambda store: store.set_card_status(found.credential.id, "lost"))

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.denied("suspended")
        await scene.card(BEN)
        await scene.denied("lost", 2)

    tell(vault, tmp_path, story, factors="card")


def test_templates_of_another_bundle_do_not_count(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    vault.do(lambda store: store._write("UPDATE templates SET bundle = ?", "another0another0"))

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        assert peer.of(ReadFace) == []

    tell(vault, tmp_path, story)


def test_a_burst_of_refusals_is_told_once(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        for count in range(1, 6):
            await scene.card(400 + count)
            await scene.denied("unknown_credential", count)
        await eventually(lambda: ("denied_burst", "momentary") in vault.alerts())
        assert vault.alerts().count(("denied_burst", "momentary")) == 1

    tell(vault, tmp_path, story)


def test_a_vault_that_fails_lets_nobody_in(vault: Vault, tmp_path: Path) -> None:
    """The card is known and the face is right, but the grant cannot be written down."""
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await peer_asked(scene)
        attempt = peer.of(ReadFace)[0].attempt
        with vault.locked():
            await peer.face(ANNA)
            await scene.shows(wording.REFUSALS["fault"])
        assert 1 not in scene.board.strike
        await scene.card(404)
        await eventually(lambda: "unknown_credential" in vault.reasons())
        await eventually(lambda: ("vault_fault", "momentary") in vault.alerts())
        faults = [entry for entry in vault.journal() if vault.body(entry).get("reason") == "fault"]
        assert [entry.attempt for entry in faults] in ([attempt], [])  # or lost with the vault
        assert 1 not in scene.board.strike

    tell(vault, tmp_path, story, factor_ms=600_000)

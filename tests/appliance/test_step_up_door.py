"""Stories of people of whom the terminal is not sure: who turns their head, and who does not."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance import attempt, stepup, wording
from board.link.messages import Passed, ReadFace, StopReading
from tests.appliance.bench import PIN, Coprocessor, Scene, Vault, reading, running
from tests.coprocessor.waiting import eventually

ANNA, BEN = 11, 12
UNCLEAR = 500
ATTACK = ("presentation_attack", "momentary")
EVERY_S = 0.02
ASKED = {text: ask for ask, text in wording.ASKS.items()}
YAWS = {stepup.FACING: 0, stepup.LEFT: 40, stepup.RIGHT: -40, stepup.CLOSER: 0}


@pytest.fixture(autouse=True)
def _short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking on for 0.2 s, and 1.5 s for each thing asked."""
    monkeypatch.setattr(attempt, "LOOK_MS", 200)
    monkeypatch.setattr(stepup, "ASK_MS", 1_500)


def tell(
    vault: Vault, folder: Path, story: Callable[[Scene], Awaitable[None]], **portal: Any
) -> None:
    async def told() -> None:
        async with running(vault, folder, **({"factors": "card+face"} | portal)) as scene:
            await story(scene)

    asyncio.run(told())


class Visitor:
    """Whoever stands before the camera, as the co-processor measures them."""

    def __init__(self, scene: Scene, peer: Coprocessor, number: int) -> None:
        self.scene, self.peer, self.number = scene, peer, number
        self.asks: list[str] = []
        self.over = False

    async def seen(self, **more: Any) -> None:
        """One reading; what is turned away carries no probe."""
        turned: dict[str, Any] = {"refusal": "turned_away", "probe": b""}
        if abs(more.get("yaw_deg", 0)) < 20:
            turned = {}
        asked = self.peer.of(ReadFace)[-1].attempt
        like = {"attack_permille": UNCLEAR, "eyes_px": 60} | turned | more
        await self.peer.say(msgspec.structs.replace(reading(asked, self.number), **like))
        await asyncio.sleep(EVERY_S)

    async def asked(self, **more: Any) -> str:
        """Look at the camera until the display asks for something; return what."""
        while not self._ask():
            await self.seen(**more)
        return self._ask()

    async def obeys(self, turned: dict[str, Any] | None = None, **more: Any) -> None:
        """Do what the display says while it asks for something; `turned` overrides the turns."""
        while ask := self._ask():
            if not self.asks or self.asks[-1] != ask:
                self.asks.append(ask)
            different = turned if turned and ask in stepup.SIGNS else more
            await self.seen(**({"yaw_deg": YAWS[ask]} | different))

    async def turns(self, **more: Any) -> str:
        """Face the camera until a side is asked for; return it."""
        while (ask := self._ask()) == stepup.FACING:
            await self.seen(**more)
        return ask

    def _ask(self) -> str:
        return ASKED.get(self.scene.status.feedback.text, "")


async def unclear(scene: Scene, number: int = ANNA, **more: Any) -> Visitor:
    """A card was shown, and the face is unclear for so long that the display asks for more."""
    peer = await scene.coprocessor()
    await scene.card(number)
    await peer.asked(ReadFace)
    visitor = Visitor(scene, peer, number)
    await visitor.asked(**more)
    return visitor


def test_who_turns_as_asked_is_let_in(vault: Vault, tmp_path: Path) -> None:
    holder = vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        assert 1 not in scene.board.strike
        await visitor.obeys()
        await scene.released()
        assert len([ask for ask in visitor.asks if ask in stepup.SIGNS]) == stepup.TURNS
        body = vault.body(await scene.recorded("granted"))
        assert (body["holder"], body["factors"], body["step_up"]) == (holder, "card+face", "passed")
        assert vault.alerts() == [("restarted", "momentary")]

    tell(vault, tmp_path, story, factor_ms=600)


def test_a_clear_holder_is_asked_nothing(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await peer.face(ANNA)
        await scene.released()
        assert len(peer.of(ReadFace)) == 1
        assert "step_up" not in vault.body(await scene.recorded("granted"))

    tell(vault, tmp_path, story)


def test_the_time_of_the_attempt_is_prolonged_once(vault: Vault, tmp_path: Path) -> None:
    """A picture that shows on and on, and never turns."""
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        told = visitor.peer.of(ReadFace)
        assert [ask.deadline_ms for ask in told] == [600, 5 * stepup.ASK_MS]
        side = await visitor.turns()
        while not vault.reasons():
            await visitor.seen()
        await scene.denied("step_up_failed")
        assert side in stepup.SIGNS
        assert len(visitor.peer.of(ReadFace)) == 2
        body = vault.body(await scene.recorded("denied"))
        assert body["step_up"] in ("failed", "unanswered")
        await eventually(lambda: ATTACK in vault.alerts())

    tell(vault, tmp_path, story, factor_ms=600)


def test_silence_after_it_was_asked_is_refused(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await unclear(scene)
        await scene.denied("step_up_failed")
        assert vault.body(await scene.recorded("denied"))["step_up"] == "unanswered"

    tell(vault, tmp_path, story, factor_ms=600)


def test_the_wrong_side_is_refused(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        side = await visitor.turns()
        await visitor.seen(yaw_deg=-YAWS[side])
        await scene.denied("step_up_failed")
        await visitor.seen(yaw_deg=YAWS[side])
        await visitor.seen(yaw_deg=YAWS[side])
        await visitor.seen(attack_permille=0)
        assert 1 not in scene.board.strike

    tell(vault, tmp_path, story, factor_ms=600)


def test_showing_the_card_again_is_no_way_to_a_better_draw(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who does not like the side that is asked for, and starts anew, is asked for more."""
    vault.enrol(ANNA)
    lengths = []
    monkeypatch.setattr(attempt, "LOOK_MS", 0)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        for count in range(1, 5):
            await scene.card(ANNA)
            asked = await peer.asked(ReadFace, 2 * count - 1)
            await peer.say(reading(asked.attempt, ANNA, attack_permille=UNCLEAR, eyes_px=60))
            await peer.asked(ReadFace, 2 * count)
            current = scene.terminal._entrances["front"].admission.course.case
            assert current
            asks = current.attempt.step_up.asks
            lengths.append(len([ask for ask in asks if ask in stepup.SIGNS]))

    tell(vault, tmp_path, story, factor_ms=5_000)
    assert lengths == [2, 3, 4, 4]


def test_after_a_failure_more_is_asked(vault: Vault, tmp_path: Path) -> None:
    """A recording that is tried again and again does not soon find its own order."""
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        side = await visitor.turns()
        await visitor.seen(yaw_deg=-YAWS[side])
        await scene.denied("step_up_failed")
        await scene.card(ANNA)
        await visitor.peer.asked(ReadFace, 3)
        await scene.shows(wording.PROMPTS["face"])
        await visitor.asked()
        await visitor.obeys()
        await scene.released()
        turns = [ask for ask in visitor.asks if ask in stepup.SIGNS]
        assert len(turns) == stepup.TURNS + 1

    tell(vault, tmp_path, story, factor_ms=900)


def test_a_swap_in_the_middle_is_refused(vault: Vault, tmp_path: Path) -> None:
    """The holder's picture is taken away, and somebody else turns their head in its place."""
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        side = await visitor.turns()
        await visitor.seen(yaw_deg=YAWS[side], track=99)
        await scene.denied("step_up_failed")

    tell(vault, tmp_path, story, factor_ms=600)


def test_afterwards_the_face_must_still_match(vault: Vault, tmp_path: Path) -> None:
    """Even if the co-processor takes both for one track."""
    vault.enrol(ANNA)
    stranger = reading(0, BEN).probe

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        await visitor.turns()
        await visitor.obeys(probe=stranger)
        await scene.denied("step_up_failed")

    tell(vault, tmp_path, story, factor_ms=600)


@pytest.mark.parametrize("refusal", ["several_faces", "no_face", "occluded"])
def test_what_is_not_one_clear_face_turns_nothing(
    vault: Vault, tmp_path: Path, refusal: str
) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        await visitor.turns()
        await visitor.obeys(turned={"refusal": refusal})
        await scene.denied("step_up_failed")

    tell(vault, tmp_path, story, factor_ms=600)


@pytest.mark.parametrize("attempt_number", [0, 99])
def test_readings_of_another_attempt_turn_nothing(
    vault: Vault, tmp_path: Path, attempt_number: int
) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        await visitor.obeys(attempt=attempt_number)
        await scene.denied("step_up_failed")

    tell(vault, tmp_path, story, factor_ms=600)


def test_a_clear_attack_in_the_middle_is_an_attack(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        side = await visitor.turns()
        await visitor.seen(yaw_deg=YAWS[side], attack_permille=700)
        await scene.denied("attack_suspected")
        assert vault.body(await scene.recorded("denied"))["step_up"] == "unanswered"

    tell(vault, tmp_path, story, factor_ms=600)


def test_once_asked_a_clear_reading_does_not_open(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        for _ in range(5):
            await visitor.seen(attack_permille=0)
        await scene.denied("step_up_failed")

    tell(vault, tmp_path, story, factor_ms=600)


@pytest.mark.parametrize("without_face", ["card", "card+pin", "refuse"])
def test_a_co_processor_lost_in_the_middle_lets_nobody_in(
    vault: Vault, tmp_path: Path, without_face: str
) -> None:
    """Not even where a card is enough without a face: this one is under suspicion."""
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        visitor.peer.hang_up()
        await scene.denied("step_up_failed")

    tell(vault, tmp_path, story, factor_ms=600, without_face=without_face)


def test_a_second_card_ends_it(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        first = visitor.peer.of(ReadFace)[-1].attempt
        await scene.card(BEN)
        await visitor.peer.asked(ReadFace, 3)
        await visitor.peer.asked(StopReading)
        for ask in (0, 40, 40, -40, -40, 0):
            await visitor.seen(attempt=first, yaw_deg=ask)
        await scene.denied("no_face_reading")

    tell(vault, tmp_path, story, factor_ms=600)


def test_a_stranger_is_never_asked(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await peer.asked(ReadFace)
        stranger = Visitor(scene, peer, BEN)
        while not vault.reasons():
            await stranger.seen()
            assert scene.status.feedback.text not in ASKED
        await scene.denied("attack_suspected")
        assert len(peer.of(ReadFace)) == 1

    tell(vault, tmp_path, story, factor_ms=600)


def test_lockdown_in_the_middle_refuses(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene)
        scene.terminal._entrances["front"].portal.set_mode("lockdown")
        await visitor.obeys()
        await scene.denied("lockdown")

    tell(vault, tmp_path, story, factor_ms=600)


def test_who_is_far_away_comes_closer_first(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        visitor = await unclear(scene, eyes_px=30)
        assert scene.status.feedback.text == wording.ASKS[stepup.CLOSER]
        await visitor.seen(eyes_px=30)
        assert scene.status.feedback.text == wording.ASKS[stepup.CLOSER]
        await visitor.obeys()
        await scene.released()
        assert visitor.asks[0] == stepup.CLOSER

    tell(vault, tmp_path, story, factor_ms=600)


def test_at_a_face_door_it_is_the_same(vault: Vault, tmp_path: Path) -> None:
    anna = vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, ANNA))
        await peer.asked(ReadFace)
        visitor = Visitor(scene, peer, ANNA)
        await visitor.asked()
        await visitor.obeys()
        await scene.released()
        body = vault.body(await scene.recorded("granted"))
        assert (body["holder"], body["factors"], body["step_up"]) == (anna, "face", "passed")

    tell(vault, tmp_path, story, factors="face", factor_ms=600)


def test_at_a_face_door_another_holder_does_not_finish_it(vault: Vault, tmp_path: Path) -> None:
    """The co-processor lies that both are one track: who was asked is who must match."""
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, ANNA))
        await peer.asked(ReadFace)
        visitor = Visitor(scene, peer, ANNA)
        await visitor.asked()
        await visitor.turns()
        await visitor.obeys(probe=reading(0, BEN).probe)
        await scene.denied("step_up_failed")

    tell(vault, tmp_path, story, factors="face", factor_ms=600)


@pytest.mark.parametrize("without_face", ["card", "card+pin", "refuse"])
def test_at_a_face_door_an_unclear_face_is_no_card(
    vault: Vault, tmp_path: Path, without_face: str
) -> None:
    """It says that a holder is there, unclear, and hangs up: no factor stands in for that."""
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, ANNA))
        visitor = Visitor(scene, peer, ANNA)
        await peer.asked(ReadFace)
        await visitor.seen()
        course = scene.terminal._entrances["front"].admission.course
        await eventually(lambda: course.case and course.case.person.holder)
        peer.hang_up()
        await scene.keys(PIN + "#")
        await scene.denied("attack_suspected")

    tell(vault, tmp_path, story, factors="face", without_face=without_face, factor_ms=20_000)


def test_nothing_is_learned_unless_the_site_says_so(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await peer.face(ANNA)
        await scene.released()
        await peer.asked(StopReading)
        assert peer.of(Passed) == []

    tell(vault, tmp_path, story)

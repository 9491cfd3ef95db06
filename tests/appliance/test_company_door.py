"""Doors that open for two, and holders who pass with an escort only: told from the pavement."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from appliance import wording
from board.link.messages import ReadFace
from tests.appliance.bench import DURESS, PIN, Scene, Vault, reading, running
from tests.coprocessor.waiting import eventually

ANNA, BEN, CARL = 11, 12, 13
SECOND, ESCORT = "A second person, please", "Your escort, please"


def tell(
    vault: Vault,
    folder: Path,
    story: Callable[[Scene], Awaitable[None]],
    *,
    factors: str = "card",
    people: int = 2,
    second_ms: int = 20_000,
    **portal: Any,
) -> None:
    async def told() -> None:
        keys = {"factors": factors, "people": people, "second_ms": second_ms} | portal
        async with running(vault, folder, **keys) as scene:
            await story(scene)

    asyncio.run(told())


def escorts(vault: Vault, holder: str, escort: str) -> None:
    vault.do(
        lambda store: store._write("UPDATE holders SET escort = ? WHERE id = ?", escort, holder)
    )


async def granted(scene: Scene) -> dict[str, Any]:
    await scene.released()
    return scene.vault.body(await scene.recorded("granted"))


def test_two_holders_one_after_the_other(vault: Vault, tmp_path: Path) -> None:
    anna, ben = vault.enrol(ANNA), vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.shows(SECOND)
        assert 1 not in scene.board.strike
        waits = vault.body(await scene.recorded("company_wanted"))
        assert (waits["holder"], waits["reason"], waits["factors"]) == (anna, "two_person", "card")
        await scene.card(BEN)
        body = await granted(scene)
        assert (body["holders"], body["holder"]) == ([anna, ben], ben)
        assert vault.kinds().count("granted") == 1
        await scene.shows(wording.IDLE)
        assert vault.reasons() == []

    tell(vault, tmp_path, story)


def test_the_same_holder_twice_is_one(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        for count in (1, 2, 3):
            await scene.card(ANNA)
            await eventually(lambda: vault.kinds().count("company_wanted") == count)  # noqa: B023
            await scene.shows(SECOND)
        assert 1 not in scene.board.strike
        assert "superseded" in vault.kinds()

    tell(vault, tmp_path, story)


def test_each_shows_all_their_factors(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.keys(PIN + "#")
        await scene.shows(SECOND)
        await scene.card(BEN)
        await scene.shows(wording.PROMPTS["pin"])
        await scene.keys("9999#")
        await scene.denied("wrong_pin")
        await scene.shows(SECOND)
        await scene.card(BEN)
        await scene.keys(PIN + "#")
        assert (await granted(scene))["factors"] == "card+pin"

    tell(vault, tmp_path, story, factors="card+pin", factor_ms=5_000)


def test_two_faces(vault: Vault, tmp_path: Path) -> None:
    anna, ben = vault.enrol(ANNA), vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        for count, number in enumerate((ANNA, BEN), 1):
            await peer.say(reading(0, number))
            await peer.asked(ReadFace, count)
            await peer.face(number, count)
            if count == 1:
                await scene.shows(SECOND)
        body = await granted(scene)
        assert body["holders"] == [anna, ben]
        assert body["similarity_e4"] > body["similarity_limit_e4"]

    tell(vault, tmp_path, story, factors="face", factor_ms=5_000)


def test_a_lying_co_processor_makes_up_no_second_person(vault: Vault, tmp_path: Path) -> None:
    """At a card and PIN door no reading is a person."""
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await scene.card(ANNA)
        await scene.shows(SECOND)
        for attempt in range(6):
            await peer.say(reading(attempt, BEN))
        await scene.denied("two_person")

    tell(vault, tmp_path, story, second_ms=300)


def test_nobody_comes_and_the_first_is_forgotten(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.shows(SECOND)
        await scene.denied("two_person")
        await scene.shows(wording.REFUSALS["two_person"])
        await scene.card(BEN)
        await scene.shows(SECOND)
        await scene.denied("two_person", 2)

    tell(vault, tmp_path, story, second_ms=200)


def test_who_has_begun_in_time_may_finish(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.keys(PIN + "#")
        await scene.shows(SECOND)
        await scene.card(BEN)
        await scene.shows(wording.PROMPTS["pin"])
        await asyncio.sleep(0.8)
        await scene.keys(PIN + "#")
        await granted(scene)

    tell(vault, tmp_path, story, factors="card+pin", second_ms=700, factor_ms=20_000)


def test_a_lockdown_forgets_who_waits(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        portal = scene.terminal._entrances["front"].portal
        await scene.card(ANNA)
        await scene.shows(SECOND)
        portal.set_mode("lockdown")
        await scene.denied("lockdown")
        portal.set_mode("normal")
        await scene.card(BEN)
        await scene.shows(SECOND)
        assert 1 not in scene.board.strike

    tell(vault, tmp_path, story)


def test_each_must_stand_at_the_moment_of_the_grant(vault: Vault, tmp_path: Path) -> None:
    anna, ben = vault.enrol(ANNA), vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.keys(PIN + "#")
        await scene.shows(SECOND)
        await scene.card(BEN)
        await scene.shows(wording.PROMPTS["pin"])
        vault.do(lambda store: store.set_holder_status(anna, "suspended"))
        await scene.keys(PIN + "#")
        await eventually(lambda: len(vault.reasons()) == 2)
        told = [vault.body(entry) for entry in vault.journal() if entry.kind == "denied"]
        reasons = {body["holder"]: body["reason"] for body in told}
        assert reasons == {anna: "suspended", ben: "two_person"}
        assert 1 not in scene.board.strike

    tell(vault, tmp_path, story, factors="card+pin", factor_ms=20_000)


@pytest.mark.parametrize("forced", [ANNA, BEN])
def test_duress_of_either_calls_for_help_and_nothing_shows(
    vault: Vault, tmp_path: Path, forced: int
) -> None:
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        for number in (ANNA, BEN):
            await scene.card(number)
            await scene.shows(wording.PROMPTS["pin"])
            await scene.keys((DURESS if number == forced else PIN) + "#")
            if number == ANNA:
                await scene.shows(SECOND)
        body = await granted(scene)
        assert body["duress"] is True
        await scene.shows(wording.WELCOME)
        assert ("duress", "momentary") in vault.alerts()

    tell(vault, tmp_path, story, factors="card+pin", factor_ms=20_000)


def test_whoever_is_forced_and_left_alone_has_called_for_help(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.keys(DURESS + "#")
        await scene.shows(SECOND)
        await eventually(lambda: ("duress", "momentary") in vault.alerts())
        await scene.denied("two_person")

    tell(vault, tmp_path, story, factors="card+pin", second_ms=400, factor_ms=20_000)


def test_who_needs_an_escort_passes_with_one(vault: Vault, tmp_path: Path) -> None:
    guest, host = vault.enrol(ANNA), vault.enrol(BEN)
    escorts(vault, guest, "needs")
    escorts(vault, host, "may")

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.shows(ESCORT)
        await scene.card(BEN)
        assert (await granted(scene))["holders"] == [guest, host]

    tell(vault, tmp_path, story, people=1)


def test_somebody_else_is_no_escort_and_passes_alone(vault: Vault, tmp_path: Path) -> None:
    guest, carl = vault.enrol(ANNA), vault.enrol(CARL)
    escorts(vault, guest, "needs")

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.shows(ESCORT)
        await scene.card(CARL)
        body = await granted(scene)
        assert body["holder"] == carl
        assert "holders" not in body
        await eventually(lambda: vault.reasons() == ["escort"])

    tell(vault, tmp_path, story, people=1, second_ms=900)


def test_who_may_be_an_escort_needs_nobody(vault: Vault, tmp_path: Path) -> None:
    host = vault.enrol(BEN)
    escorts(vault, host, "may")

    async def story(scene: Scene) -> None:
        await scene.card(BEN)
        assert (await granted(scene))["holder"] == host

    tell(vault, tmp_path, story, people=1)


def test_without_an_escort_the_guest_is_refused(vault: Vault, tmp_path: Path) -> None:
    guest = vault.enrol(ANNA)
    escorts(vault, guest, "needs")

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.denied("escort")
        await scene.shows(wording.REFUSALS["escort"])

    tell(vault, tmp_path, story, people=1, second_ms=200)


def test_a_vault_that_fails_lets_neither_in(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene) -> None:
        await scene.card(ANNA)
        await scene.keys(PIN + "#")
        await scene.shows(SECOND)
        await scene.card(BEN)
        await scene.shows(wording.PROMPTS["pin"])
        with vault.locked():
            await scene.keys(PIN + "#")
            await scene.shows(wording.REFUSALS["fault"])
        assert 1 not in scene.board.strike

    tell(vault, tmp_path, story, factors="card+pin", factor_ms=20_000)

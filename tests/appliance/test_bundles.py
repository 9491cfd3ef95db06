"""A bundle that steps back or is not whole takes the face away, and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from appliance import decision, stepup, wording
from appliance.people import People
from appliance.rollback import NOTHING
from appliance.vault import models
from appliance.wallclock import Wallclock
from board.bundle import Manifest
from board.link import admin, answers
from board.link.messages import EnrolPicture, ReadFace
from tests.appliance.bench import (
    BUNDLE,
    MANIFEST,
    PIN,
    Coprocessor,
    Scene,
    Vault,
    reading,
    running,
    vector,
)
from tests.coprocessor.waiting import eventually

ANNA = 11


def version(number: int) -> Manifest:
    """The same networks, signed under another version."""
    return msgspec.structs.replace(MANIFEST, version=number)


def taken(number: int, identity: str = "another") -> Callable[..., None]:
    return lambda store: models.take(store, identity, number, 1)


def tell(
    vault: Vault,
    folder: Path,
    story: Callable[[Scene], Awaitable[None]],
    bundle: Manifest = MANIFEST,
    **portal: Any,
) -> None:
    async def told() -> None:
        async with running(vault, folder, bundle=bundle, **portal) as scene:
            await story(scene)

    asyncio.run(told())


async def linked(scene: Scene, bundle: Manifest) -> Coprocessor:
    """A co-processor with a camera, running this bundle; nothing is said about faces."""
    peer = await scene.coprocessor(bundle.identity)
    link = scene.terminal._link
    await eventually(lambda: link.linked and link.status is not None)
    return peer


REFUSED = {
    "rollback": (taken(5), version(4)),
    "reused": (taken(4), version(4)),
    "invalid": (taken(1), NOTHING),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_refused_bundle_leaves_cards_pins_and_the_way_out(
    reason: str, vault: Vault, tmp_path: Path
) -> None:
    before, bundle = REFUSED[reason]
    vault.enrol(ANNA)
    vault.do(before)

    async def story(scene: Scene) -> None:
        peer = await linked(scene, bundle)
        assert scene.terminal.status().model == reason
        raised = await scene.recorded("model_refused")
        assert vault.body(raised) == {"reason": reason}
        assert ("model_refused", "raised") in vault.alerts()
        for level in (0, 1):
            scene.board.pin("IN2").value(level)
            await scene.released()
        await eventually(lambda: scene.board.strike == [1, 0], "the way out")
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        await peer.say(reading(1, ANNA))
        await scene.keys(PIN + "#")
        await eventually(lambda: scene.board.strike == [1, 0, 1], "card and PIN")
        assert peer.of(ReadFace) == []
        assert "bundle_taken" not in vault.kinds()

    tell(vault, tmp_path, story, bundle, factor_ms=5_000)


@pytest.mark.parametrize("reason", REFUSED)
def test_no_face_opens_under_a_refused_bundle(reason: str, vault: Vault, tmp_path: Path) -> None:
    before, bundle = REFUSED[reason]
    vault.enrol(ANNA)
    vault.do(before)

    async def story(scene: Scene) -> None:
        peer = await linked(scene, bundle)
        for number in range(3):
            await peer.say(reading(number, ANNA))
        await asyncio.sleep(0.3)
        assert 1 not in scene.board.strike
        assert not {"granted", "denied"} & set(vault.kinds()), "a reading was looked at"

    tell(vault, tmp_path, story, bundle, factors="face")


def test_even_believed_readings_match_nothing_without_a_manifest(vault: Vault) -> None:
    people = People(None, NOTHING, Wallclock(UTC, 0), None, None)  # type: ignore[arg-type]
    vault.enrol(ANNA)
    vault.do(people.take_gallery)
    assert people.identify(reading(1, ANNA))[0] == ""
    own = np.frombuffer(vector(ANNA), np.int8).reshape(1, -1)
    face = people.compare(reading(1, ANNA), own)
    assert decision.face_reason(face, people.verifying, stepup.PASSED)


def test_a_bundle_is_taken_once_and_then_known(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.coprocessor()
        entry = await scene.recorded("bundle_taken")
        assert vault.body(entry) == {"bundle": BUNDLE, "version": 1, "count": 0}
        assert scene.terminal.status().model == ""

    for run in ("one", "two"):
        tell(vault, tmp_path / run, story)
    assert vault.kinds().count("bundle_taken") == 1
    assert [one.identity for one in vault.do(models.taken)] == [BUNDLE]


def test_what_no_co_processor_ever_ran_is_not_taken(vault: Vault, tmp_path: Path) -> None:
    """Else a bundle that cannot run would bar the way back to the one that does."""

    async def story(scene: Scene) -> None:
        await scene.coprocessor("other")
        await asyncio.sleep(0.1)

    tell(vault, tmp_path, story, version(9))
    assert vault.do(models.taken) == ()


def test_a_newer_bundle_takes_over_and_the_older_is_refused(vault: Vault, tmp_path: Path) -> None:
    async def take(scene: Scene) -> None:
        await linked(scene, scene.terminal._manifest)
        await eventually(lambda: len(vault.do(models.taken)) > len(before))

    async def refuse(scene: Scene) -> None:
        await eventually(lambda: scene.terminal.status().model == "rollback")

    for number in (2, 3):
        before = vault.do(models.taken)
        tell(vault, tmp_path / str(number), take, version(number))
    tell(vault, tmp_path / "back", refuse, version(2))
    assert [one.version for one in vault.do(models.taken)] == [2, 3]


def test_enrolling_goes_on_without_pictures(vault: Vault, tmp_path: Path) -> None:
    vault.do(taken(5))

    async def story(scene: Scene) -> None:
        peer = await linked(scene, version(4))
        enroller = scene.terminal._admin._handlers[admin.Enrol]
        new = admin.Enrol("Carla", "H10301", 7, 21)
        answer = await enroller(msgspec.structs.replace(new, pictures=(b"jpeg",)), 0)
        assert isinstance(answer, answers.Refused)
        assert answer.reason == "model_refused"
        assert peer.of(EnrolPicture) == []
        assert isinstance(await enroller(new, 0), answers.Done)

    tell(vault, tmp_path, story, version(4))


def test_nobody_is_sent_for_by_a_manifest_that_is_not_believed(
    vault: Vault, tmp_path: Path
) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene) -> None:
        answer = await scene.terminal._admin._handlers[admin.Reenrol](admin.Reenrol(), 0)
        assert isinstance(answer, answers.Refused)
        assert answer.reason == "model_refused"

    tell(vault, tmp_path, story, NOTHING)

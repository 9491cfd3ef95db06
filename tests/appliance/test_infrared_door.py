"""A door with an infrared camera: no face counts while that camera is not said to work."""

import asyncio
from pathlib import Path
from typing import Literal

import pytest

from appliance import wording
from appliance.link import Link
from board.link.messages import FaceReading, ReadFace, Status
from tests.appliance.bench import PIN, SERIAL, Coprocessor, Scene, Vault, running
from tests.coprocessor.waiting import eventually

ANNA = 11


def status(infrared: Literal["none", "working", "lost"]) -> Status:
    return Status(False, True, "test", 0, 0, 0, infrared=infrared)


async def told(scene: Scene, infrared: Literal["none", "working", "lost"]) -> Coprocessor:
    """A co-processor with a working camera that says this of the infrared one."""
    peer = await scene.coprocessor()
    await peer.say(status(infrared))
    link = scene.terminal._link
    await eventually(lambda: link.status == status(infrared))
    return peer


@pytest.mark.parametrize("infrared", ["none", "lost"])
def test_without_the_infrared_camera_the_other_factors_are_wanted(
    infrared: Literal["none", "lost"], vault: Vault, tmp_path: Path
) -> None:
    vault.enrol(ANNA)

    async def story() -> None:
        async with running(vault, tmp_path, camera="rgb+ir", factor_ms=5_000) as scene:
            peer = await told(scene, infrared)
            await scene.card(ANNA)
            await scene.shows(wording.PROMPTS["pin"])
            assert peer.of(ReadFace) == []
            await scene.keys(f"{PIN}#")
            await scene.released()

    asyncio.run(story())


def test_with_it_the_face_opens(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story() -> None:
        async with running(vault, tmp_path, camera="rgb+ir", factor_ms=5_000) as scene:
            peer = await told(scene, "working")
            await scene.card(ANNA)
            await peer.face(ANNA)
            await scene.released()

    asyncio.run(story())


def test_a_face_door_without_it_opens_to_no_face(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)
    door = {"factors": "face", "without_face": "refuse", "camera": "rgb+ir"}

    async def story() -> None:
        async with running(vault, tmp_path, **door) as scene:
            peer = await told(scene, "lost")
            watched = FaceReading(0, "", 5, 9, 900, "", 0, b"", 3, 9_000)
            await peer.say(watched)
            await scene.denied("no_face_reading")
            assert peer.of(ReadFace) == []

    asyncio.run(story())


def test_a_link_sees_what_is_reported_and_nothing_before(tmp_path: Path) -> None:
    link = Link(tmp_path / "link.sock", SERIAL, "bundle")
    assert not link.sees("rgb")
    link.linked = True
    for infrared in ("none", "lost", "working"):
        link.status = status(infrared)
        assert link.sees("rgb")
        assert link.sees("rgb+ir") == (infrared == "working")
    link.status = Status(False, False, "test", 0, 0, 0, infrared="working")
    assert not link.sees("rgb")
    assert not link.sees("rgb+ir")

"""By how much a face passed or failed stands in the journal, and leaves the terminal nowhere."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from appliance.vault.store import Store
from tests.appliance.bench import BUNDLE, KEY, PIN, Scene, Vault, reading, running
from tests.coprocessor.waiting import eventually

ANNA, STRANGER = 11, 99
MARGINS = (
    "similarity_e4",
    "similarity_limit_e4",
    "margin_e4",
    "margin_limit_e4",
    "attack_permille",
    "attack_limit_permille",
    "attack_refuse_permille",
)


def outbox(vault: Vault) -> list[bytes]:
    store = Store.open(vault.path, KEY, read_only=True)
    try:
        return [row[0] for row in store.database.rows("SELECT body FROM outbox")]
    finally:
        store.close()


async def last(scene: Scene, kind: str, count: int = 1) -> dict[str, Any]:
    await eventually(lambda: scene.vault.kinds().count(kind) >= count, kind)
    return scene.vault.body([one for one in scene.vault.journal() if one.kind == kind][-1])


@pytest.mark.parametrize(("factors", "limits"), [("card+face", (4_000, 0)), ("face", (5_000, 500))])
def test_grants_and_refusals_tell_their_margins(
    vault: Vault, tmp_path: Path, factors: str, limits: tuple[int, int]
) -> None:
    vault.enrol(ANNA)

    async def story() -> None:
        async with running(vault, tmp_path, factors=factors, factor_ms=1_500) as scene:
            peer = await scene.coprocessor()
            for count, (number, kind) in enumerate(((ANNA, "granted"), (STRANGER, "denied")), 1):
                if factors == "face":
                    await peer.say(reading(0, number, track=count))
                else:
                    await scene.card(ANNA)
                await peer.face(number, count, attack_permille=120 + count)
                body = await last(scene, kind)
                assert body["bundle"] == BUNDLE
                assert body["factors"] == factors
                measured = [body[word] for word in MARGINS]
                assert (measured[1], measured[3]) == limits
                assert measured[4:] == [120 + count, 300, 700]
                assert (measured[0] >= limits[0]) == (kind == "granted")
            for body in outbox(vault):
                assert not any(word.encode() in body for word in (*MARGINS, "similarity"))

    asyncio.run(story())


def test_who_showed_no_face_has_no_margins(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story() -> None:
        async with running(vault, tmp_path, factors="card+pin", factor_ms=1_500) as scene:
            await scene.card(ANNA)
            await scene.keys(PIN + "#")
            body = await last(scene, "granted")
            assert (body["factors"], body["bundle"]) == ("card+pin", BUNDLE)
            assert not set(MARGINS) & set(body)

    asyncio.run(story())

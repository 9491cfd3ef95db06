"""Built, calibrated, put back: what a terminal makes of each bundle, and of the faces it has."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.rollback import believed
from appliance.vault.records import Template
from board.bundle import MANIFEST, SIGNATURE, Manifest
from board.link.messages import ReadFace
from coprocessor.models.build.version import Count
from coprocessor.models.build.write import PUBLIC_KEY, public_hex, restate
from tests.appliance.bench import PIN, PINS, Coprocessor, Scene, Vault, running, vector
from tests.coprocessor.waiting import eventually

ROOT = Path(__file__).parents[2]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ADA = 11


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The shipped bundle, signed by KEY."""
    shipped = Path(os.environ.get("CARDEA_BUNDLE", ROOT / ".models" / "bundle"))
    bundle = shutil.copytree(shipped, tmp_path / "first")
    (bundle / SIGNATURE).write_bytes(KEY.sign((bundle / MANIFEST).read_bytes()))
    (bundle / PUBLIC_KEY).write_text(public_hex(KEY) + "\n")
    return bundle


@pytest.fixture
def second(first: Path, tmp_path: Path) -> Path:
    """The same, as `cardea models calibrate` leaves it."""
    bundle = shutil.copytree(first, tmp_path / "second")
    thresholds = believed(bundle, public_hex(KEY)).thresholds
    other = msgspec.structs.replace(thresholds, match_e4=thresholds.match_e4 + 1)
    restate(bundle, other, KEY, Count(tmp_path / "signing.count"))
    return bundle


def tell(
    vault: Vault, folder: Path, bundle: Manifest, story: Callable[[Scene], Awaitable[None]]
) -> None:
    async def told() -> None:
        async with running(vault, folder, bundle=bundle) as scene:
            await story(scene)

    asyncio.run(told())


async def linked(scene: Scene, bundle: Manifest) -> Coprocessor:
    peer = await scene.coprocessor(bundle.identity)
    link = scene.terminal._link
    await eventually(lambda: link.linked and link.status is not None)
    return peer


def test_new_thresholds_keep_the_faces_and_the_way_back_is_shut(
    first: Path, second: Path, tmp_path: Path
) -> None:
    old, new = believed(first, public_hex(KEY)), believed(second, public_hex(KEY))
    assert new.version == old.version + 1
    assert new.template_identity == old.template_identity
    vault = Vault(tmp_path / "vault.db", PINS.hashes(PIN))
    vault.enrol(ADA, templates=(Template(old.template_identity, vector(ADA), 1),))

    async def taken(scene: Scene) -> None:
        peer = await linked(scene, scene.terminal._manifest)
        await eventually(lambda: vault.kinds().count("bundle_taken") > before)
        await scene.card(ADA)
        await peer.asked(ReadFace)

    async def refused(scene: Scene) -> None:
        peer = await linked(scene, old)
        assert scene.terminal.status().model == "rollback"
        await scene.card(ADA)
        await scene.shows("Enter your PIN, then #")
        assert peer.of(ReadFace) == []

    for before, bundle in enumerate((old, new)):
        tell(vault, tmp_path / str(before), bundle, taken)
    tell(vault, tmp_path / "back", old, refused)
    assert vault.kinds().count("bundle_taken") == 2


def test_an_older_content_signed_anew_is_taken(first: Path, second: Path, tmp_path: Path) -> None:
    """How to go back on purpose."""
    old, new = believed(first, public_hex(KEY)), believed(second, public_hex(KEY))
    again = restate(second, old.thresholds, KEY, Count(tmp_path / "signing.count"))
    assert again == msgspec.structs.replace(old, version=new.version + 1)
    vault = Vault(tmp_path / "vault.db", PINS.hashes(PIN))

    async def taken(scene: Scene) -> None:
        await linked(scene, scene.terminal._manifest)
        await eventually(lambda: vault.kinds().count("bundle_taken") > before)
        assert scene.terminal.status().model == ""

    for before, bundle in enumerate((old, new, again)):
        tell(vault, tmp_path / str(before), bundle, taken)

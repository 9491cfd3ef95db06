"""A running terminal leaves every older copy of its vault behind; who is erased stays erased."""

import asyncio
import logging
import shutil
from pathlib import Path

import pytest

from appliance import anchoring
from appliance.anchoring import EVERY_MS, Anchoring
from appliance.clerk import Clerk
from appliance.vault.anchorfile import AnchorFile
from appliance.vault.faults import OlderCopy
from appliance.vault.journal import Journal
from appliance.vault.store import Store
from board.link import admin
from tests.appliance.bench import KEY, Scene, Vault
from tests.appliance.test_admin import Installer, tell
from tests.coprocessor.waiting import eventually


def kept(vault: Vault, folder: Path) -> None:
    """Copy the vault and its log while the terminal runs."""
    folder.mkdir()
    for file in vault.path.parent.glob("vault.db*"):
        shutil.copy(file, folder)


def put_back(vault: Vault, folder: Path) -> None:
    for file in vault.path.parent.glob("vault.db*"):
        file.unlink()
    for file in folder.iterdir():
        shutil.copy(file, vault.path.parent)


def outside(vault: Vault) -> int:
    return AnchorFile(vault.path.with_suffix(".anchor"), KEY).read()


def test_a_copy_of_before_an_erasure_is_refused(vault: Vault, tmp_path: Path) -> None:
    holder = vault.enrol(11)
    copy = tmp_path / "copy"

    async def story(scene: Scene, installer: Installer) -> None:
        kept(vault, copy)
        before = outside(vault)
        assert (await installer.ask(admin.Erase(holder))).erased
        assert outside(vault) == before + 1

    tell(vault, tmp_path, story)
    put_back(vault, copy)
    with pytest.raises(OlderCopy, match="an older copy of the vault was put back"):
        Store.open(vault.path, KEY)


def test_a_copy_of_before_a_holder_was_suspended_is_refused(vault: Vault, tmp_path: Path) -> None:
    holder = vault.enrol(11)
    copy = tmp_path / "copy"

    async def story(scene: Scene, installer: Installer) -> None:
        kept(vault, copy)
        await installer.ask(admin.SetHolder(holder, "suspended"))

    tell(vault, tmp_path, story)
    put_back(vault, copy)
    with pytest.raises(OlderCopy):
        Store.open(vault.path, KEY)


def test_a_request_that_changes_nothing_leaves_the_number(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        before = outside(vault)
        await installer.refused(admin.Erase("nobody"))
        assert outside(vault) == before

    tell(vault, tmp_path, story)


def test_each_hour_it_goes_one_on(
    vault: Vault, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the second hour the file cannot be written: it is said, and the terminal goes on."""
    monkeypatch.setattr(anchoring, "LOOK_S", 0.01)
    now_ms = 0.0

    async def story() -> None:
        nonlocal now_ms
        store = Store.open(vault.path, KEY)
        clerk = Clerk(store, Journal(store, "boot"), "demo-1", "boot")
        beats: list[None] = []
        first = outside(vault)
        task = asyncio.create_task(
            Anchoring(clerk, "demo-1", lambda: now_ms).run(lambda: beats.append(None))
        )
        await eventually(lambda: bool(beats), "it beats")
        assert outside(vault) == first
        now_ms += EVERY_MS
        await eventually(lambda: outside(vault) == first + 1, "one hour is over")
        anchored = vault.path.with_suffix(".anchor")
        anchored.unlink()
        anchored.mkdir()
        now_ms += EVERY_MS
        await eventually(lambda: "stays what it was" in caplog.text, "it is said")
        assert not task.done()
        task.cancel()
        clerk.close()

    with caplog.at_level(logging.ERROR):
        asyncio.run(story())

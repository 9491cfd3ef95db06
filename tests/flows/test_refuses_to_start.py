"""What cannot be used is named in one line with its remedy, and the process ends.

But for the appliance's model bundle: without it no face counts, and all else goes on.
"""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from appliance.config import read_site
from appliance.vault import entries, keys, models
from appliance.vault.store import Store
from board.stimulus import SetPins, reach
from provisioning import site_new
from tests.flows.stage import BUNDLE

pytestmark = pytest.mark.flow


@pytest.fixture
def state(tmp_path: Path) -> Path:
    site_new.make(tmp_path / "state", "simulated", BUNDLE)
    return tmp_path / "state"


def complaint(module: str, *arguments: str) -> str:
    """The one line that a process says before it ends with a code that is not 0."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode not in (0, 1), done
    lines = [line for line in done.stderr.splitlines() if line.startswith(f"{module}: ")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


def appliance(state: Path) -> str:
    return complaint("appliance", "--site", str(state / "site.toml"), "--state", str(state))


def coprocessor(state: Path) -> str:
    return complaint("coprocessor", "--config", str(state / "coprocessor.toml"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "named", "remedy"),
    [
        ('strike = "K1"', 'strike = "K9"', "K9", "K1"),
        ('strike = "K1"', 'strike = "K2"', "sounder", "give each its own"),
        ('board = "simulated"', 'board = "toaster"', "toaster", "simulated"),
        ("held_ms = 30000", "held_ms = 5", "held_ms", "docs/site.md"),
        ("held_ms = 30000", 'held_ms = "long"', "held_ms", "docs/site.md"),
        ("held_ms = 30000", "held_for = 30000", "held_for", "docs/site.md"),
        ("prealarm_ms = 10000", "prealarm_ms = 30000", "prealarm_ms", "choose a smaller"),
        ('factors = "card+face"', 'factors = "nothing"', "factors", "docs/site.md"),
        ("[tamper]", "[tamper", "site.toml", "docs/site.md"),
    ],
)
def test_a_wrong_site(state: Path, old: str, new: str, named: str, remedy: str) -> None:
    edit(state / "site.toml", old, new)
    said = appliance(state)
    assert named in said
    assert remedy in said


def test_no_site(state: Path) -> None:
    (state / "site.toml").unlink()
    assert "cardea site new" in appliance(state)


def test_a_missing_key(state: Path) -> None:
    (state / "vault.key").unlink()
    said = appliance(state)
    assert "vault.key" in said
    assert "restore" in said


def test_a_key_that_others_may_read(state: Path) -> None:
    (state / "vault.key").chmod(0o644)
    assert "chmod 600" in appliance(state)


def test_a_missing_vault(state: Path) -> None:
    (state / "vault.db").unlink()
    said = appliance(state)
    assert "vault.db" in said
    assert "restore" in said
    assert not (state / "vault.db").exists()


def test_an_older_copy_of_the_vault(state: Path, tmp_path: Path) -> None:
    shutil.copy(state / "vault.db", tmp_path)
    Store.open(state / "vault.db", keys.load(state / "vault.key")).close()
    shutil.copy(tmp_path / "vault.db", state)
    said = appliance(state)
    assert "an older copy of the vault was put back" in said
    assert "cardea journal accept" in said


@pytest.mark.parametrize("place", [20, 5_000])
def test_a_corrupt_vault(state: Path, place: int) -> None:
    content = bytearray((state / "vault.db").read_bytes())
    content[place] ^= 1
    (state / "vault.db").write_bytes(content)
    said = appliance(state)
    assert "vault.db" in said
    assert "restore" in said


def spoil(name: str) -> Callable[[Path], None]:
    def change(bundle: Path) -> None:
        content = bytearray((bundle / name).read_bytes())
        content[len(content) // 2] ^= 1
        (bundle / name).write_bytes(content)

    return change


@pytest.fixture
def own_bundle(state: Path, tmp_path: Path) -> Path:
    """A copy that may be spoilt."""
    copy = tmp_path / "bundle"
    copy.mkdir()
    for file in BUNDLE.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    for name in ("site.toml", "coprocessor.toml"):
        path = state / name
        lines = path.read_text().splitlines()
        kept = [f'directory = "{copy}"' if line.startswith("directory") else line for line in lines]
        path.write_text("\n".join(kept) + "\n")
    return copy


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig", "embedder.int8.tflite"])
def test_a_corrupt_model(state: Path, own_bundle: Path, name: str) -> None:
    spoil(name)(own_bundle)
    said = coprocessor(state)
    assert "manifest" in said or name in said
    assert "cardea models build" in said


async def leaves(state: Path) -> None:
    """Somebody inside asks to leave, and the strike is released. Fails when it is not."""
    door = read_site(state / "site.toml").portals["front"]
    async with asyncio.timeout(30):
        while not (state / "run" / "board.sock").exists():
            await asyncio.sleep(0.05)
        hand = await reach(state / "run" / "board.sock")
        while not hand.levels:
            await hand.changed(1)
        assert hand.levels[door.strike] == 0
        await hand.do(SetPins({door.rex.pin: int(door.rex.asserted == "high")}))
        while not hand.levels[door.strike]:
            await hand.changed(1)
        hand.close()


def refused_bundle(state: Path) -> list[str]:
    """Run the appliance until somebody has left; why its bundle was refused, by the journal."""
    words = ["--site", str(state / "site.toml"), "--state", str(state)]
    process = subprocess.Popen(
        [sys.executable, "-m", "appliance", *words], stderr=subprocess.PIPE, text=True
    )
    asyncio.run(leaves(state))
    process.terminate()
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in said
    assert "bundle: " in said or "bundle " in said
    store = Store.open(state / "vault.db", keys.load(state / "vault.key"), read_only=True)
    refused = [entry for entry in entries.read(store) if entry.kind == "model_refused"]
    store.close()
    return [msgspec.json.decode(entry.body)["reason"] for entry in refused]


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig"])
def test_the_appliance_believes_no_forged_manifest(
    state: Path, own_bundle: Path, name: str
) -> None:
    """It did not start, once: but then nobody could leave, for an update that went wrong."""
    spoil(name)(own_bundle)
    assert refused_bundle(state) == ["invalid"]


def test_a_bundle_that_is_gone_keeps_nobody_in(state: Path, own_bundle: Path) -> None:
    shutil.rmtree(own_bundle)
    assert refused_bundle(state) == ["invalid"]


def test_an_older_bundle_than_one_before_is_refused(state: Path) -> None:
    store = Store.open(state / "vault.db", keys.load(state / "vault.key"))
    models.take(store, "another", 1 << 30, 1)
    store.close()
    assert refused_bundle(state) == ["rollback"]


def test_a_wrong_co_processor_file(state: Path) -> None:
    edit(state / "coprocessor.toml", 'name = "CAM0"', 'name = "CAM7"')
    said = coprocessor(state)
    assert "CAM7" in said
    assert "CAM0" in said


def test_an_infrared_camera_that_is_not_there(state: Path) -> None:
    path = state / "coprocessor.toml"
    path.write_text(path.read_text() + '\n[infrared]\nname = "CAM7"\n')
    said = coprocessor(state)
    assert "CAM7" in said
    assert "CAM1" in said

"""A door that opens to a face alone before one RGB camera: refused, or said aloud, at the start."""

import subprocess
import sys
from pathlib import Path

import pytest

from provisioning import site_new
from tests.flows.stage import BUNDLE

pytestmark = pytest.mark.flow


def start(folder: Path, assurance: str, camera: str, key: str = "file") -> tuple[int, str]:
    """What the appliance says and ends with; the vault's key is gone, so it always ends."""
    state = folder / "state"
    site_new.make(state, "simulated", BUNDLE)
    path = state / "site.toml"
    text = path.read_text().replace('factors = "card+face"', 'factors = "face"')
    text = text.replace('camera = "rgb"', f'camera = "{camera}"')
    text = text.replace('board = "', f'assurance = "{assurance}"\nboard = "', 1)
    path.write_text(text + f'\n[vault]\nkey = "{key}"\n')
    (state / "vault.key").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "appliance", "--site", str(path), "--state", str(state)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr


def test_high_assurance_does_not_start(tmp_path: Path) -> None:
    code, said = start(tmp_path, "high", "rgb")
    assert code == 2
    assert "portals.front.factors" in said
    assert "add an infrared camera" in said
    assert "vault.key" not in said


def test_standard_assurance_starts_with_a_warning(tmp_path: Path) -> None:
    _, said = start(tmp_path, "standard", "rgb")
    assert "portals.front opens to a face alone" in said
    assert "vault.key" in said


def test_an_infrared_camera_lifts_both(tmp_path: Path) -> None:
    _, said = start(tmp_path, "high", "rgb+ir", key="tpm")
    assert "face alone" not in said
    assert "vault.sealed is missing" in said


def test_high_assurance_refuses_a_key_in_a_file(tmp_path: Path) -> None:
    code, said = start(tmp_path, "high", "rgb+ir")
    assert code == 2
    assert "vault.key: a key in a file is not of high assurance" in said
    assert "cardea key seal" in said

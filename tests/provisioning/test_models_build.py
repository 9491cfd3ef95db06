"""The command makes a key nobody else reads, and ends in one line when it cannot go on."""

import argparse
import stat
from pathlib import Path

import pytest

from coprocessor.models.model import ModelError
from provisioning.models_build import arguments, run, signing_key


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    arguments(parser)
    return parser.parse_args(words)


def test_defaults_stay_inside_the_ignored_directory() -> None:
    found = options()
    places = [str(found.out), str(found.key), str(found.cache)]
    assert places == [".models/bundle", ".models/signing.key", ".models/packages"]


def test_key_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing.key"
    made = signing_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing_key(path).private_bytes_raw() == made.private_bytes_raw()


def test_key_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    signing_key(path)
    path.chmod(0o644)
    with pytest.raises(ModelError, match=r"signing\.key: others may read.*chmod 600"):
        signing_key(path)


@pytest.mark.parametrize("content", [b"", b"zz", b"00" * 31, b"\xff\xfe"])
def test_damaged_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "signing.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ModelError, match=r"signing\.key: not 64 hex digits.*delete it"):
        signing_key(path)


def test_wrong_archive_ends_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "mediapipe-face_detection-0.4.1657300184.tgz").write_bytes(b"something else")
    out = tmp_path / "bundle"
    words = ["--out", str(out), "--key", str(tmp_path / "key"), "--cache", str(cache)]
    assert run(options(*words)) == 1
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert told.startswith("models build: ")
    assert "sha256 differs from the pinned one; delete it" in told
    assert not out.exists()

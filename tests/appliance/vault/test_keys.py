"""The key file: made once, read only when it is ours alone, never made anew for an old vault."""

import logging
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.vault import keys
from appliance.vault.faults import KeyFault


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    return tmp_path / "vault.key"


def test_a_first_start_makes_a_key_and_the_next_reads_it(key_path: Path) -> None:
    made = keys.create(key_path)
    assert len(made) == 32
    assert stat.S_IMODE(key_path.stat().st_mode) == 0o600
    assert keys.load(key_path) == made


def test_two_keys_differ(tmp_path: Path) -> None:
    assert keys.create(tmp_path / "a.key") != keys.create(tmp_path / "b.key")


def test_the_mode_is_0600_under_any_umask(key_path: Path) -> None:
    before = os.umask(0o277)
    try:
        keys.create(key_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(key_path.stat().st_mode) == 0o600


def test_reading_warns_that_a_file_is_no_sealed_key(
    key_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = keys.create(key_path)
    keys.load(key_path)
    loud = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(loud) == 1
    assert all("not a sealed key" in record.getMessage() for record in loud)
    assert key.hex() not in caplog.text


def test_reading_a_missing_key_says_restore(key_path: Path) -> None:
    with pytest.raises(KeyFault, match=r"vault\.key is missing.*restore"):
        keys.load(key_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o700])
def test_a_key_that_others_may_read_is_refused(key_path: Path, mode: int) -> None:
    keys.create(key_path)
    key_path.chmod(mode)
    with pytest.raises(KeyFault, match="chmod 600"):
        keys.load(key_path)


def test_a_key_of_another_account_is_refused(key_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    keys.create(key_path)
    os.chown(key_path, 12345, 12345)
    with pytest.raises(KeyFault, match="belongs to user 12345"):
        keys.load(key_path)


def test_an_existing_key_is_never_overwritten(key_path: Path) -> None:
    keys.create(key_path)
    before = key_path.read_bytes()
    with pytest.raises(KeyFault, match="never overwritten"):
        keys.create(key_path)
    assert key_path.read_bytes() == before


def test_a_link_is_neither_followed_nor_written_through(tmp_path: Path, key_path: Path) -> None:
    keys.create(tmp_path / "elsewhere.key")
    key_path.symlink_to(tmp_path / "elsewhere.key")
    with pytest.raises(KeyFault):
        keys.load(key_path)
    key_path.unlink()
    key_path.symlink_to(tmp_path / "nowhere.key")
    with pytest.raises(KeyFault):
        keys.create(key_path)
    assert not (tmp_path / "nowhere.key").exists()


def test_a_pipe_or_folder_is_no_key(tmp_path: Path, key_path: Path) -> None:
    os.mkfifo(key_path, 0o600)
    with pytest.raises(KeyFault, match="plain file"):
        keys.load(key_path)
    with pytest.raises(KeyFault):
        keys.load(tmp_path)


@pytest.mark.parametrize(
    "text",
    [b"", b"00" * 31, b"00" * 33, b"zz" * 32, b"00" * 32 + b"\n\n", b" " + b"0" * 63, b"0 " * 32],
)
def test_what_is_no_key_is_refused_without_being_shown(key_path: Path, text: bytes) -> None:
    key_path.write_bytes(text)
    key_path.chmod(0o600)
    with pytest.raises(KeyFault, match="64 hexadecimal digits") as caught:
        keys.load(key_path)
    assert not text or text.decode() not in str(caught.value)


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_key_or_a_fault(text: bytes) -> None:
    try:
        key = keys._parsed(Path("vault.key"), text)
    except KeyFault:
        return
    assert text.removesuffix(b"\n").lower() == key.hex().encode()

"""The key's way into a real TPM and out again: no power cut on it leaves a vault without a key."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.vault import keys, recovery, sealed, sealing, sources
from appliance.vault.faults import KeyFault, VaultFault
from appliance.vault.sources import Source
from appliance.vault.store import Store
from appliance.vault.tpm import Tpm
from tests.appliance.vault.swtpm import extend, extended, swtpm

PCRS = (7, 11)


class Cut(BaseException):
    """The power is gone; nothing after this runs."""


@pytest.fixture
def source() -> Iterator[Source]:
    with swtpm() as tcti:
        yield Source("tpm", tcti, PCRS)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    Store.open(tmp_path / "vault.db", keys.create(tmp_path / "vault.key")).close()
    return tmp_path


def sealed_in(state: Path, source: Source) -> bytes:
    key = sealing.seal_file(state, source)
    sealing.destroy_file(state, source, key)
    return key


def test_the_key_is_sealed_opens_and_its_file_is_gone(state: Path, source: Source) -> None:
    key = keys.load(state / "vault.key")
    assert sealed_in(state, source) == key
    assert not (state / "vault.key").exists()
    assert sources.load(state, source) == key
    files = b"".join(each.read_bytes() for each in state.iterdir())
    assert key not in files
    assert key.hex().encode() not in files


def test_another_system_and_another_tpm_are_refused_naming_recovery(
    state: Path, source: Source
) -> None:
    sealed_in(state, source)
    extend(source.tcti, 11, b"another kernel")
    with pytest.raises(KeyFault, match=r"not the system.*cardea key recover"):
        sources.load(state, source)
    with swtpm() as other, pytest.raises(KeyFault, match=r"another TPM.*cardea key recover"):
        sources.load(state, Source("tpm", other, PCRS))


def test_the_recovery_key_seals_to_a_new_tpm(state: Path, source: Source) -> None:
    paper = recovery.written(sealed_in(state, source))
    with swtpm() as other:
        new = Source("tpm", other, PCRS)
        sealing.seal(state, new, recovery.read(paper.lower()))
        assert recovery.written(sources.load(state, new)) == paper


def test_a_recovery_key_of_another_vault_is_refused_and_nothing_lost(
    state: Path, source: Source
) -> None:
    key = sealed_in(state, source)
    with pytest.raises(VaultFault):
        sealing.seal(state, source, bytes(32))
    assert sources.load(state, source) == key


def test_before_an_update_both_systems_open_and_after_it_the_new_alone(
    state: Path, source: Source
) -> None:
    key = sealed_in(state, source)
    with Tpm(source.tcti) as chip:
        coming = {11: extended(chip.measured(PCRS)[11], b"update")}
    assert sealing.reseal(state, source, coming) == 2
    sources.settle(state, source)
    assert sources.load(state, source) == key
    assert len(sealed.read(state / "vault.sealed").blobs) == 2
    extend(source.tcti, 11, b"update")
    assert sources.load(state, source) == key
    sources.settle(state, source)
    assert len(sealed.read(state / "vault.sealed").blobs) == 1
    assert sources.load(state, source) == key


def test_a_disk_that_is_full_after_an_update_locks_nobody_out(
    state: Path, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    """Two blobs open as well as one; the next start settles them."""
    key = sealed_in(state, source)
    with Tpm(source.tcti) as chip:
        coming = {11: extended(chip.measured(PCRS)[11], b"update")}
    sealing.reseal(state, source, coming)
    extend(source.tcti, 11, b"update")
    (state / "vault.sealed.new").mkdir()
    sources.settle(state, source)
    assert "cannot be written" in caplog.text
    assert sources.load(state, source) == key


def test_a_pcr_outside_the_policy_is_no_value_to_come(state: Path, source: Source) -> None:
    sealed_in(state, source)
    with pytest.raises(KeyFault, match="PCR 3 is not among them"):
        sealing.reseal(state, source, {3: bytes(32)})


def test_sealing_wants_the_site_to_say_so(state: Path) -> None:
    with pytest.raises(KeyFault, match=r'\[vault\] key = "tpm"'):
        sealing.seal_file(state, Source())


def cut_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Power goes before the write to disk of this number; syncs, renames, removals count."""
    left = [steps]

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def step(*given: object) -> object:
            if left[0] == 0:
                raise Cut
            left[0] -= 1
            return real(*given)

        return step

    monkeypatch.setattr(os, "fsync", counted(os.fsync))
    monkeypatch.setattr(Path, "replace", counted(Path.replace))
    monkeypatch.setattr(Path, "unlink", counted(Path.unlink))


@pytest.mark.parametrize("steps", range(6))
def test_a_power_cut_at_any_step_of_sealing_leaves_a_key_that_opens(
    state: Path, source: Source, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keys.load(state / "vault.key")
    with monkeypatch.context() as patched:
        cut_after(steps, patched)
        with pytest.raises(Cut):
            sealed_in(state, source)
    if (state / "vault.key").exists():
        assert sealed_in(state, source) == key  # once more, to the end
    assert sources.load(state, source) == key
    assert not (state / "vault.key").exists()


@pytest.mark.parametrize("steps", range(3))
@pytest.mark.parametrize("started", ["the old system", "the new system"])
def test_a_power_cut_at_any_step_of_resealing_leaves_a_blob_that_opens(
    state: Path, source: Source, steps: int, started: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = sealed_in(state, source)
    with Tpm(source.tcti) as chip:
        coming = {11: extended(chip.measured(PCRS)[11], b"update")}
    if started == "the new system":
        sealing.reseal(state, source, coming)
        extend(source.tcti, 11, b"update")

    def step() -> None:
        if started == "the new system":
            sources.settle(state, source)
        else:
            sealing.reseal(state, source, coming)

    with monkeypatch.context() as patched:
        cut_after(steps, patched)
        with pytest.raises(Cut):
            step()
    assert sources.load(state, source) == key


@given(st.binary(max_size=300))
def test_any_bytes_are_a_sealed_key_or_a_fault(text: bytes) -> None:
    with pytest.raises(KeyFault, match=r"vault\.sealed is no sealed key"):
        sealed.parsed(text)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 55), st.sampled_from("0123456789ABCZ"))
def test_a_recovery_key_is_read_back_and_a_slip_is_noticed(key: bytes, at: int, sign: str) -> None:
    paper = recovery.written(key)
    assert recovery.read(paper.replace("1", "l").replace("0", "o").replace("-", " ")) == key
    signs = paper.replace("-", "")
    if signs[at] != sign:
        with pytest.raises(KeyFault):
            recovery.read(signs[:at] + sign + signs[at + 1 :])


@given(st.text(max_size=80))
def test_any_text_is_no_recovery_key_and_is_not_repeated(text: str) -> None:
    with pytest.raises(KeyFault):
        recovery.read(text)

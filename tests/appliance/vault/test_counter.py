"""The TPM counts the vault's changes: an older copy of the whole state directory is refused."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.vault import accepting, entries, journal, keys, opening, sealing, sources
from appliance.vault.counter import INDEX, Counter
from appliance.vault.faults import OlderCopy, StorageFault, VaultFault
from appliance.vault.records import Enrolment
from appliance.vault.sources import Source
from appliance.vault.store import Store
from appliance.vault.tpm import Tpm
from tests.appliance.vault.swtpm import swtpm


@pytest.fixture
def source() -> Iterator[Source]:
    with swtpm() as tcti:
        yield Source("tpm", tcti, (11,))


@pytest.fixture
def state(tmp_path: Path, source: Source) -> Path:
    """A state directory whose key is in the TPM."""
    state = tmp_path / "state"
    state.mkdir()
    Store.open(state / "vault.db", keys.create(state / "vault.key")).close()
    sealing.destroy_file(state, source, sealing.seal_file(state, source))
    return state


def changed(state: Path, source: Source) -> None:
    """Start, change something as the clerk does, stop."""
    store = opening.opened(state, source)
    with store.transaction():
        store.anchor.step()
        store.enrol(Enrolment("Ada"))
    store.anchor.advance()
    store.close()


def put_back(copy: Path, state: Path) -> None:
    """All files of the disk as they were."""
    shutil.rmtree(state)
    shutil.copytree(copy, state)


def test_a_copy_of_the_whole_state_directory_is_refused(
    state: Path, source: Source, tmp_path: Path
) -> None:
    changed(state, source)
    shutil.copytree(state, tmp_path / "copy")
    changed(state, source)
    put_back(tmp_path / "copy", state)
    for _ in range(2):
        with pytest.raises(OlderCopy, match=r"older copy of the vault.*the TPM's counter"):
            opening.opened(state, source)
    store = opening.opened(state, source, read_only=True)
    assert journal.verify(store).fault == "older copy"
    store.close()


def test_a_copy_from_before_the_key_was_sealed_is_refused(tmp_path: Path, source: Source) -> None:
    vault = tmp_path / "vault.db"
    Store.open(vault, keys.create(tmp_path / "vault.key")).close()
    shutil.copy(vault, tmp_path / "copy.db")
    sealing.destroy_file(tmp_path, source, sealing.seal_file(tmp_path, source))
    shutil.copy(tmp_path / "copy.db", vault)
    with pytest.raises(OlderCopy):
        opening.opened(tmp_path, source)


@pytest.mark.parametrize("moment", ["before the counter", "after the counter"])
def test_a_power_cut_is_not_taken_for_an_older_copy(
    state: Path, source: Source, moment: str
) -> None:
    store = opening.opened(state, source)
    with store.transaction():
        store.anchor.step()
    if moment == "after the counter":
        store.anchor.advance()
    store.close()
    changed(state, source)
    assert Counter(source.tcti).read() == inside(state, source)


def accept(state: Path, source: Source) -> None:
    store = opening.opened_any(state, source, sources.load(state, source))
    try:
        accepting.accept(store, 1000)
    finally:
        store.close()


def inside(state: Path, source: Source) -> int:
    store = opening.opened(state, source, read_only=True)
    number = store.anchor.inside
    store.close()
    return number


def test_a_counter_that_was_taken_away_and_made_anew_does_not_help(
    state: Path, source: Source, tmp_path: Path
) -> None:
    shutil.copytree(state, tmp_path / "copy")
    changed(state, source)
    put_back(tmp_path / "copy", state)
    with Tpm(source.tcti) as chip:
        chip.destroy(INDEX)
    with pytest.raises(OlderCopy, match="is missing"):
        opening.opened(state, source)
    with Tpm(source.tcti) as chip:
        chip.define_counter(INDEX)
    with pytest.raises(OlderCopy):
        opening.opened(state, source)


def test_an_accepted_copy_is_the_newest_and_leaves_the_former_behind(
    state: Path, source: Source, tmp_path: Path
) -> None:
    shutil.copytree(state, tmp_path / "copy")
    changed(state, source)
    shutil.copytree(state, tmp_path / "former")
    with pytest.raises(VaultFault, match="nothing is to be accepted"):
        accept(state, source)
    put_back(tmp_path / "copy", state)
    accept(state, source)
    store = opening.opened(state, source)
    assert [entry.kind for entry in entries.read(store)] == [
        "vault_counted",
        "older_vault_accepted",
    ]
    store.close()
    put_back(tmp_path / "former", state)
    with pytest.raises(OlderCopy):
        opening.opened(state, source)


def test_with_the_recovery_key_a_new_tpm_counts_on(state: Path, source: Source) -> None:
    key = sources.load(state, source)
    with swtpm() as other:
        new = Source("tpm", other, (11,))
        sealing.seal(state, new, key)
        changed(state, new)
        changed(state, new)


def test_sealing_once_more_does_not_hide_an_older_copy(
    state: Path, source: Source, tmp_path: Path
) -> None:
    """`cardea key recover` after a change of firmware: the vault is still to be the newest."""
    shutil.copytree(state, tmp_path / "copy")
    changed(state, source)
    put_back(tmp_path / "copy", state)
    sealing.seal(state, source, sources.load(state, source))
    with pytest.raises(OlderCopy):
        opening.opened(state, source)


def test_a_tpm_that_dies_while_the_door_runs_is_a_storage_fault(
    state: Path, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    with swtpm() as gone:
        pass
    with pytest.raises(StorageFault, match=r"vault\.tcti"):
        Counter(gone).write(1)
    store = opening.opened(state, source)
    with Tpm(source.tcti) as chip:
        chip.increment(INDEX)  # somebody else
    with store.transaction():
        store.anchor.step()
    store.anchor.follow()
    assert "who counts it" in caplog.text
    store.close()

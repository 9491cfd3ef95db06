"""An older copy of the vault is refused, a power cut at any moment is not taken for one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.vault import accepting, anchorfile, entries, journal
from appliance.vault.anchorfile import AnchorFile
from appliance.vault.faults import OlderCopy, VaultFault
from appliance.vault.journal import Journal
from appliance.vault.records import Enrolment
from appliance.vault.store import Store

KEY = bytes(range(32))  # that of the fixtures


class PowerCut(Exception):
    """The process ends here."""


@pytest.fixture
def anchored(path: Path) -> Path:
    return path.with_suffix(".anchor")


def changed(path: Path, work: Callable[[Store], object] = lambda _: None) -> None:
    """Start, change something as the clerk does, stop."""
    store = Store.open(path, KEY)
    with store.transaction():
        store.anchor.step()
        work(store)
    store.anchor.advance()
    store.close()


def kept(path: Path) -> Callable[[], None]:
    """Copy vault and log; returns what puts them back, and nothing else of the folder."""
    folder = path.parent / "copy"
    folder.mkdir()
    for file in path.parent.glob("vault.db*"):
        shutil.copy(file, folder)

    def put_back() -> None:
        for file in path.parent.glob("vault.db*"):
            file.unlink()
        for file in folder.iterdir():
            shutil.copy(file, path.parent)

    return put_back


def line(number: int, mac: bytes) -> bytes:
    """What such a file looks like, whoever wrote it."""
    return b"cardea-anchor-1 %d %s\n" % (number, mac.hex().encode())


def numbers(path: Path) -> tuple[int, int]:
    """The vault's number and the file's."""
    store = Store.open_any(path, KEY, read_only=True)
    inside = store.anchor.inside
    store.close()
    return inside, AnchorFile(path.with_suffix(".anchor"), KEY).read()


def accept(path: Path, uid: int) -> None:
    store = Store.open_any(path, KEY)
    try:
        accepting.accept(store, uid)
    finally:
        store.close()


def test_a_deleted_holder_stays_deleted(path: Path) -> None:
    ids: list[str] = []
    changed(path, lambda store: ids.append(store.enrol(Enrolment("Ada"))))
    put_back = kept(path)
    changed(path, lambda store: store.erase(ids[0]))
    put_back()
    for _ in range(2):  # it does not give way to who tries again
        with pytest.raises(OlderCopy, match="an older copy of the vault was put back"):
            Store.open(path, KEY)


def test_a_copy_with_its_log_taken_from_an_open_vault(path: Path) -> None:
    store = Store.open(path, KEY)
    holder = store.enrol(Enrolment("Ada"))
    put_back = kept(path)
    assert (path.parent / "copy" / "vault.db-wal").stat().st_size
    with store.transaction():
        store.anchor.step()
        store.erase(holder)
    store.anchor.advance()
    store.close()
    put_back()
    with pytest.raises(OlderCopy):
        Store.open(path, KEY)


def test_a_copy_of_before_a_start_is_older(path: Path) -> None:
    Store.open(path, KEY).close()
    put_back = kept(path)
    Store.open(path, KEY).close()
    put_back()
    with pytest.raises(OlderCopy):
        Store.open(path, KEY)


def test_each_start_and_each_change_go_one_on_and_both_agree(path: Path) -> None:
    for expected in (2, 4, 6):
        changed(path)
        assert numbers(path) == (expected, expected)


@pytest.mark.parametrize("step", ["open", "fsync", "replace", "keep_the_name"])
def test_a_power_cut_while_the_file_is_written(
    path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three times in a row, at the same place: still no rollback, and in the end both agree."""
    changed(path)
    place = {"replace": Path, "keep_the_name": anchorfile.keys}.get(step, anchorfile.os)
    for _ in range(3):
        with monkeypatch.context() as patch:
            store = Store.open(path, KEY)
            with store.transaction():
                store.anchor.step()

            def cut(*_: object) -> None:
                raise PowerCut

            patch.setattr(place, step, cut)
            with pytest.raises(PowerCut):
                store.anchor.advance()
        store.close()
        inside, outside = numbers(path)
        assert inside - outside in (0, 1)
    Store.open(path, KEY).close()
    assert len(set(numbers(path))) == 1


def test_what_a_power_cut_left_alike_the_next_start_tells_apart(path: Path) -> None:
    store = Store.open(path, KEY)
    with store.transaction():
        store.anchor.step()  # and the file does not follow
    store.close()
    put_back = kept(path)
    Store.open(path, KEY).close()
    put_back()
    with pytest.raises(OlderCopy):
        Store.open(path, KEY)


def test_a_power_cut_before_the_vault_has_it(path: Path) -> None:
    store = Store.open(path, KEY)

    def change() -> None:
        with store.transaction():
            store.anchor.step()
            raise PowerCut

    with pytest.raises(PowerCut):
        change()
    store.close()
    assert numbers(path) == (1, 1)
    Store.open(path, KEY).close()


def test_a_file_that_cannot_be_written_keeps_no_door_shut(
    path: Path, anchored: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However often: the vault never gets two ahead."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    changed(path)
    monkeypatch.setattr(anchorfile.os, "fsync", full)
    for _ in range(3):
        store = Store.open(path, KEY)
        with store.transaction():
            store.anchor.step()
        store.anchor.follow()
        store.close()
    assert numbers(path) == (3, 2)
    assert "No space left" in caplog.text
    monkeypatch.undo()
    changed(path)
    assert len(set(numbers(path))) == 1


def test_a_file_that_is_gone_or_older_is_refused(path: Path, anchored: Path) -> None:
    changed(path)
    older = anchored.read_bytes()
    changed(path)
    anchored.write_bytes(older)
    with pytest.raises(OlderCopy, match=r"vault\.anchor is missing, or an older copy"):
        Store.open(path, KEY)
    anchored.unlink()
    with pytest.raises(OlderCopy, match=r"vault\.anchor is missing"):
        Store.open(path, KEY)


def test_a_file_that_cannot_be_read_is_named(path: Path, anchored: Path) -> None:
    changed(path)
    anchored.unlink()
    anchored.mkdir()
    with pytest.raises(VaultFault, match=r"vault\.anchor cannot be read .*plain file"):
        Store.open(path, KEY)


def test_a_forged_file_is_refused(path: Path, anchored: Path) -> None:
    changed(path)
    AnchorFile(anchored, bytes(32)).write(2)
    with pytest.raises(OlderCopy, match="forged"):
        Store.open(path, KEY)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=120) | st.builds(line, st.integers(0), st.binary(min_size=32, max_size=32))
)
def test_any_bytes_are_a_number_or_refused(anchored: Path, text: bytes) -> None:
    with pytest.raises(OlderCopy):
        AnchorFile(anchored, KEY).parsed(text)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.integers(0, 10**18 - 1))
def test_one_changed_byte_is_noticed(anchored: Path, data: st.DataObject, number: int) -> None:
    file = AnchorFile(anchored, KEY)
    file.write(number)
    assert file.read() == number
    content = bytearray(anchored.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(OlderCopy):
        file.parsed(bytes(content))


def test_a_vault_of_before_there_were_anchors_begins_one(path: Path, anchored: Path) -> None:
    Store.open_any(path, KEY).close()
    assert not anchored.exists()
    Store.open(path, KEY).close()
    assert numbers(path) == (1, 1)
    assert anchored.stat().st_mode & 0o777 == 0o600


def test_verify_names_an_older_copy_and_what_is_missing(path: Path) -> None:
    changed(path, lambda store: Journal(store, "boot").append(1, "restarted"))
    put_back = kept(path)
    changed(path, lambda store: Journal(store, "boot").append(2, "restarted"))
    put_back()
    reader = Store.open(path, KEY, read_only=True)
    verdict = journal.verify(reader)
    reader.close()
    assert (verdict.entries, verdict.fault, verdict.first_bad) == (1, "older copy", 2)
    assert "an older copy of the vault was put back" in verdict.message


def test_verify_beside_a_vault_that_goes_on_finds_nothing(path: Path) -> None:
    store = Store.open(path, KEY)
    reader = Store.open(path, KEY, read_only=True)
    for _ in range(3):
        with store.transaction():
            store.anchor.step()
        assert journal.verify(reader).fault == ""
        store.anchor.advance()
        assert journal.verify(reader).fault == ""
    reader.close()
    store.close()


def test_an_older_copy_is_accepted_once_and_journalled(path: Path, anchored: Path) -> None:
    changed(path)
    put_back = kept(path)
    changed(path)
    newest = numbers(path)[0]
    put_back()
    accept(path, 1000)
    assert numbers(path) == (newest + 1, newest + 1)
    with pytest.raises(VaultFault, match="nothing is to be accepted"):
        accept(path, 1000)
    store = Store.open(path, KEY)
    told = list(entries.read(store))
    assert [(entry.kind, entry.body) for entry in told] == [
        ("older_vault_accepted", b'{"uid":1000}')
    ]
    store.close()
    put_back()  # the same copy again is as old as before
    with pytest.raises(OlderCopy):
        Store.open(path, KEY)


@pytest.mark.parametrize("spoil", [Path.unlink, lambda file: file.write_bytes(b"no anchor")])
def test_a_lost_or_damaged_file_is_made_anew(
    path: Path, anchored: Path, spoil: Callable[[Path], object]
) -> None:
    changed(path)
    spoil(anchored)
    accept(path, 0)
    Store.open(path, KEY).close()

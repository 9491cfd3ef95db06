"""A vault that cannot be opened or read: each kind is one line with its remedy, no more."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlcipher3 import dbapi2

from appliance.vault import cipher, entries, journal
from appliance.vault.faults import VaultFault
from appliance.vault.journal import Journal
from appliance.vault.records import Card, Enrolment, Template
from appliance.vault.store import Store

Raw = Callable[..., list[tuple[Any, ...]]]

KEY = bytes(range(32))  # that of the fixtures


@pytest.fixture
def filled(path: Path) -> Path:
    """A vault with canaries in it, closed properly: all of it lies in one file."""
    store = Store.open(path, KEY)
    written = Journal(store, "boot")
    for number in range(30):
        vector = b"TEMPLATE-CANARY!" * 32
        store.enrol(
            Enrolment(
                f"Name Canary {number}",
                cards=(Card("H10301", 7, number),),
                templates=(Template("bundle", vector, 0),),
            )
        )
        written.append(number, "holder_enrolled")
    store.close()
    return path


def fault_of(path: Path, key: bytes = KEY) -> str:
    with pytest.raises(VaultFault) as caught:
        Store.open(path, key)
    message = str(caught.value)
    assert message.startswith("vault.db")
    assert "\n" not in message
    assert "Canary" not in message
    return message


def test_the_wrong_key_and_one_of_wrong_length(filled: Path) -> None:
    assert "restore the vault.key made with it" in fault_of(filled, bytes(32))
    assert "31 bytes instead of 32" in fault_of(filled, KEY[:31])
    Store.open(filled, KEY).close()  # trying a wrong key has harmed nothing


def test_a_file_that_is_no_vault(path: Path) -> None:
    path.write_bytes(b"just some text")
    assert "no vault" in fault_of(path)
    path.write_bytes(b"just some text" * 4096)
    assert "no vault" in fault_of(path)


def test_an_unencrypted_database_is_no_vault(path: Path) -> None:
    plain = dbapi2.connect(str(path))
    plain.execute("CREATE TABLE holders (name TEXT)")
    plain.commit()
    plain.close()
    assert "no vault" in fault_of(path)


def test_a_cut_file(filled: Path) -> None:
    content = filled.read_bytes()
    filled.write_bytes(content[: len(content) // 2 // 4096 * 4096 + 100])
    assert "cut short" in fault_of(filled)
    filled.write_bytes(content[: len(content) // 2 // 4096 * 4096])
    assert "damaged" in fault_of(filled)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_one_flipped_bit_anywhere_is_found_before_anything_is_read(
    filled: Path, data: st.DataObject
) -> None:
    content = bytearray(filled.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    broken = filled.with_name("broken") / "vault.db"
    broken.parent.mkdir(exist_ok=True)
    broken.write_bytes(content)
    message = fault_of(broken)
    assert "damaged" in message
    # The schema is read first, and lies on page 1 and some others: of those no number is told.
    early = message == "vault.db is damaged: restore it from a backup"
    if place >= 4096 and not early:
        assert f"page {place // 4096 + 1}" in message


def test_damage_met_while_reading_is_one_line_and_the_library_keeps_quiet(
    filled: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = bytearray(filled.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 + 50] ^= 1
    filled.write_bytes(content)
    fault_of(filled)
    with pytest.raises(VaultFault, match=r"vault\.db is damaged: restore"):
        Store.open(filled, KEY, read_only=True).holders()
    assert capfd.readouterr() == ("", "")


def test_a_newer_schema_is_left_alone(filled: Path, raw: Raw) -> None:
    raw(f"PRAGMA user_version = {cipher.SCHEMA + 1}")
    assert "update the terminal" in fault_of(filled)


def test_an_older_schema_is_not_for_readers(path: Path, raw: Raw) -> None:
    raw("CREATE TABLE t (a)")
    with pytest.raises(VaultFault, match="start the terminal once"):
        Store.open(path, KEY, read_only=True)


def test_a_schema_that_fails_half_way_leaves_nothing(path: Path, raw: Raw) -> None:
    raw("CREATE TABLE outbox (squatter)")  # the script's last table is in the way
    assert "outbox" in fault_of(path)
    assert raw("SELECT name FROM sqlite_schema WHERE type = 'table'") == [("outbox",)]
    assert raw("PRAGMA user_version") == [(0,)]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(VaultFault, match="check the state folder"):
        Store.open(tmp_path / "nowhere" / "vault.db", KEY)
    with pytest.raises(VaultFault, match="check the state folder"):
        Store.open(tmp_path / "vault.db", KEY, read_only=True)
    assert not (tmp_path / "vault.db").exists()


def test_a_reader_cannot_write_and_sees_what_a_writer_adds(store: Store, path: Path) -> None:
    reader = Store.open(path, KEY, read_only=True)
    Journal(store, "boot").append(1, "restarted")
    assert journal.verify(reader).entries == 1
    with pytest.raises(VaultFault, match="cannot be written"):
        Journal(reader, "boot").append(2, "restarted")
    assert entries.head(reader)[0] == 1
    reader.close()


def test_a_full_disk_is_named_and_the_vault_goes_on(store: Store) -> None:
    written = Journal(store, "boot")
    written.append(1, "restarted")
    pages = store._database.rows("PRAGMA page_count")[0][0]
    store._database.rows(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        for number in range(10_000):
            written.append(number, "restarted")

    with pytest.raises(VaultFault, match="the disk is full"):
        fill()
    store._database.rows("PRAGMA max_page_count = 1000000")
    written.append(1, "restarted")
    verdict = journal.verify(store)
    assert not verdict.fault
    assert verdict.entries == len(list(entries.read(store)))


def test_the_store_may_move_to_a_worker_thread(store: Store) -> None:
    ids: list[str] = []
    worker = threading.Thread(target=lambda: ids.append(store.enrol(Enrolment("A"))))
    worker.start()
    worker.join()
    assert store.holder(ids[0]).name == "A"


def test_no_canary_lies_in_the_files(filled: Path) -> None:
    store = Store.open(filled, KEY)
    store.enrol(Enrolment("Name Canary in the log"))
    for file in filled.parent.iterdir():
        content = file.read_bytes()
        for canary in (b"Canary", b"CANARY", b"H10301", KEY, KEY.hex().encode()):
            assert canary not in content, file.name
    store.close()

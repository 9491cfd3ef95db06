"""A vault of an older version is brought up to date with all its rows, or stays what it was."""

from collections.abc import Iterator
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from appliance.vault import access, journal, models
from appliance.vault.cipher import SCHEMA
from appliance.vault.faults import VaultFault
from appliance.vault.journal import Journal
from appliance.vault.outbox import Waiting
from appliance.vault.records import Card, Enrolment, Template
from appliance.vault.store import Store

KEY = bytes(range(32))  # that of the fixtures


@pytest.fixture
def first(path: Path) -> Iterator[dbapi2.Connection]:
    """A vault made by version 1, closed with the test; what is written into it is committed."""
    connection = dbapi2.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
    script = resources.files("appliance.vault.schema").joinpath("001.sql")
    connection.executescript(script.read_text("utf-8"))
    connection.execute("PRAGMA user_version = 1")
    path.chmod(0o600)
    yield connection
    connection.close()


def fill(connection: dbapi2.Connection) -> None:
    """One row in each table that has a meaning of its own."""
    connection.execute("INSERT INTO holders (id, name) VALUES ('h1', 'Ada')")
    connection.execute(
        "INSERT INTO credentials (id, holder_id, kind, format, facility, number)"
        " VALUES ('c1', 'h1', 'card', 'H10301', 17, 4711)"
    )
    connection.execute(
        "INSERT INTO templates VALUES ('t1', 'h1', 'n1', ?, 5, NULL)", (b"\1" * 512,)
    )
    connection.execute("INSERT INTO rules VALUES ('h1', 'front')")
    connection.execute("INSERT INTO modes VALUES ('front', 'lockdown')")
    connection.execute("INSERT INTO outbox VALUES (1, 'topic', x'00')")
    connection.execute("UPDATE meta SET value = 1 WHERE name = 'outbox_sequence'")


def version(connection: dbapi2.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_all_rows_are_kept(first: dbapi2.Connection, path: Path) -> None:
    fill(first)
    first.close()
    store = Store.open(path, KEY)
    found = store.find_card([Card("H10301", 17, 4711)])
    assert found is not None
    assert found.holder.name == "Ada"
    assert store.templates.of("h1", "n1").shape == (1, 512)
    assert (store.portals_of("h1"), store.modes()) == (("front",), {"front": "lockdown"})
    assert (Waiting(store).count(), Waiting(store).queue(lambda _: ("topic", b""))) == (1, 2)
    models.take(store, "one", 1, 100)
    assert access.rights(store, "h1", "front", date(2026, 1, 2), date(2026, 1, 1)).always
    store.close()


def test_the_journal_goes_on_where_it_was(first: dbapi2.Connection, path: Path) -> None:
    first.close()
    store = Store.open(path, KEY)
    Journal(store, "boot").append(1, "started")
    assert journal.verify(store).fault == ""
    store.close()


def test_a_failure_in_the_middle_leaves_version_one(first: dbapi2.Connection, path: Path) -> None:
    fill(first)
    first.execute("CREATE TABLE golden (mine TEXT)")  # the second table of 002 cannot be made
    for _ in range(2):
        with pytest.raises(VaultFault, match=r"vault\.db: table golden already exists"):
            Store.open(path, KEY)
        assert version(first) == 1
        tables = {row[0] for row in first.execute("SELECT name FROM sqlite_schema")}
        assert "bundles" not in tables
        assert first.execute("SELECT name FROM holders").fetchall() == [("Ada",)]
    first.execute("DROP TABLE golden")
    Store.open(path, KEY).close()
    assert version(first) == SCHEMA


def test_a_reader_does_not_change_it(first: dbapi2.Connection, path: Path) -> None:
    with pytest.raises(VaultFault, match="has schema 1: start the terminal once first"):
        Store.open(path, KEY, read_only=True)
    assert version(first) == 1


def test_a_fresh_vault_and_an_updated_one_are_the_same(
    first: dbapi2.Connection, path: Path, tmp_path: Path
) -> None:
    first.close()
    fresh = tmp_path / "fresh.db"
    shapes = []
    for each in (path, fresh):
        store = Store.open(each, KEY)
        store.enrol(Enrolment("Ada", templates=(Template("n1", b"\1" * 512, 1),)))
        shapes.append(store.database.rows("SELECT type, name, sql FROM sqlite_schema ORDER BY 2"))
        store.close()
    assert shapes[0] == shapes[1]

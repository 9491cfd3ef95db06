"""From every older version, with a fault at every statement: nothing is lost, nothing is halved."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date
from importlib import resources
from itertools import count
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from appliance.vault import access, journal
from appliance.vault.cipher import SCHEMA, Database, Row
from appliance.vault.faults import StorageFault, VaultFault
from appliance.vault.records import Card, Enrolment
from appliance.vault.store import Store
from tests.appliance.vault.test_migration import KEY, fill

CARD = Card("H10301", 17, 4711)


def script(number: int) -> str:
    file = resources.files("appliance.vault.schema").joinpath(f"{number:03}.sql")
    return file.read_text("utf-8")


def made(path: Path, version: int) -> None:
    """A vault that grew up to this version, with rows from its first one on."""
    connection = dbapi2.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
    for number in range(1, version + 1):
        connection.executescript(script(number))
        if number == 1:
            fill(connection)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    path.chmod(0o600)


class Failing:
    """The disk fails at one statement that changes something, as SQLite would tell it."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int) -> None:
        self._left = at
        self.failed = False
        stream, run = Database.stream, Database.run

        def streamed(database: Database, sql: str, *values: object) -> Iterator[Row]:
            self._count(sql)
            return stream(database, sql, *values)

        def ran(database: Database, sql: str, *values: object) -> int:
            self._count(sql)
            return run(database, sql, *values)

        patch.setattr(Database, "stream", streamed)
        patch.setattr(Database, "run", ran)

    def _count(self, sql: str) -> None:
        if sql.startswith(("SELECT", "PRAGMA key", "ROLLBACK")):
            return
        self._left -= 1
        if self._left == 0:
            self.failed = True
            raise StorageFault("vault.db cannot be read or written, the storage fails")


def shape(path: Path) -> tuple[int, list[Row]]:
    """The version, and every table as it was made."""
    connection = dbapi2.connect(str(path), isolation_level=None)
    try:
        connection.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
        rows = connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY 2").fetchall()
        return int(connection.execute("PRAGMA user_version").fetchone()[0]), rows
    finally:
        connection.close()


def grown(version: int) -> list[Row]:
    """The tables that this version has, by its scripts alone."""
    plain = sqlite3.connect(":memory:", isolation_level=None)
    for number in range(1, version + 1):
        plain.executescript(script(number))
    return plain.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY 2").fetchall()


def all_is_there(path: Path) -> None:
    store = Store.open(path, KEY)
    try:
        found = store.find_card([CARD])
        assert found is not None
        assert found.holder.name == "Ada"
        assert store.templates.of("h1", "n1").tobytes() == b"\1" * 512
        assert access.rights(store, "h1", "front", date(2037, 1, 2), date(2037, 1, 1)).always
        assert store.modes() == {"front": "lockdown"}
        assert journal.verify(store).fault == ""
        store.enrol(Enrolment("Ben"))
    finally:
        store.close()


@pytest.mark.parametrize("version", range(1, SCHEMA + 1))
def test_a_fault_at_any_statement_leaves_a_version_whole(version: int, tmp_path: Path) -> None:
    """Whatever fails on the way: every table of one version, and the next start ends it."""
    old = tmp_path / "old.db"
    made(old, version)
    Store.open(tmp_path / "fresh.db", KEY).close()
    _, fresh = shape(tmp_path / "fresh.db")  # the templates are sealed, and their old table is gone
    for at in count(1):
        folder = tmp_path / str(at)
        folder.mkdir()
        path = folder / "vault.db"
        shutil.copyfile(old, path)
        path.chmod(0o600)
        with pytest.MonkeyPatch.context() as patch:
            failing = Failing(patch, at)
            try:
                Store.open(path, KEY).close()
            except VaultFault:
                assert failing.failed
        reached, tables = shape(path)
        assert version <= reached <= SCHEMA
        assert tables in (grown(reached), fresh), f"statement {at}"
        all_is_there(path)
        assert shape(path) == (SCHEMA, fresh)
        shutil.rmtree(folder)
        if not failing.failed:
            assert at > SCHEMA - version
            return

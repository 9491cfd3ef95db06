"""An opened, keyed and proven SQLCipher file: rows, transactions, and each failure as a VaultFault.

It knows SQLCipher and its switches, but no table of ours: those belong to its neighbours.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Final

from sqlcipher3 import dbapi2

from appliance.vault.faults import StorageFault, VaultFault
from appliance.vault.pages import PAGE_BYTES, Pages

SCHEMA: Final = 7
"""The newest schema version this build knows: schema/NNN.sql."""

Row = tuple[Any, ...]

_BUSY_MS: Final = 2_000

# What is set on every connection, in this order; the key has been given before.
_SWITCHES: Final = (
    "PRAGMA cipher_log_level = NONE",  # it would write to stderr; a VaultFault says it in one line
    "PRAGMA cipher_memory_security = ON",  # pages are wiped from memory when freed
    "PRAGMA temp_store = MEMORY",  # nothing decrypted in temporary files
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    f"PRAGMA busy_timeout = {_BUSY_MS}",
)
_WRITER_SWITCHES: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an acknowledged entry survives a power cut
    "PRAGMA secure_delete = ON",  # what is erased is overwritten
)

# SQLite's primary result codes -> what is wrong, and the remedy.
_REMEDIES: Final = {
    5: "is in use by another process: stop the other terminal or command and try again",
    8: "cannot be written: give the terminal's account write access to it and its folder",
    10: "cannot be read or written, the storage fails: replace it and restore a backup",
    11: "is damaged: restore it from a backup",
    13: "cannot grow, the disk is full: free some space",
    14: "cannot be opened: check that its folder exists and belongs to the terminal's account",
    26: (
        "does not open: the key is another vault's, or the file is no vault, or its first page is "
        "damaged; restore the vault.key made with it, or both from a backup"
    ),
}


class Database:
    """One connection. Not thread-safe: one thread at a time, any thread (it may move).

    pages: the same file below SQLite, to look for what should be gone.
    """

    def __init__(self, path: Path, connection: Any, pages: Pages) -> None:
        self._path = path
        self._connection = connection
        self.pages = pages

    @classmethod
    def open(cls, path: Path, key: bytes, *, read_only: bool = False) -> "Database":
        """Open `path` with the raw 32-byte `key`; make it unless `read_only`. Raises VaultFault.

        A writer first folds in the log that a crash may have left, proves every page's HMAC, and
        brings the schema up to date. A reader may run beside a writer and proves what it reads.
        """
        if len(key) != 32:
            raise VaultFault(f"{path.name}: the key has {len(key)} bytes instead of 32")
        _check_file(path, read_only)
        database = cls(path, _connected(path, "ro" if read_only else "rw"), Pages(path, key))
        try:
            database._unlock(key, read_only)
            database._check_schema(read_only)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def create(cls, path: Path, key: bytes) -> "Database":
        """Make a new file without any table; fill_from() is the next step. Raises VaultFault."""
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise VaultFault(
                f"{path} cannot be made ({error.strerror}): move away what is there, or choose "
                f"another folder"
            ) from error
        database = cls(path, _connected(path, "rw"), Pages(path, key))
        try:
            database._unlock(key, read_only=False)
        except BaseException:
            database.close()
            raise
        return database

    def fill_from(self, path: Path, key: bytes) -> None:
        """Take over all tables of the vault at `path`, of one moment, and bring them up to date.

        Raises VaultFault.
        """
        uri = f"{path.absolute().as_uri()}?mode=ro"
        self.run("ATTACH DATABASE ? AS source KEY ?", uri, f"x'{key.hex()}'")
        try:
            with self.transaction():
                self.rows("SELECT sqlcipher_export('main', 'source')")
                version = int(self.rows("PRAGMA source.user_version")[0][0])
                self.run(f"PRAGMA main.user_version = {version}")
        finally:
            self.run("DETACH DATABASE source")
        self._check_schema(read_only=False)

    def close(self) -> None:
        """Close the file; the log is folded in when no other connection is open."""
        self._connection.close()

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Run one statement and fetch all of its rows. Raises VaultFault."""
        return list(self.stream(sql, *values))

    def stream(self, sql: str, *values: object) -> Iterator[Row]:
        """Run one statement and yield its rows one by one. Raises VaultFault."""
        try:
            yield from self._connection.execute(sql, values)
        except dbapi2.Error as error:
            raise _fault(self._path, error) from error

    def run(self, sql: str, *values: object) -> int:
        """Run one statement for its effect; returns the number of rows changed."""
        try:
            return int(self._connection.execute(sql, values).rowcount)
        except dbapi2.Error as error:
            raise _fault(self._path, error) from error

    def run_many(self, sql: str, values: Iterable[tuple[object, ...]]) -> None:
        """Run one statement for its effect, once for each row of values."""
        try:
            self._connection.executemany(sql, values)
        except dbapi2.Error as error:
            raise _fault(self._path, error) from error

    @property
    def folder(self) -> Path:
        """Where the file lies."""
        return self._path.parent

    @property
    def in_transaction(self) -> bool:
        return bool(self._connection.in_transaction)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable on return. Inside another one, a savepoint of it."""
        inner = self.in_transaction
        self.run("SAVEPOINT inner_step" if inner else "BEGIN IMMEDIATE")
        try:
            yield
            self.run("RELEASE inner_step" if inner else "COMMIT")
        except BaseException:
            self._undo(inner)
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reads inside see one moment, whatever a running terminal writes meanwhile."""
        self.run("BEGIN")
        try:
            yield
        finally:
            self._undo(False)

    def fold_log(self) -> bool:
        """Move the write-ahead log into the file and empty it; False while a reader holds it."""
        self.rows("PRAGMA busy_timeout = 0")  # a card at the door does not wait for a reader
        try:
            return not self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
        finally:
            self.rows(f"PRAGMA busy_timeout = {_BUSY_MS}")

    def _undo(self, inner: bool) -> None:
        # SQLite has rolled back by itself after some faults (disk full, I/O error).
        if not self.in_transaction:
            return
        if inner:
            self.run("ROLLBACK TO inner_step")
            self.run("RELEASE inner_step")
        else:
            self.run("ROLLBACK")

    def _unlock(self, key: bytes, read_only: bool) -> None:
        self.run(f"PRAGMA key = \"x'{key.hex()}'\"")
        version = self.rows("PRAGMA cipher_version")
        if not version or int(str(version[0][0]).split(".")[0]) < 4:
            raise VaultFault(
                f"{self._path.name}: SQLCipher 4 or newer is needed; update sqlcipher3"
            )
        for switch in _SWITCHES:
            self.rows(switch)
        self.rows("SELECT count(*) FROM sqlite_schema")  # the first read shows a wrong key
        if read_only:
            return
        for switch in _WRITER_SWITCHES:
            self.rows(switch)
        # Only with the log folded in do the file's own pages have to be right.
        damaged = self.rows("PRAGMA cipher_integrity_check") if self.fold_log() else []
        if damaged:
            raise VaultFault(
                f"{self._path.name} is damaged ({damaged[0][0]}): restore it from a backup"
            )

    def _check_schema(self, read_only: bool) -> None:
        version = int(self.rows("PRAGMA user_version")[0][0])
        if version > SCHEMA:
            raise VaultFault(
                f"{self._path.name} has schema {version}, this build knows {SCHEMA}: "
                f"update the terminal, or restore an older backup"
            )
        if version < SCHEMA and read_only:
            raise VaultFault(
                f"{self._path.name} has schema {version}: start the terminal once first"
            )
        for number in range(version + 1, SCHEMA + 1):
            self._apply(number)

    def _apply(self, number: int) -> None:
        script = resources.files("appliance.vault.schema").joinpath(f"{number:03}.sql")
        with self.transaction():
            for statement in _statements(script.read_text("utf-8")):
                self.run(statement)
            self.run(f"PRAGMA user_version = {number}")


def _connected(path: Path, mode: str) -> Any:
    try:
        return dbapi2.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
    except dbapi2.Error as error:
        raise _fault(path, error) from error


def _statements(script: str) -> Iterator[str]:
    """Cut a script into statements at the semicolons that end one (those in triggers do not)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if dbapi2.complete_statement(statement):
            yield statement
            statement = ""


def _check_file(path: Path, read_only: bool) -> None:
    try:
        if not read_only:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        size = path.stat().st_size
    except OSError as error:
        raise VaultFault(
            f"{path} cannot be opened ({error.strerror}): check the state folder"
        ) from error
    if size % PAGE_BYTES:
        raise VaultFault(f"{path.name} is cut short or no vault: restore it from a backup")


def _fault(path: Path, error: Exception) -> VaultFault:
    code = int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    remedy = _REMEDIES.get(code)
    return StorageFault(f"{path.name} {remedy}" if remedy else f"{path.name}: {error}")

"""A backup put in place of the vault: under this terminal's key, as the newest, and journalled."""

import fcntl
import secrets
import time
from pathlib import Path
from typing import Final, NamedTuple

import pyrage

from appliance.vault import copying, envelope, journal, keys, opening, since, sources
from appliance.vault.cipher import Database
from appliance.vault.envelope import Contents
from appliance.vault.faults import BackupFault, VaultFault
from appliance.vault.journal import Journal
from appliance.vault.since import Ids, Taken
from appliance.vault.sources import Source
from appliance.vault.store import Store

RECEIVED: Final = "vault.db.received"
RESTORED: Final = "vault.db.restored"
_LOCKED: Final = (510, 0x4000_0002)
"""Bytes that SQLite locks while a file is open (length, start): its SHARED range, os_unix.c."""


class Wish(NamedTuple):
    """How to restore. uid: who says so. replace: in place of a vault that is in use."""

    uid: int
    replace: bool = False
    with_erased: bool = False
    dry_run: bool = False


class Restored(NamedTuple):
    """What was restored. taken: what stays erased, None: nobody knows. fault: of its journal."""

    contents: Contents
    taken: Taken | None
    fault: str


def restored(
    state: Path, source: Source, backup: Path, owner: pyrage.x25519.Identity, wish: Wish
) -> Restored:
    """Put the backup in place of the vault in `state`, or with dry_run only look at it.

    Raises VaultFault; then the vault that is there is what it was.
    """
    key = sources.load(state, source)
    received, made = state / RECEIVED, state / RESTORED
    _refuse_running(state / opening.VAULT)
    try:
        for left in (received, made):
            copying.remove(left)  # of a power cut
        contents = envelope.unseal(backup, owner, received)
        ids = _present(state, key, contents, wish)
        copying.copied(received, contents.key, made, key)
        store = Store.open_any(made, key, opening.outside(state, source, key))
        try:
            done = _made_ready(store, contents, ids, wish)
        finally:
            store.close()
        if not wish.dry_run:
            _put_in_place(made, state, source, key)
    finally:
        copying.remove(received)
        copying.remove(made)
    return done


def _present(state: Path, key: bytes, contents: Contents, wish: Wish) -> Ids | None:
    """What the vault that is there knows of later days. Raises BackupFault where it is in use."""
    path = state / opening.VAULT
    if not path.exists():
        return None
    try:
        present = Store.open_any(path, key, read_only=True)
    except VaultFault as fault:
        _want_replace(wish, f"the vault there does not open ({fault})")
        return None
    try:
        count = int(present.database.rows("SELECT count(*) FROM journal")[0][0])
        if count or present.holders(limit=1):
            _want_replace(wish, f"a vault with {count} journal entries is there")
        return None if wish.with_erased else since.of(present, contents)
    finally:
        present.close()


def _want_replace(wish: Wish, what: str) -> None:
    if not (wish.replace or wish.dry_run):
        raise BackupFault(f"{what}: back it up first; --replace puts the backup in its place")


def _made_ready(store: Store, contents: Contents, ids: Ids | None, wish: Wish) -> Restored:
    """Take away what stays erased, journal it, and let the new file count as the newest."""
    with store.transaction():
        taken = since.take_away(store, ids) if ids is not None else None
        if not wish.dry_run:
            store.anchor.accept()
            _tell(store, contents, taken, wish.uid)
    fault = journal.verify(store).fault
    return Restored(contents, taken, "" if fault == "older copy" else fault)


def _tell(store: Store, contents: Contents, taken: Taken | None, uid: int) -> None:
    written = Journal(store, secrets.token_hex(8))
    written.append(
        time.time_ns() // 1_000_000,
        "restored",
        portal="terminal",
        body={
            "uid": uid,
            "date": time.strftime("%Y-%m-%d", time.gmtime(contents.made_at_ms / 1_000)),
            "removed": sum(taken) if taken else 0,
        },
    )


def _put_in_place(made: Path, state: Path, source: Source, key: bytes) -> None:
    """A power cut leaves the vault of before, or the backup, whole."""
    vault = state / opening.VAULT
    _refuse_running(vault)
    _fold(vault, key)
    for ending in ("-wal", "-shm"):  # of a vault that does not open any more
        vault.with_name(vault.name + ending).unlink(missing_ok=True)
    made.replace(vault)
    keys.keep_the_name(state)
    store = opening.opened_any(state, source, key)
    try:
        store.anchor.advance()
    finally:
        store.close()


def _fold(vault: Path, key: bytes) -> None:
    """A log beside another file than its own would spoil that; so it goes into its own first."""
    try:
        if vault.exists():
            Database.open(vault, key).close()
    except VaultFault:
        return  # it is damaged, and --replace was said


def _refuse_running(vault: Path) -> None:
    if not vault.exists():
        return
    try:
        with vault.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, *_LOCKED)
    except OSError as fault:
        raise BackupFault(
            f"{vault} is in use ({fault.strerror}): stop the terminal first; REX does not release "
            f"meanwhile"
        ) from fault

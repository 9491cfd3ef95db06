"""An older copy of the vault that counts as the newest from now on, because somebody says so."""

import secrets
import time
from pathlib import Path

from appliance.vault.faults import OlderCopy, VaultFault
from appliance.vault.journal import Journal
from appliance.vault.store import Store


def accept(path: Path, key: bytes, uid: int) -> None:
    """Journal it with the account that said so. Raises VaultFault, also for the newest copy."""
    if not path.exists():
        raise VaultFault(f"{path}: missing; put the copy there first")
    store = Store.open_any(path, key)
    try:
        if not _is_older(store):
            raise VaultFault("the vault is the newest there was; nothing is to be accepted")
        with store.transaction():
            store.anchor.accept()
            at_ms = time.time_ns() // 1_000_000
            written = Journal(store, secrets.token_hex(8))
            written.append(at_ms, "older_vault_accepted", portal="terminal", body={"uid": uid})
        store.anchor.advance()
    finally:
        store.close()


def _is_older(store: Store) -> bool:
    try:
        store.anchor.check()
    except OlderCopy:
        return True
    return False

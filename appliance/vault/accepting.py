"""A vault that counts as the newest from now on, because somebody says so."""

import secrets
import time

from appliance.vault.faults import OlderCopy, VaultFault
from appliance.vault.journal import Journal
from appliance.vault.store import Store


def accept(store: Store, uid: int) -> None:
    """Let an older copy count; journal it with the account that said so.

    store: opened with open_any. Raises VaultFault, also for the newest copy.
    """
    if not _is_older(store):
        raise VaultFault("the vault is the newest there was; nothing is to be accepted")
    _count(store, "older_vault_accepted", uid)


def begin(store: Store, uid: int) -> None:
    """Let the TPM count the changes of a vault whose key it has not sealed before."""
    if not store.anchor.begun:
        _count(store, "vault_counted", uid)


def _count(store: Store, kind: str, uid: int) -> None:
    with store.transaction():
        store.anchor.accept()
        at_ms = time.time_ns() // 1_000_000
        written = Journal(store, secrets.token_hex(8))
        written.append(at_ms, kind, portal="terminal", body={"uid": uid})
    store.anchor.advance()


def _is_older(store: Store) -> bool:
    try:
        store.anchor.check()
    except OlderCopy:
        return True
    return False

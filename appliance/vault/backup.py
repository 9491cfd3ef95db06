"""A backup of the vault for its owner's public key, made beside a running terminal."""

import secrets
import time
from pathlib import Path

import pyrage

from appliance.vault import copying, entries, envelope, keys, opening, sources
from appliance.vault.envelope import Contents
from appliance.vault.sources import Source
from appliance.vault.store import Store


def made(state: Path, source: Source, to: Path, owner: pyrage.x25519.Recipient) -> Contents:
    """Write the backup `to` and return what is in it. Raises VaultFault; then none is left.

    What lies beside it meanwhile is encrypted under a random key that stands in no file.
    """
    key, inner = sources.load(state, source), secrets.token_bytes(keys.KEY_BYTES)
    snapshot = to.with_name(f".{to.name}.{secrets.token_hex(4)}.part")
    made_at_ms = time.time_ns() // 1_000_000
    try:
        copying.copied(opening.there(state), key, snapshot, inner)
        contents = _contents(snapshot, inner, made_at_ms)
        envelope.seal(contents, snapshot, to, owner)
        keys.keep_the_name(to.absolute().parent)
    finally:
        copying.remove(snapshot)
    return contents


def _contents(snapshot: Path, inner: bytes, made_at_ms: int) -> Contents:
    store = Store.open_any(snapshot, inner)
    try:
        holders = int(store.database.rows("SELECT count(*) FROM holders")[0][0])
        return Contents(made_at_ms, holders, *entries.head(store), inner)
    finally:
        store.close()

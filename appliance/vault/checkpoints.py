"""Signed words about how long the journal was, and what its last entry was, at some moment.

Signed (Ed25519) is the text "cardea-checkpoint-1", the terminal, how many entries, the head in
hexadecimal, and UTC ms, each behind a line feed. The key lies in the vault: who has the vault's key
can sign as well, but cannot unsay what an auditor has taken home.
"""

import secrets
from collections.abc import Iterator
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from appliance.vault import entries, meta
from appliance.vault.faults import VaultFault
from appliance.vault.store import Store

SEED_BYTES: Final = 32


class Checkpoint(msgspec.Struct, frozen=True):
    """The journal of `terminal` had `entries` entries at `at_ms` (UTC); `head`: the last's hash."""

    entries: int
    head: bytes
    at_ms: int
    terminal: str
    signature: bytes


def sign(store: Store, terminal: str, at_ms: int) -> None:
    """Sign the journal as it is now and keep it; one that has not grown is not signed again."""
    with store.transaction():
        count, head = entries.head(store)
        if not count or any(read(store, count - 1, 1)):
            return
        unsigned = Checkpoint(count, head, at_ms, terminal, b"")
        store.database.run(
            "INSERT INTO checkpoints (entries, head, at_ms, terminal, signature)"
            " VALUES (?, ?, ?, ?, ?)",
            *(count, head, at_ms, terminal, _key(store).sign(text(unsigned))),
        )


def read(store: Store, after: int = 0, limit: int = -1) -> Iterator[Checkpoint]:
    """Checkpoints of more than `after` entries in order, at most `limit` of them (-1: all)."""
    rows = store.database.stream(
        "SELECT entries, head, at_ms, terminal, signature FROM checkpoints"
        " WHERE entries > ? ORDER BY entries LIMIT ?",
        after,
        limit,
    )
    return (Checkpoint(*row) for row in rows)


def public_key(store: Store) -> bytes:
    """The 32 bytes that tell what this vault has signed; empty before its first signature."""
    if not meta.value(store, "checkpoint_seed"):
        return b""
    return _key(store).public_key().public_bytes_raw()


def forged(store: Store, checkpoint: Checkpoint) -> bool:
    """Whether its signature is not one of this vault's."""
    try:
        key = Ed25519PublicKey.from_public_bytes(public_key(store))
        key.verify(checkpoint.signature, text(checkpoint))
    except (InvalidSignature, ValueError):  # ValueError: no key, and yet a checkpoint
        return True
    return False


def text(checkpoint: Checkpoint) -> bytes:
    """What is signed."""
    words = (checkpoint.terminal, checkpoint.entries, checkpoint.head.hex(), checkpoint.at_ms)
    return "\n".join(["cardea-checkpoint-1", *map(str, words)]).encode()


def _key(store: Store) -> Ed25519PrivateKey:
    seed = meta.value(store, "checkpoint_seed")
    if not seed:
        seed = secrets.token_bytes(SEED_BYTES)
        with store.transaction():
            meta.put(store, "checkpoint_seed", seed)
    if not isinstance(seed, bytes) or len(seed) != SEED_BYTES:
        raise VaultFault("the vault's checkpoint_seed is damaged: restore it from a backup")
    return Ed25519PrivateKey.from_private_bytes(seed)

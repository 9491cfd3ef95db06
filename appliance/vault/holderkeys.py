"""Each holder's own key: 32 random bytes, wrapped in a table of their own, gone with the holder.

A holder gets one with their first face. Where it is gone, or does not unwrap, what was sealed under
it is noise for ever.
"""

import hmac
import secrets
from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.vault import keys
from appliance.vault.cipher import Database
from appliance.vault.faults import VaultFault

NONCE_BYTES: Final = 12

_PURPOSE: Final = "holder keys 1"
_ROW: Final = b"cardea template row 1\x01"
_TRANSFORM: Final = b"cardea template transform 1\x01"


class Unwrapped(NamedTuple):
    """What a holder's key is used for: to seal rows, and to transform templates. 32 bytes each."""

    row: bytes
    transform: bytes

    def __repr__(self) -> str:
        return "Unwrapped(...)"


class HolderKeys:
    """The table holder_keys. One thread at a time, as the database."""

    def __init__(self, database: Database, key: bytes) -> None:
        """key: the vault's own, 32 bytes."""
        self._database = database
        self._wrapping = AESGCM(keys.derived(key, _PURPOSE))

    def of(self, holder_id: str) -> Unwrapped:
        """The holder's key; a new one where there is none. Raises VaultFault.

        One that does not unwrap stays: its faces are lost already, and a second fault must not
        make a loss that a backup could still undo.
        """
        sql = "SELECT wrapped FROM holder_keys WHERE holder_id = ?"
        rows = self._database.rows(sql, holder_id)
        if not rows:
            return self.new(holder_id)
        found = self.unwrapped(holder_id, rows[0][0])
        if found is None:
            raise VaultFault(
                f"holder {holder_id}: the key of their faces is damaged; `cardea reenrol` gives "
                f"them a new one"
            )
        return found

    def new(self, holder_id: str) -> Unwrapped:
        """Give the holder a new key in place of any other. Raises VaultFault for no holder."""
        if not self._database.rows("SELECT 1 FROM holders WHERE id = ?", holder_id):
            raise VaultFault(f"no holder {holder_id}: `cardea holders` lists them")
        own = secrets.token_bytes(keys.KEY_BYTES)
        self.drop(holder_id)
        self._database.run(
            "INSERT INTO holder_keys VALUES (?, ?)", holder_id, self._wrapped(holder_id, own)
        )
        return _uses(own)

    def drop(self, holder_id: str) -> None:
        """Write over a holder's key, then let it go; there may be none."""
        where = "WHERE holder_id = ?"
        self._database.run(f"UPDATE holder_keys SET wrapped = zeroblob(60) {where}", holder_id)  # noqa: S608
        self._database.run(f"DELETE FROM holder_keys {where}", holder_id)  # noqa: S608

    def unwrapped(self, holder_id: str, wrapped: bytes) -> Unwrapped | None:
        """What a row of the table holds; None for what was not wrapped here for this holder."""
        own = self._own(holder_id, wrapped)
        return _uses(own) if own else None

    def rewrap(self, under: "HolderKeys") -> None:
        """Let every key need the vault's key of `under` instead; a damaged one stays damaged."""
        for holder_id, wrapped in self._database.rows("SELECT * FROM holder_keys"):
            if own := self._own(holder_id, wrapped):
                sql = "UPDATE holder_keys SET wrapped = ? WHERE holder_id = ?"
                self._database.run(sql, under._wrapped(holder_id, own), holder_id)

    def _wrapped(self, holder_id: str, own: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, own, _bound(holder_id))

    def _own(self, holder_id: str, wrapped: bytes) -> bytes | None:
        try:
            nonce, box = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
            return self._wrapping.decrypt(nonce, box, _bound(holder_id))
        except (InvalidTag, ValueError):
            return None


def _bound(holder_id: str) -> bytes:
    return msgspec.json.encode([_PURPOSE, holder_id])


def _uses(own: bytes) -> Unwrapped:
    """HKDF's second half (RFC 5869, 3.3: random bytes need no first); in C, 100,000 times."""
    return Unwrapped(*(hmac.digest(own, info, "sha256") for info in (_ROW, _TRANSFORM)))

"""A PIN becomes a pair of sealed hashes; an entered PIN becomes right, duress or wrong, evenly."""

import re
import secrets
from base64 import b64decode, b64encode
from typing import Final, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.vault import keys
from appliance.vault.faults import VaultFault
from appliance.vault.records import PinHashes

Answer = Literal["right", "duress", "wrong"]

SEALED: Final = "p1$"
"""How a sealed hash begins; the version is the pepper's, too."""

# OWASP's second Argon2id profile: 19 MiB keeps a stolen hash dear, and one small ARM core ends in
# some 50 ms. A 4-digit PIN has 10,000 values: the hash only slows a thief who has the key already.
# Who has the tables without the key (a dump, a copy made by SQL) has no hash: docs/decisions/0020.
_HASHER: Final = PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
_NONCE_BYTES: Final = 12
_GRAMMAR = re.compile(r"[0-9]{4,12}")
# Nobody's PIN (not in the grammar): hashed against where there is none, so absence takes as long.
_DECOY: Final = _HASHER.hash("nobody's")


class Pins:
    """Makes and checks them with a pepper from the vault's key, which stands in no file.

    Slow on purpose, so for another thread; any number of threads at a time.
    """

    def __init__(self, key: bytes) -> None:
        self._pepper = AESGCM(keys.derived(key, "pin pepper 1"))
        self._decoy = self.sealed(_DECOY)

    def hashes(self, pin: str, duress: str | None = None) -> PinHashes:
        """Hash a PIN of 4 to 12 digits, and a duress PIN where one is wanted. Raises VaultFault."""
        _check("pin", pin)
        if duress is None:
            return PinHashes(self._hash(pin))
        _check("duress_pin", duress)
        if duress == pin:
            raise VaultFault("duress_pin: it is the PIN itself; choose another one")
        return PinHashes(self._hash(pin), self._hash(duress))

    def verify(self, stored: PinHashes | None, entered: str) -> Answer:
        """Which PIN was entered. Never raises: what is no PIN, or has no stored hash, is `wrong`.

        Both hashes are always computed, so that neither a holder without a PIN nor a PIN under
        duress shows in the time the answer takes.
        """
        known = stored or PinHashes(self._decoy)
        right = self._fits(known.pin, entered)
        duress = self._fits(known.duress or self._decoy, entered)
        if _GRAMMAR.fullmatch(entered) is None:
            return "wrong"
        if duress:
            return "duress"
        return "right" if right else "wrong"

    def sealed(self, plain: str) -> str:
        """Return an Argon2id hash as it may be stored."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        box = self._pepper.encrypt(nonce, plain.encode("ascii"), SEALED.encode("ascii"))
        return SEALED + b64encode(nonce + box).decode("ascii")

    def resealed(self, stored: str, other: "Pins") -> str:
        """Return what is stored as `other`, with its own pepper, may store it.

        What an older version has left plain is sealed as it is.
        """
        return other.sealed(self._opened(stored) if stored.startswith(SEALED) else stored)

    def _opened(self, stored: str) -> str:
        """Return the Argon2id hash; the decoy for what this pepper has not sealed."""
        try:
            box = b64decode(stored.removeprefix(SEALED), validate=True)
            nonce, box = box[:_NONCE_BYTES], box[_NONCE_BYTES:]
            return self._pepper.decrypt(nonce, box, SEALED.encode("ascii")).decode("ascii")
        except (ValueError, InvalidTag):
            return _DECOY

    def _hash(self, pin: str) -> str:
        return self.sealed(_HASHER.hash(pin))

    def _fits(self, stored: str, entered: str) -> bool:
        try:
            return _HASHER.verify(self._opened(stored), entered)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False


def _check(field: str, pin: str) -> None:
    if _GRAMMAR.fullmatch(pin) is None:
        raise VaultFault(f"{field}: give 4 to 12 digits")

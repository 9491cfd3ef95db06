"""A PIN becomes a pair of hashes; an entered PIN becomes right, duress or wrong, in even time."""

import re
from typing import Final, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from appliance.vault.faults import VaultFault
from appliance.vault.records import PinHashes

Answer = Literal["right", "duress", "wrong"]

# OWASP's second Argon2id profile: 19 MiB keeps a stolen hash dear, and one small ARM core ends in
# some 50 ms. A 4-digit PIN has 10,000 values: the hash only slows a thief who has the key already.
_HASHER: Final = PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
_GRAMMAR = re.compile(r"[0-9]{4,12}")
# Nobody's PIN (not in the grammar): hashed against where there is none, so absence takes as long.
_DECOY: Final = _HASHER.hash("nobody's")


def hashes(pin: str, duress: str | None = None) -> PinHashes:
    """Hash a PIN of 4 to 12 digits, and a duress PIN where one is wanted. Raises VaultFault."""
    _check("pin", pin)
    if duress is None:
        return PinHashes(_HASHER.hash(pin))
    _check("duress_pin", duress)
    if duress == pin:
        raise VaultFault("duress_pin: it is the PIN itself; choose another one")
    return PinHashes(_HASHER.hash(pin), _HASHER.hash(duress))


def verify(stored: PinHashes | None, entered: str) -> Answer:
    """Which PIN was entered. Never raises: what is no PIN, or has no stored hash, is `wrong`.

    Both hashes are always computed, so that neither a holder without a PIN nor a PIN under duress
    shows in the time the answer takes.
    """
    known = stored or PinHashes(_DECOY)
    right = _fits(known.pin, entered)
    duress = _fits(known.duress or _DECOY, entered)
    if _GRAMMAR.fullmatch(entered) is None:
        return "wrong"
    if duress:
        return "duress"
    return "right" if right else "wrong"


def _check(field: str, pin: str) -> None:
    if _GRAMMAR.fullmatch(pin) is None:
        raise VaultFault(f"{field}: give 4 to 12 digits")


def _fits(stored: str, entered: str) -> bool:
    try:
        return _HASHER.verify(stored, entered)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False

"""The vault's key as a person writes it down: groups of letters that notice a slip of the pen."""

import hashlib
from typing import Final

from appliance.vault.faults import KeyFault

KEY_BYTES: Final = 32
_CHECK_BYTES: Final = 3
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_SIGNS: Final = 56  # of 5 bits each: 32 bytes of key and 3 of checksum, nothing left over
_GROUP: Final = 4
_ALIKE: Final = str.maketrans("ILO", "110", "- \t\r\n")


def written(key: bytes) -> str:
    """Return the recovery key: 14 groups of 4 signs. key: 32 bytes."""
    number = int.from_bytes(key + _check(key), "big")
    signs = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_SIGNS)))
    return "-".join(signs[at : at + _GROUP] for at in range(0, _SIGNS, _GROUP))


def read(text: str) -> bytes:
    """Return the key of a recovery key, typed in any case, with or without hyphens.

    I and L count as 1, O as 0. Raises KeyFault, which does not repeat what was typed.
    """
    signs = text[:1000].upper().translate(_ALIKE)
    if len(signs) != _SIGNS:
        raise KeyFault(
            f"the recovery key has {_SIGNS} letters and digits in groups of {_GROUP}, "
            f"not {len(signs)}: copy all of it"
        )
    wrong = [place for place, sign in enumerate(signs) if sign not in _ALPHABET]
    if wrong:
        raise KeyFault(
            f"group {wrong[0] // _GROUP + 1} of the recovery key holds a sign that none has: "
            f"look at it again"
        )
    number = sum(_ALPHABET.index(sign) << 5 * place for place, sign in enumerate(signs[::-1]))
    whole = number.to_bytes(KEY_BYTES + _CHECK_BYTES, "big")
    key, check = whole[:KEY_BYTES], whole[KEY_BYTES:]
    if check != _check(key):
        raise KeyFault("the recovery key's checksum is wrong: one sign or more is mistyped")
    return key


def _check(key: bytes) -> bytes:
    return hashlib.sha256(b"cardea recovery key 1" + key).digest()[:_CHECK_BYTES]

"""The keyed transform of a template: a signed permutation of its components, and its way back.

Each key moves every component to another place and turns some of their signs. Two vectors under one
key keep their inner product, to the last digit; two under different keys are no longer alike. It
hides places and signs, not amounts: docs/vault.md tells what the sorted amounts give away.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from appliance.vault.records import VECTOR_LENGTH

KEY_BYTES: Final = 32

_PLACES: Final = 8 * VECTOR_LENGTH
_SIGNS: Final = VECTOR_LENGTH // 8
_NOUGHTS: Final = bytes(_PLACES + _SIGNS)
_COUNTER: Final = bytes(16)


def applied(key: bytes, vector: bytes) -> bytes:
    """Transform one template (VECTOR_LENGTH int8 bytes) under 32 random bytes that serve it alone.

    -128, which the contract never makes, keeps its sign; it comes back all the same.
    """
    places, signs = _permutations([key])
    plain = np.frombuffer(vector, np.int8)
    return _turned(plain[places[0]], signs[0]).tobytes()


def undone(keys: Sequence[bytes], hidden: NDArray[np.int8], out: NDArray[np.int8]) -> None:
    """Write into `out` what was transformed: int8 n x VECTOR_LENGTH, row i under keys[i]."""
    places, signs = _permutations(keys)
    np.put_along_axis(out, places, _turned(hidden, signs), axis=1)


def _permutations(keys: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """From which place each component came, and whether its sign was turned; a row for each key.

    Random numbers are drawn for the places and sorted. The last 9 bits of each are its place: no
    two are the same, so every processor sorts them alike.
    """
    drawn = np.frombuffer(b"".join(map(_stream, keys)), np.uint8).reshape(len(keys), len(_NOUGHTS))
    numbers = np.ascontiguousarray(drawn[:, :_PLACES]).view("<u8")
    low = np.uint64(VECTOR_LENGTH - 1)
    tagged = (numbers & ~low) | np.arange(VECTOR_LENGTH, dtype=np.uint64)
    places = np.sort(tagged, axis=1) & low
    signs = np.unpackbits(drawn[:, _PLACES:], axis=1).astype(np.bool_)
    return places.astype(np.int64), signs


def _turned(vectors: NDArray[np.int8], signs: NDArray[np.bool_]) -> NDArray[np.int8]:
    return np.where(signs, -vectors, vectors)


def _stream(key: bytes) -> bytes:
    """AES-256 in counter mode over noughts: this key is used for nothing else."""
    return Cipher(algorithms.AES(key), modes.CTR(_COUNTER)).encryptor().update(_NOUGHTS)

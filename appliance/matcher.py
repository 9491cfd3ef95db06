"""How alike a probe and the templates are: exact cosines of int8 vectors, 1:1 and 1:N.

Inner products come from simsimd's int8 kernels (AVX-512 VNNI, AVX2, NEON or plain C: whichever the
processor has) and are whole numbers, so each processor gives the same similarity.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import simsimd
from numpy.typing import NDArray

LENGTH: Final = 512
"""Components of a probe or template."""

LARGEST: Final = 127
STEPS_PER_UNIT: Final = LARGEST / 0.25
"""A unit vector's components in int8, as the contract has them: clipped from a quarter on."""

ONE: Final = 10_000
FLOOR: Final = -ONE
"""Similarity of what cannot be compared: an empty set, a vector of zeros. Matches nothing."""

_SHARED: Final = 8_192
"""From so many templates on every core takes a part of them: below, waking the cores costs more."""


class MatchFault(ValueError):
    """A probe or gallery of the wrong shape: the message says which and what is wanted."""


class Match(NamedTuple):
    """The gallery's nearest holder. Scores in 1/10000; `margin_e4`: ahead of any other holder."""

    holder_id: str
    similarity_e4: int
    margin_e4: int


def blended(templates: Sequence[bytes]) -> bytes:
    """One template of several of one person: the direction of the sum of their unit vectors.

    LENGTH int8 bytes as messages.TEMPLATE_LENGTH says; of a single one, its own bytes: what was
    clipped in it must not be stretched. Raises MatchFault for none, a wrong shape, or all noughts.
    """
    vectors = np.stack([_vector(template) for template in templates] or [_vector(b"")])
    if len(vectors) == 1:
        return bytes(templates[0])
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    whole = (vectors / np.where(lengths > 0, lengths, 1)).sum(axis=0)
    length = float(np.linalg.norm(whole))
    if not length:
        raise MatchFault("blend: these templates cancel each other out")
    steps = np.clip(np.rint(whole / length * STEPS_PER_UNIT), -LARGEST, LARGEST)
    return bytes(np.asarray(steps, np.int8))


def verify(probe: bytes, templates: NDArray[np.int8]) -> int:
    """1:1: similarity_e4 of `probe` (LENGTH int8 bytes) to the best of int8 n x LENGTH `templates`.

    Rounded down, -10000 to 10000; FLOOR without templates. Raises MatchFault for a wrong shape.
    """
    vector = _vector(probe)
    similarities = _similarities(vector, _checked(templates), _squares(templates))
    return _e4(similarities.max()) if similarities.size else FLOOR


class Gallery:
    """Every template of one model bundle in memory, ready for 1:N."""

    def __init__(self, ids: Sequence[str], matrix: NDArray[np.int8]) -> None:
        """`ids[i]` is the holder of row i of `matrix` (int8, n x LENGTH, n may be 0)."""
        self._matrix = np.ascontiguousarray(_checked(matrix))
        if len(ids) != len(self._matrix):
            raise MatchFault(f"gallery: {len(ids)} ids for {len(self._matrix)} templates")
        self._squares = _squares(self._matrix)
        self._ids, self._owners = _owners(ids)

    def __len__(self) -> int:
        return len(self._matrix)

    def identify(self, probe: bytes) -> Match | None:
        """1:N: the nearest holder; None in an empty gallery. Raises MatchFault for a wrong probe.

        With a single holder the margin is counted from FLOOR: nobody else comes near.
        """
        similarities = _similarities(_vector(probe), self._matrix, self._squares)
        if not similarities.size:
            return None
        best = int(similarities.argmax())
        others = similarities[self._owners != self._owners[best]]
        similarity_e4 = _e4(similarities[best])
        second_e4 = _e4(others.max()) if others.size else FLOOR
        return Match(self._ids[self._owners[best]], similarity_e4, similarity_e4 - second_e4)


def _vector(probe: bytes) -> NDArray[np.int8]:
    if len(probe) != LENGTH:
        raise MatchFault(f"probe: {len(probe)} bytes instead of {LENGTH}")
    return np.frombuffer(probe, dtype=np.int8)


def _checked(matrix: NDArray[np.int8]) -> NDArray[np.int8]:
    if matrix.dtype != np.int8 or matrix.ndim != 2 or matrix.shape[1] != LENGTH:
        raise MatchFault(f"templates: {matrix.dtype} {matrix.shape} instead of int8 n x {LENGTH}")
    return matrix


def _owners(ids: Sequence[str]) -> tuple[list[str], NDArray[np.int32]]:
    numbers: dict[str, int] = {}
    rows = [numbers.setdefault(holder_id, len(numbers)) for holder_id in ids]
    return list(numbers), np.array(rows, dtype=np.int32)


def _squares(matrix: NDArray[np.int8]) -> NDArray[np.float64]:
    # einsum widens block by block: no int64 copy of 100,000 templates.
    squares = np.einsum("ij,ij->i", matrix, matrix, dtype=np.int64)
    return np.asarray(squares, dtype=np.float64)


def _similarities(
    vector: NDArray[np.int8], matrix: NDArray[np.int8], squares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Cosines, n float64. Every number up to the root is whole and below 2^53, hence exact."""
    if not len(matrix):  # simsimd takes no empty set
        return np.empty(0)
    threads = 0 if len(matrix) >= _SHARED else 1  # 0: one for each core
    probe = vector.reshape(1, -1)
    dots = np.asarray(simsimd.cdist(probe, matrix, metric="dot", threads=threads))[0]
    lengths = np.sqrt(squares * np.dot(vector.astype(np.float64), vector.astype(np.float64)))
    cosines = np.full(len(dots), -1.0)
    np.divide(dots, lengths, out=cosines, where=lengths > 0)
    return cosines


def _e4(cosine: float) -> int:
    """Rounded down: rounding never lifts anybody over a threshold."""
    return math.floor(cosine * ONE)

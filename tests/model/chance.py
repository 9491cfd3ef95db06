"""Chance that can be repeated: one stream of numbers from a seed."""

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np

T = TypeVar("T")
AT_ONCE: Final = 100_000


class Chance:
    """Drawn by the hundred thousand: one at a time numpy takes longer than the rooms under test."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self._drawn: list[float] = []

    def part(self) -> float:
        """Return a number from 0 to below 1."""
        if not self._drawn:
            self._drawn = self._generator.random(AT_ONCE).tolist()
        return self._drawn.pop()

    def below(self, end: int) -> int:
        """Return a number from 0 to below `end`."""
        return int(self.part() * end)

    def of(self, several: Sequence[T]) -> T:
        return several[self.below(len(several))]

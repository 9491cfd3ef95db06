"""Whether a model on an accelerator answers as the processor's does, on pictures of noise."""

from typing import Final, NamedTuple

import numpy as np

from board.bundle import Entry
from coprocessor.models.model import Array, Model, ModelError

PICTURES: Final = 3
COARSE: Final = 8
"""Squares to a side: white noise has nothing a net looks for, and int8 answers it by chance."""
CLOSE: Final = 0.14
"""Two vectors no further apart have a cosine of 0.99 or more. The shipped embedder and its float32
twin are 0.04 apart on faces and 0.09 on this noise (docs/hardware.md)."""


class Sample(NamedTuple):
    """Fixed inputs, and what the processor's model answers to each."""

    inputs: tuple[Array, ...]
    answers: tuple[list[Array], ...]

    def check(self, name: str, model: Model) -> None:
        """Raises ModelError when this model answers otherwise: its templates would not compare
        with those enrolled, nor its scores with the thresholds."""
        for tensor, wanted in zip(self.inputs, self.answers, strict=True):
            found = model.run(tensor)
            if [one.shape for one in found] != [one.shape for one in wanted]:
                raise ModelError(f"{name}: answers in other shapes; rebuild the bundle")
            far = max(apart(*pair) for pair in zip(found, wanted, strict=True))
            # Not (far > CLOSE): a NaN is far from everything.
            if not far <= CLOSE:
                raise ModelError(
                    f"{name}: answers {far:.2f} apart from the processor's model, at most {CLOSE}"
                    " is used; leave this variant out of the bundle"
                )


def sample(entry: Entry, model: Model) -> Sample:
    """The same for every start: seeded noise in the model's own normalisation."""
    inputs = tuple(noise(entry, seed) for seed in range(PICTURES))
    return Sample(inputs, tuple(model.run(tensor) for tensor in inputs))


def noise(entry: Entry, seed: int) -> Array:
    """A picture of COARSE x COARSE random squares, normalised: (1, height, width, channels)."""
    _, height, width, channels = entry.input.shape
    squares = np.random.default_rng(seed).uniform(0, 255, (COARSE, COARSE, channels))
    rows = np.arange(height) * COARSE // height
    columns = np.arange(width) * COARSE // width
    form = entry.normalisation
    values = (squares[rows][:, columns] - form.subtract) / form.divide
    return np.ascontiguousarray(values[None], np.float32)


def apart(one: Array, other: Array) -> float:
    """Their distance as a share of the longer one: 0 the same, 1 and more strangers."""
    length = max(float(np.linalg.norm(one)), float(np.linalg.norm(other)), 1e-9)
    return float(np.linalg.norm(one - other)) / length

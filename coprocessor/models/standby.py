"""One model on an accelerator, the processor's ready beside it for the very same frame."""

from typing import Final

import numpy as np

from board.bundle import Role, Tensor
from coprocessor.models.accelerator import Accelerator
from coprocessor.models.agreement import apart
from coprocessor.models.model import Array, Model, Stored
from coprocessor.tensors import real

LIVE_EVERY: Final = 256
"""Of so many answers one is compared with the processor's to the same frame: once in half a minute
or so, and a device that has begun to lie is found out."""
LIVE_APART: Final = 0.5
"""Wider than agreement.CLOSE: a score near nought is far from its like by very little."""


class Standby:
    """A model that answers from the accelerator while that works and answers as it should."""

    def __init__(self, role: Role, cpu: Model, form: Tensor, accelerator: Accelerator) -> None:
        """form: the accelerator's input, of the same shape, perhaps quantised otherwise."""
        self._role, self._cpu, self._accelerator = role, cpu, accelerator
        self.input, self.outputs = cpu.input, cpu.outputs
        self._alike = _stored(form) == _stored(cpu.input)
        self._answers = 0

    @property
    def backend(self) -> str:
        """See model.Model.backend."""
        return self._accelerator.told(self._cpu.backend)

    def run(self, tensor: Stored) -> list[Array]:
        """See model.Model.run. What fails on the accelerator is run here again, at once."""
        if tensor.shape != self.input.shape:
            raise ValueError(f"input of shape {tensor.shape}, the model takes {self.input.shape}")
        given = tensor if self._alike else real(tensor, self.input)
        outputs = self._accelerator.run(self._role, given)
        if outputs is None:
            return self._cpu.run(tensor)
        self._answers += 1
        wrong = self._unfit(outputs)
        if not wrong and self._answers % LIVE_EVERY:
            return outputs
        trusted = self._cpu.run(tensor)
        wrong = wrong or _lie(outputs, trusted)
        if wrong:
            self._accelerator.lose(f"{self._role}: {wrong}")
        return trusted

    def _unfit(self, outputs: list[Array]) -> str:
        """Why this can be no answer, or nothing."""
        if [output.shape for output in outputs] != [told.shape for told in self.outputs]:
            return "an answer of another shape"
        if not all(np.isfinite(output).all() for output in outputs):
            return "an answer that is no number"
        return ""


def _lie(outputs: list[Array], trusted: list[Array]) -> str:
    far = max(apart(*pair) for pair in zip(outputs, trusted, strict=True))
    return f"an answer {far:.2f} apart from the processor's" if far > LIVE_APART else ""


def _stored(form: Tensor) -> tuple[str, float, int]:
    return form.dtype, form.scale, form.zero_point

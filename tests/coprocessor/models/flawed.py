"""Models that fail in every way an accelerator's may."""

from collections.abc import Callable
from threading import Event

import numpy as np

from coprocessor.models.model import Array, Model, Stored

Fault = Callable[[list[Array]], list[Array]]


class Flawed:
    """A model whose n-th run from now on goes wrong, and every later one, until it is mended."""

    def __init__(self, model: Model) -> None:
        self.input, self.outputs, self.backend = model.input, model.outputs, "flawed"
        self.fault: Fault | None = None
        self.runs = 0
        self._model = model
        self._good = 0

    def fail(self, fault: Fault | None, after: int = 0) -> None:
        """None mends it."""
        self._good, self.fault = self.runs + after, fault

    def run(self, tensor: Stored) -> list[Array]:
        self.runs += 1
        outputs = self._model.run(tensor)
        if self.fault is None or self.runs <= self._good:
            return outputs
        return self.fault(outputs)


def dies(outputs: list[Array]) -> list[Array]:
    raise RuntimeError("the device is gone")


def is_no_number(outputs: list[Array]) -> list[Array]:
    return [np.full_like(output, np.nan) for output in outputs]


def is_endless(outputs: list[Array]) -> list[Array]:
    return [output + np.float32(np.inf) for output in outputs]


def has_another_shape(outputs: list[Array]) -> list[Array]:
    return [output[..., :1] for output in outputs]


def is_empty(outputs: list[Array]) -> list[Array]:
    return []


def lies(outputs: list[Array]) -> list[Array]:
    return [-output for output in outputs]


class Hang:
    """Answers when it is let go, and rightly then."""

    def __init__(self) -> None:
        self.let_go = Event()

    def __call__(self, outputs: list[Array]) -> list[Array]:
        self.let_go.wait()
        return outputs

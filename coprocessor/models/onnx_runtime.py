"""The ONNX Runtime backend: an .onnx graph on the processor's cores, float32 at its borders."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime

from board.bundle import Tensor
from coprocessor.models.model import Array, ModelError, Stored

PROVIDERS: Final = ["CPUExecutionProvider"]
QUIET: Final = 3
"""Errors only: its warnings tell of graphs that run all the same."""


class OnnxRuntimeModel:
    """One session; its input is the picture with the channels last, as the bundle's twins are."""

    backend = "onnxruntime"

    def __init__(self, session: Any) -> None:
        self._session = session
        (form,) = session.get_inputs()
        self._name = form.name
        self.input = _tensor(form)
        self.outputs = tuple(_tensor(form) for form in session.get_outputs())

    def run(self, tensor: Stored) -> list[Array]:
        """See model.Model.run."""
        if tensor.shape != self.input.shape or tensor.dtype != np.float32:
            raise ValueError(f"input {tensor.shape} {tensor.dtype}, wanted {self.input.shape}")
        outputs: list[Array] = self._session.run(None, {self._name: tensor})
        return outputs


def open_model(
    name: str, content: bytes, threads: int, engines: Path | None = None
) -> OnnxRuntimeModel:
    """See model.Opener. Raises ModelError when the runtime refuses the graph."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = QUIET
    try:
        return OnnxRuntimeModel(onnxruntime.InferenceSession(content, options, PROVIDERS))
    except Exception as error:  # noqa: BLE001 - its exceptions have no common base but this
        said = " ".join(str(error).split())[:200]
        raise ModelError(f"{name}: onnxruntime refuses the graph ({said}); rebuild it") from None


def _tensor(form: Any) -> Tensor:
    if form.type != "tensor(float)" or not all(isinstance(side, int) for side in form.shape):
        raise ValueError(f"{form.name} is {form.type} {form.shape}, wanted float of a fixed shape")
    return Tensor(name=form.name, shape=tuple(form.shape), dtype="float32")

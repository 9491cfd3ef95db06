"""The LiteRT backend: a .tflite graph on the processor's cores, int8 at its borders converted."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from board.bundle import Tensor
from coprocessor.models.model import Array, ModelError, Stored
from coprocessor.tensors import quantised, real

try:
    from ai_edge_litert import interpreter as runtime
except ImportError:
    # Older boards have no wheel of LiteRT under its new name.
    from tflite_runtime import interpreter as runtime

__all__ = ["BACKEND", "LiteRtModel", "open_model", "runtime"]

BACKEND: Final[str] = runtime.__name__.partition(".")[0]


class LiteRtModel:
    """One interpreter; run() is not reentrant."""

    def __init__(self, interpreter: Any, backend: str = BACKEND) -> None:
        self.backend = backend
        self._interpreter = interpreter
        self._interpreter.allocate_tensors()
        inputs = interpreter.get_input_details()
        self._input = inputs[0]["index"]
        self.input = _tensor(inputs[0])
        self._outputs = [detail["index"] for detail in interpreter.get_output_details()]
        self.outputs = tuple(_tensor(detail) for detail in interpreter.get_output_details())

    def run(self, tensor: Stored) -> list[Array]:
        """See model.Model.run."""
        if tensor.shape != self.input.shape:
            raise ValueError(f"input of shape {tensor.shape}, the model takes {self.input.shape}")
        self._interpreter.set_tensor(self._input, quantised(tensor, self.input))
        self._interpreter.invoke()
        return [
            real(self._interpreter.get_tensor(index), form)
            for index, form in zip(self._outputs, self.outputs, strict=True)
        ]


def open_model(name: str, content: bytes, threads: int, engines: Path | None = None) -> LiteRtModel:
    """See model.Opener. Raises ModelError when the runtime refuses the graph."""
    try:
        return LiteRtModel(runtime.Interpreter(model_content=content, num_threads=threads))
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{name}: {BACKEND} refuses the graph ({error}); rebuild it") from None


def _tensor(detail: dict[str, Any]) -> Tensor:
    scale, zero_point = detail["quantization"]
    integer = detail["dtype"] is np.int8
    return Tensor(
        name=detail["name"],
        shape=tuple(int(side) for side in detail["shape"]),
        dtype="int8" if integer else "float32",
        scale=float(scale) if integer else 1.0,
        zero_point=int(zero_point) if integer else 0,
    )

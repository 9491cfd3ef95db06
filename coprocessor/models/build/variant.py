"""What a model file of another backend's making takes and answers: its entry as a variant."""

import hashlib
from typing import Any, Final

import numpy as np
import onnx

from board.bundle import Entry, Tensor, Variant
from coprocessor.models.build.graph import DTYPES, Graph
from coprocessor.models.model import ModelError

STORED: Final = {np.dtype(np.float32): "float32", np.dtype(np.int8): "int8"}


def described(name: str, content: bytes, entry: Entry, quantisation: str) -> Variant:
    """The variant of `entry` in these bytes of a file, read but not run: the device it is for may
    be elsewhere. Raises ModelError for another kind of file, other tensors or damage."""
    try:
        tensors = _tflite(content) if name.endswith(".tflite") else _onnx(content)
    except Exception as error:  # noqa: BLE001 - the readers of both formats fail as they please
        raise ModelError(f"{name}: cannot be read ({type(error).__name__}); make it anew") from None
    wanted = (entry.input, *entry.outputs)
    if [tensor.shape for tensor in tensors] != [tensor.shape for tensor in wanted]:
        shapes = [tensor.shape for tensor in tensors]
        raise ModelError(f"{name}: tensors {shapes} are not those of {entry.file}; make it of that")
    return Variant(
        file=name,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        input=tensors[0],
        outputs=tuple(tensors[1:]),
        quantisation=quantisation,
    )


def _tflite(content: bytes) -> list[Tensor]:
    """Its one input, then its outputs."""
    main = Graph.read(content).main
    (first,) = main.inputs
    return [_tensor(main.tensors[int(index)]) for index in (first, *main.outputs)]


def _tensor(told: Any) -> Tensor:
    dtype = STORED[DTYPES[told.type]]
    form = told.quantization
    whole = dtype == "int8"
    return Tensor(
        name=told.name.decode(),
        shape=tuple(int(side) for side in told.shape),
        dtype="int8" if whole else "float32",
        scale=float(form.scale[0]) if whole else 1.0,
        zero_point=int(form.zeroPoint[0]) if whole else 0,
    )


def _onnx(content: bytes) -> list[Tensor]:
    """Its one input, channels last, then its outputs."""
    graph = onnx.load_from_string(content).graph
    weights = {tensor.name for tensor in graph.initializer}
    (first,) = (value for value in graph.input if value.name not in weights)
    return [_value(value) for value in (first, *graph.output)]


def _value(told: Any) -> Tensor:
    form = told.type.tensor_type
    if form.elem_type != onnx.TensorProto.FLOAT:
        raise ValueError("not float32")
    shape = tuple(side.dim_value for side in form.shape.dim)
    return Tensor(name=told.name, shape=shape, dtype="float32")

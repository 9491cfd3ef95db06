"""A packaged ONNX graph, its input turned to rows of pixels with their channels: what crops are."""

from typing import Final

import onnx
from onnx import helper

from board.bundle import Entry, Tensor
from coprocessor.models.model import ModelError

INPUT: Final = "picture"
INWARD: Final = [0, 3, 1, 2]
"""From (1, height, width, channels), as the TFLite graphs take it, to ONNX's channels first."""


def channels_last(content: bytes, entry: Entry) -> bytes:
    """The graph with one transposition in front, weights untouched: float32, in and out in the
    shapes of `entry`, for every backend that reads ONNX. Raises ModelError.

    Done here once rather than in each backend: an accelerator fuses it into its first layer.
    """
    model = onnx.load_from_string(content)
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    (old,) = (value for value in graph.input if value.name not in weights)
    turn = helper.make_node("Transpose", [INPUT], [old.name], name="channels_first", perm=INWARD)
    graph.node.insert(0, turn)
    del graph.input[:]
    graph.input.append(_described(INPUT, entry.input))
    _check_outputs(graph, entry)
    onnx.checker.check_model(model)
    turned: bytes = model.SerializeToString(deterministic=True)
    return turned


def _described(name: str, form: Tensor) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, form.shape)


def _check_outputs(graph: onnx.GraphProto, entry: Entry) -> None:
    found = [
        tuple(side.dim_value for side in value.type.tensor_type.shape.dim) for value in graph.output
    ]
    told = [tensor.shape for tensor in entry.outputs]
    floats = all(tensor.dtype == "float32" for tensor in (entry.input, *entry.outputs))
    if found != told or not floats:
        raise ModelError(f"{entry.file}: its ONNX twin answers {found}, float32; not {told}")

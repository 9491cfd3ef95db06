"""An int8 graph whose layers mean the same as their float twins: biases corrected one by one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from coprocessor.models.build.graph import WEIGHTED, Graph
from coprocessor.models.build.quantize import Picture
from coprocessor.models.model import ModelError


def correct_biases(twin: bytes, content: bytes, pictures: Sequence[Picture]) -> bytes:
    """The int8 graph with each layer's mean output, over the pictures, moved onto the float twin's.

    Layers are corrected in order, each seeing its corrected predecessors (Nagel et al. 2019,
    arXiv:1906.04721, section 4.2, empirically). Raises ModelError when the graphs are no twins.
    """
    wanted = _means(twin, _weighted_outputs(Graph.read(twin)), pictures)
    graph = Graph.read(content)
    operators, outputs = graph.operators, graph.main.outputs
    layers = [place for place, op in enumerate(operators) if graph.kind(op) in WEIGHTED]
    if len(layers) != len(wanted):
        raise ModelError(f"bias correction: {len(layers)} layers against {len(wanted)}; no twins")
    for place, mean in zip(layers, wanted, strict=True):
        layer = operators[place]
        # What comes after the layer need not run to know its output.
        graph.operators, graph.main.outputs = operators[: place + 1], layer.outputs
        [found] = _means(graph.content(), [int(layer.outputs[0])], pictures)
        _shift(graph, int(layer.inputs[2]), mean - found)
    graph.operators, graph.main.outputs = operators, outputs
    return graph.content()


def _weighted_outputs(graph: Graph) -> list[int]:
    return [int(op.outputs[0]) for op in graph.operators if graph.kind(op) in WEIGHTED]


def _shift(graph: Graph, bias: int, by: NDArray[np.float64]) -> None:
    """Add a real value for each channel to an int32 bias."""
    scale = np.asarray(graph.main.tensors[bias].quantization.scale, np.float64)
    moved = graph.value(bias).astype(np.int64) + np.rint(by / scale).astype(np.int64)
    limit = np.iinfo(np.int32).max
    graph.set_constant(bias, np.clip(moved, -limit, limit).astype(np.int32))


def _means(
    content: bytes, tensors: Sequence[int], pictures: Sequence[Picture]
) -> list[NDArray[np.float64]]:
    """Mean of each tensor over pictures and places, for each channel, in real values."""
    # Without delegates and keeping every tensor, or the inner ones cannot be read.
    interpreter = Interpreter(
        model_content=content,
        num_threads=2,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]
    forms = {detail["index"]: detail["quantization"] for detail in interpreter.get_tensor_details()}
    sums: list[Any] = [0.0] * len(tensors)
    for picture in pictures:
        interpreter.set_tensor(source["index"], _stored(picture, source))
        interpreter.invoke()
        for place, tensor in enumerate(tensors):
            values = interpreter.get_tensor(tensor).astype(np.float64)
            scale, zero_point = forms[tensor]
            if scale:
                values = (values - zero_point) * scale
            sums[place] = sums[place] + values.reshape(-1, values.shape[-1]).mean(0)
    return [total / len(pictures) for total in sums]


def _stored(picture: Picture, source: dict[str, Any]) -> NDArray[Any]:
    if source["dtype"] is np.float32:
        return picture
    scale, zero_point = source["quantization"]
    steps: NDArray[Any] = np.clip(np.rint(picture / scale) + zero_point, -128, 127)
    return steps.astype(np.int8)

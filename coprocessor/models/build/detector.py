"""BlazeFace as int8 can hold it: one output per grid and kind, each value spread over [0, 6]."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from board.bundle import Head
from coprocessor.models.build.graph import RELU6, Graph
from coprocessor.models.build.quantize import Picture
from coprocessor.models.litert import open_model

VALUES: Final = 16
"""Values of one anchor: box centre, width, height, six points."""
LARGEST_LOGIT: Final = 3.0
"""Logits saturate here: the packaged ones reach -100, and int8 steps of 9 logits tell no face."""
NEARLY_A_FACE: Final = -1.5
"""Boxes of anchors above this logit set the range of boxes; no other anchor's box is ever read."""
MARGIN: Final = 1.25

Real = NDArray[np.float64]


def split_heads(graph: Graph) -> list[int]:
    """Make the head convolutions the outputs, without RESHAPE and CONCATENATION; their strides.

    Outputs then are, for each stride, logits_<stride> and boxes_<stride>.
    """
    made_by = {int(op.outputs[0]): op for op in graph.operators}
    found = [_convolutions(graph, made_by, int(output)) for output in graph.main.outputs]
    boxes, logits = sorted(found, key=lambda tensors: -graph.shape(tensors[0])[3])
    side = graph.shape(int(graph.main.inputs[0]))[1]
    outputs, strides = [], []
    for logit, box in zip(logits, boxes, strict=True):
        stride = side // graph.shape(box)[1]
        graph.main.tensors[logit].name = f"logits_{stride}".encode()
        graph.main.tensors[box].name = f"boxes_{stride}".encode()
        outputs += [logit, box]
        strides.append(stride)
    graph.main.outputs = outputs
    graph.operators = [
        op for op in graph.operators if graph.kind(op) not in ("RESHAPE", "CONCATENATION")
    ]
    graph.prune()
    return strides


def ranges(content: bytes, pictures: Sequence[Picture]) -> list[tuple[Real, Real]]:
    """For each grid of a graph with split heads: middle and half width of the 16 values, as they
    occur at faces in these pictures; 0.2 % outliers at either end saturate."""
    model = open_model("detector", content, 1)
    at_faces: list[list[NDArray[Any]]] = [[] for _ in model.outputs[::2]]
    for picture in pictures:
        outputs = model.run(picture)
        pairs = zip(outputs[::2], outputs[1::2], strict=True)
        for kept, (logits, boxes) in zip(at_faces, pairs, strict=True):
            kept.append(boxes.reshape(-1, VALUES)[logits.reshape(-1) > NEARLY_A_FACE])
    result = []
    for kept in at_faces:
        # A mirrored face swaps left and right, so both are counted by mirrored pictures.
        low, high = np.percentile(np.concatenate(kept).astype(np.float64), (0.2, 99.8), axis=0)
        result.append(((low + high) / 2, (high - low) / 2 * MARGIN))
    return result


def spread_heads(
    graph: Graph, strides: Sequence[int], found: Sequence[tuple[Real, Real]]
) -> tuple[Head, ...]:
    """Scale each head so that its range becomes [0, 6], cut there by a fused RELU6."""
    made_by = {int(op.outputs[0]): op for op in graph.operators}
    heads = []
    for place, (stride, (middle, half)) in enumerate(zip(strides, found, strict=True)):
        logits, boxes = (int(tensor) for tensor in graph.main.outputs[2 * place : 2 * place + 2])
        anchors = graph.shape(logits)[3]
        _spread(graph, made_by[logits], np.zeros(anchors), np.full(anchors, LARGEST_LOGIT))
        _spread(graph, made_by[boxes], np.tile(middle, anchors), np.tile(half, anchors))
        heads.append(
            Head(
                stride=stride,
                anchors=anchors,
                logit_scale=LARGEST_LOGIT / 3,
                logit_offset=-LARGEST_LOGIT,
                scale=tuple((half / 3).tolist()),
                offset=tuple((middle - half).tolist()),
            )
        )
    return tuple(heads)


def _convolutions(graph: Graph, made_by: dict[int, Any], tensor: int) -> list[int]:
    """The head convolutions behind an output, in the order of its anchors."""
    maker = made_by[tensor]
    if graph.kind(maker) == "CONV_2D":
        return [tensor]
    joined = graph.kind(maker) == "CONCATENATION"
    sources = maker.inputs if joined else maker.inputs[:1]
    return [found for source in sources for found in _convolutions(graph, made_by, int(source))]


def _spread(graph: Graph, convolution: Any, middle: Real, half: Real) -> None:
    weights, bias = (int(tensor) for tensor in convolution.inputs[1:3])
    factor = 3 / half
    scaled = graph.value(weights) * factor[:, None, None, None]
    graph.set_constant(weights, scaled.astype(np.float32))
    moved = (graph.value(bias) - middle) * factor + 3
    graph.set_constant(bias, moved.astype(np.float32))
    convolution.builtinOptions.fusedActivationFunction = RELU6

"""A float graph that integer kernels run whole: the same function, in operators XNNPACK takes."""

from collections import Counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coprocessor.models.build.graph import RELU, WEIGHTED, Graph

FUSABLE: Final = (*WEIGHTED, "ADD", "MUL")
DEAD: Final = 1e-5
"""A channel whose largest weight is below this is dead: its int8 scale would be denormal."""


def fold_half(graph: Graph) -> int:
    """float16 constants behind DEQUANTIZE become float32 constants; how many."""
    kept = []
    for operator in graph.operators:
        source = graph.constant(int(operator.inputs[0]))
        if graph.kind(operator) == "DEQUANTIZE" and source is not None:
            graph.set_constant(int(operator.outputs[0]), source.astype(np.float32))
        else:
            kept.append(operator)
    folded = len(graph.operators) - len(kept)
    graph.operators = kept
    graph.prune()
    return folded


def split_prelu(graph: Graph) -> int:
    """PRELU(x, a) becomes x * a + relu(x * (1 - a)); how many slopes above 1 were clipped to 1.

    XNNPACK has no int8 PRELU: each would cut the graph and cost several milliseconds.
    """
    operators, clipped = [], 0
    for operator in graph.operators:
        if graph.kind(operator) != "PRELU":
            operators.append(operator)
            continue
        source, output = int(operator.inputs[0]), int(operator.outputs[0])
        shape = graph.shape(source)
        slopes = np.broadcast_to(graph.value(int(operator.inputs[1])).reshape(-1), shape[-1:])
        clipped += int((slopes > 1).sum())
        slopes = np.minimum(slopes, np.float32(1))
        name = f"prelu_{output}"
        below, above = (graph.add_tensor(f"{name}_{side}", shape) for side in ("below", "above"))
        slope, rest = (
            graph.add_constant(f"{name}_slope", slopes),
            graph.add_constant(f"{name}_rest", np.float32(1) - slopes),
        )
        operators += [
            graph.operator("MUL", [source, slope], below, {}),
            graph.operator("MUL", [source, rest], above, {"fusedActivationFunction": RELU}),
            graph.operator("ADD", [below, above], output, {}),
        ]
    graph.operators = operators
    graph.prune()
    return clipped


def revive_dead(graph: Graph) -> int:
    """Dead output channels get one weight of a hundredth of the layer's median; how many.

    A dead channel's int8 scale is denormal, which XNNPACK refuses.
    """
    revived = 0
    for operator in graph.operators:
        if graph.kind(operator) not in WEIGHTED:
            continue
        tensor = int(operator.inputs[1])
        weights = graph.constant(tensor)
        if weights is None:
            continue
        axis = -1 if graph.kind(operator) == "DEPTHWISE_CONV_2D" else 0
        rows = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
        largest = np.abs(rows).max(1)
        dead = np.flatnonzero(largest < DEAD)
        if dead.size == 0:
            continue
        graph.set_constant(tensor, _with_one_weight(weights, axis, dead, largest))
        revived += dead.size
    graph.prune()
    return revived


def _with_one_weight(
    weights: NDArray[Any], axis: int, dead: NDArray[np.intp], largest: NDArray[Any]
) -> NDArray[np.float32]:
    alive = largest[largest >= DEAD]
    moved = np.moveaxis(weights, axis, 0).copy()
    moved[dead] = 0
    moved.reshape(len(moved), -1)[dead, 0] = np.median(alive) / 100 if alive.size else 1e-3
    return np.ascontiguousarray(np.moveaxis(moved, 0, axis), np.float32)


def fuse_relu(graph: Graph) -> int:
    """A RELU that alone reads its producer becomes the producer's fused activation; how many."""
    made_by = {int(tensor): op for op in graph.operators for tensor in op.outputs}
    readers = Counter(int(tensor) for op in graph.operators for tensor in op.inputs)
    readers.update(int(tensor) for tensor in graph.main.outputs)
    kept = []
    for operator in graph.operators:
        source = int(operator.inputs[0])
        maker = made_by.get(source)
        if (
            graph.kind(operator) == "RELU"
            and readers[source] == 1
            and maker is not None
            and graph.kind(maker) in FUSABLE
            and maker.builtinOptions.fusedActivationFunction == 0
        ):
            maker.builtinOptions.fusedActivationFunction = RELU
            maker.outputs = operator.outputs
        else:
            kept.append(operator)
    fused = len(graph.operators) - len(kept)
    graph.operators = kept
    graph.prune()
    return fused

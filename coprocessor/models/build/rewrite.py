"""A float graph that integer kernels run whole: the same function, in operators XNNPACK takes."""

from collections import Counter
from typing import Final

import numpy as np

from coprocessor.models.build.graph import RELU, WEIGHTED, Graph

FUSABLE: Final = (*WEIGHTED, "ADD", "MUL")


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

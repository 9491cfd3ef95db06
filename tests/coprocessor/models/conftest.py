"""Small ONNX graphs, built in memory."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Weights = dict[str, NDArray[Any]]


def onnx_graph(
    nodes: Sequence[Any], weights: Weights, shape: tuple[int, ...], outputs: tuple[int, ...]
) -> bytes:
    """A graph from `x` (1, channels, height, width) to `y`."""
    graph = helper.make_graph(
        list(nodes),
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, outputs)],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    # 15: the reference evaluator takes BatchNormalization before 14 for training.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)])
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


@pytest.fixture(scope="session")
def make_onnx() -> Callable[..., bytes]:
    """See onnx_graph."""
    return onnx_graph


@pytest.fixture(scope="session")
def small_onnx() -> bytes:
    """Padded convolution, PRELU, depthwise, RELU, mean, flatten: 3 x 8 x 8 to 5."""
    random = np.random.default_rng(7)

    def weights(*shape: int) -> NDArray[np.float32]:
        return random.normal(0, 0.5, shape).astype(np.float32)

    return onnx_graph(
        [
            helper.make_node("Conv", ["x", "w0", "b0"], ["a"], pads=[1, 1, 1, 1]),
            helper.make_node("PRelu", ["a", "slopes"], ["b"]),
            helper.make_node("Conv", ["b", "w1", "b1"], ["c"], group=6, strides=[2, 2]),
            helper.make_node("Relu", ["c"], ["d"]),
            helper.make_node("Conv", ["d", "w2", "b2"], ["e"]),
            helper.make_node("GlobalAveragePool", ["e"], ["f"]),
            helper.make_node("Flatten", ["f"], ["y"]),
        ],
        {
            "w0": weights(6, 3, 3, 3),
            "b0": weights(6),
            "slopes": random.uniform(0, 0.5, (6, 1, 1)).astype(np.float32),
            "w1": weights(6, 1, 3, 3),
            "b1": weights(6),
            "w2": weights(5, 6, 1, 1),
            "b2": weights(5),
        },
        (1, 3, 8, 8),
        (1, 5),
    )

"""Converted graphs compute what ONNX's own reference evaluator computes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import helper
from onnx.reference import ReferenceEvaluator

from coprocessor.models.build.onnx_graph import convert
from coprocessor.models.litert import open_model
from coprocessor.models.model import ModelError

MakeOnnx = Callable[..., bytes]


def some(*shape: int, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def assert_alike(content: bytes, channels: int, side: int) -> None:
    model = open_model("small.tflite", convert(content).content(), 1)
    reference = ReferenceEvaluator(onnx.load_from_string(content))
    for seed in range(3):
        picture = some(1, channels, side, side, seed=seed)
        [wanted] = reference.run(None, {"x": picture})
        [found] = model.run(np.ascontiguousarray(picture.transpose(0, 2, 3, 1)))
        turned = wanted.transpose(0, 2, 3, 1) if wanted.ndim == 4 else wanted
        np.testing.assert_allclose(found, turned, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("kernel", "pads", "strides"),
    [
        (3, [1, 1, 1, 1], [1, 1]),
        (3, [1, 1, 1, 1], [2, 2]),
        (3, [0, 0, 0, 0], [2, 2]),
        (3, [2, 1, 0, 3], [1, 1]),
        (1, [0, 0, 0, 0], [1, 1]),
        (2, [1, 1, 1, 1], [1, 1]),
    ],
)
@pytest.mark.parametrize("depthwise", [False, True])
def test_convolution(
    make_onnx: MakeOnnx, kernel: int, pads: list[int], strides: list[int], depthwise: bool
) -> None:
    count, groups = (4, 4) if depthwise else (5, 1)
    weights = {"w": some(count, 4 // groups, kernel, kernel), "b": some(count)}
    side = (8 + pads[0] + pads[2] - kernel) // strides[0] + 1
    across = (8 + pads[1] + pads[3] - kernel) // strides[1] + 1
    node = helper.make_node(
        "Conv", ["x", "w", "b"], ["y"], pads=pads, strides=strides, group=groups
    )
    assert_alike(make_onnx([node], weights, (1, 4, 8, 8), (1, count, side, across)), 4, 8)


def test_max_pool_ignores_its_padding(make_onnx: MakeOnnx) -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["low"]),
        helper.make_node(
            "MaxPool", ["low"], ["y"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]
        ),
    ]
    # A bias of -9 makes every value negative: padding taken for nought would win everywhere.
    weights = {"w": some(2, 2, 1, 1), "b": np.full(2, -9, np.float32)}
    assert_alike(make_onnx(nodes, weights, (1, 2, 8, 8), (1, 2, 4, 4)), 2, 8)


def test_squeeze_and_excite(make_onnx: MakeOnnx) -> None:
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["mean"]),
        helper.make_node("Conv", ["mean", "w"], ["weighed"]),
        helper.make_node("Sigmoid", ["weighed"], ["gate"]),
        helper.make_node("Mul", ["x", "gate"], ["gated"]),
        helper.make_node("Add", ["gated", "x"], ["y"]),
    ]
    weights = {"w": some(4, 4, 1, 1)}
    assert_alike(make_onnx(nodes, weights, (1, 4, 8, 8), (1, 4, 8, 8)), 4, 8)


def test_flatten_product_and_normalisation(make_onnx: MakeOnnx) -> None:
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["product"]),
        helper.make_node(
            "BatchNormalization", ["product", "s", "b", "m", "v"], ["y"], epsilon=1e-3
        ),
    ]
    weights = {"w": some(4, 6), "s": some(6), "b": some(6, seed=2), "m": some(6, seed=3)}
    weights["v"] = np.abs(some(6, seed=4))
    assert_alike(make_onnx(nodes, weights, (1, 4, 8, 8), (1, 6)), 4, 8)


def test_whole_small_net(small_onnx: bytes) -> None:
    assert_alike(small_onnx, 3, 8)


def test_same_graph_same_bytes(small_onnx: bytes) -> None:
    assert convert(small_onnx).content() == convert(small_onnx).content()


@pytest.mark.parametrize(
    ("node", "named"),
    [
        (helper.make_node("Softmax", ["x"], ["y"]), "Softmax"),
        (helper.make_node("Flatten", ["x"], ["y"]), "Reshape y"),
        (helper.make_node("Conv", ["x", "w"], ["y"], dilations=[2, 2]), "Conv y"),
        (helper.make_node("Concat", ["x", "x"], ["y"], axis=1), "value y"),
    ],
)
def test_what_it_does_not_know_is_refused(make_onnx: MakeOnnx, node: Any, named: str) -> None:
    shape = {"Flatten": (1, 256), "Conv": (1, 4, 4, 4), "Concat": (1, 8, 8, 8)}
    content = make_onnx(
        [node], {"w": some(4, 4, 3, 3)}, (1, 4, 8, 8), shape.get(node.op_type, (1, 4, 8, 8))
    )
    with pytest.raises(ModelError, match=named):
        convert(content)

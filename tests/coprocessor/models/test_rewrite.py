"""Rewrites change operators, never results (where they promise that)."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from coprocessor.models.build.graph import Graph
from coprocessor.models.build.onnx_graph import convert
from coprocessor.models.build.rewrite import (
    fold_half,
    fuse_relu,
    split_prelu,
)
from coprocessor.models.litert import open_model

PICTURE = np.random.default_rng(3).normal(0, 1, (1, 8, 8, 3)).astype(np.float32)


def result(graph: Graph) -> NDArray[np.float32]:
    return open_model("small.tflite", graph.content(), 1).run(PICTURE)[0]


def kinds(graph: Graph) -> list[str]:
    return [graph.kind(operator) for operator in graph.operators]


def constant_of(graph: Graph, kind: str, place: int) -> tuple[int, NDArray[Any]]:
    [operator, *_] = [op for op in graph.operators if graph.kind(op) == kind]
    tensor = int(operator.inputs[place])
    return tensor, graph.value(tensor)


@pytest.fixture
def graph(small_onnx: bytes) -> Graph:
    return convert(small_onnx)


def test_reading_back_what_was_written(graph: Graph) -> None:
    again = Graph.read(graph.content())
    assert kinds(again) == kinds(graph)
    np.testing.assert_array_equal(result(again), result(graph))


def test_split_prelu_computes_the_same(graph: Graph) -> None:
    before = result(graph)
    assert split_prelu(graph) == 0
    assert "PRELU" not in kinds(graph)
    np.testing.assert_allclose(result(graph), before, rtol=1e-4, atol=1e-5)


def test_split_prelu_clips_and_counts_slopes_above_one(graph: Graph) -> None:
    tensor, slopes = constant_of(graph, "PRELU", 1)
    clipped = slopes.copy()
    slopes[..., :2], clipped[..., :2] = 1.5, 1.0
    graph.set_constant(tensor, clipped)
    wanted = result(graph)
    graph.set_constant(tensor, slopes)
    assert split_prelu(graph) == 2
    np.testing.assert_allclose(result(graph), wanted, rtol=1e-4, atol=1e-5)


def test_fuse_relu_computes_the_same(graph: Graph) -> None:
    before = result(graph)
    assert fuse_relu(graph) == 1
    assert "RELU" not in kinds(graph)
    np.testing.assert_allclose(result(graph), before, rtol=1e-4, atol=1e-5)


def test_relu_beside_another_reader_stays(graph: Graph) -> None:
    [relu] = [op for op in graph.operators if graph.kind(op) == "RELU"]
    graph.main.outputs = [*graph.main.outputs, int(relu.inputs[0])]
    assert fuse_relu(graph) == 0


def test_half_precision_weights_are_folded(graph: Graph) -> None:
    before = result(graph)
    [convolution, *_] = [op for op in graph.operators if graph.kind(op) == "CONV_2D"]
    weights = int(convolution.inputs[1])
    half = graph.add_constant("half", graph.value(weights).astype(np.float16))
    unfolded = graph.add_tensor("unfolded", graph.shape(weights))
    convolution.inputs[1] = unfolded
    graph.operators = [graph.operator("DEQUANTIZE", [half], unfolded), *graph.operators]
    assert fold_half(graph) == 1
    assert "DEQUANTIZE" not in kinds(graph)
    np.testing.assert_allclose(result(graph), before, rtol=1e-2, atol=1e-2)

"""Int8 weights lose little, whatever the picture, and a dead channel breaks nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.models.build.dynamic import by_channel, quantize_weights
from coprocessor.models.build.graph import Graph
from coprocessor.models.build.onnx_graph import convert
from coprocessor.models.litert import open_model

PICTURES = np.random.default_rng(9).normal(0, 1, (16, 1, 8, 8, 3)).astype(np.float32)


@pytest.fixture
def graph(small_onnx: bytes) -> Graph:
    return convert(small_onnx)


def result(content: bytes, picture: np.ndarray) -> np.ndarray:
    return open_model("small.tflite", content, 1).run(picture)[0]


def test_results_stay_near_at_any_brightness(graph: Graph) -> None:
    before = graph.content()
    assert quantize_weights(graph) == 2
    after = graph.content()
    for picture in PICTURES:
        for gain in (0.01, 1.0, 100.0):
            wanted = result(before, picture * np.float32(gain))
            found = result(after, picture * np.float32(gain))
            assert np.abs(found - wanted).max() < 0.03 * np.abs(wanted).max()


def test_borders_stay_float_and_depthwise_weights_too(graph: Graph) -> None:
    quantize_weights(graph)
    model = open_model("small.tflite", graph.content(), 1)
    assert {model.input.dtype, *(tensor.dtype for tensor in model.outputs)} == {"float32"}
    kept: dict[str, set[str]] = {}
    for operator in graph.operators:
        if "CONV" in graph.kind(operator):
            stored = graph.value(int(operator.inputs[1])).dtype.name
            kept.setdefault(graph.kind(operator), set()).add(stored)
    assert kept == {"CONV_2D": {"int8"}, "DEPTHWISE_CONV_2D": {"float32"}}


def test_same_graph_same_bytes(small_onnx: bytes) -> None:
    graphs = [convert(small_onnx) for _ in range(2)]
    assert [quantize_weights(graph) for graph in graphs] == [2, 2]
    assert graphs[0].content() == graphs[1].content()


def test_a_dead_channel_runs_and_is_its_bias(graph: Graph) -> None:
    [first, *_] = [op for op in graph.operators if graph.kind(op) == "CONV_2D"]
    weights = int(first.inputs[1])
    values = graph.value(weights)
    values[2] = 1e-40
    graph.set_constant(weights, values)
    before = result(graph.content(), PICTURES[0])
    quantize_weights(graph)
    after = result(graph.content(), PICTURES[0])
    assert np.abs(after - before).max() < 0.03 * np.abs(before).max()


@given(seed=st.integers(0, 2**32 - 1), spread=st.floats(1e-4, 1e3))
def test_every_weight_is_within_half_a_step(seed: int, spread: float) -> None:
    random = np.random.default_rng(seed)
    weights = random.normal(0, spread, (4, 3, 3, 2)).astype(np.float32)
    stored, scales = by_channel(weights)
    assert np.abs(stored.astype(int)).max() <= 127
    back = stored * scales[:, None, None, None]
    assert (np.abs(back - weights) <= 0.501 * scales[:, None, None, None]).all()

"""Int8 graphs stay near their float twins, and corrected biases bring them nearer."""

import numpy as np
import pytest
from numpy.typing import NDArray

from coprocessor.models.build.bias import correct_biases
from coprocessor.models.build.graph import Graph
from coprocessor.models.build.onnx_graph import convert
from coprocessor.models.build.quantize import quantize
from coprocessor.models.build.rewrite import fuse_relu, split_prelu
from coprocessor.models.litert import open_model
from coprocessor.models.model import ModelError

PICTURES = list(np.random.default_rng(5).normal(0, 1, (64, 1, 8, 8, 3)).astype(np.float32))


@pytest.fixture(scope="module")
def twin(small_onnx: bytes) -> bytes:
    graph = convert(small_onnx)
    split_prelu(graph)
    fuse_relu(graph)
    return graph.content()


def results(content: bytes) -> NDArray[np.float32]:
    model = open_model("small.tflite", content, 1)
    return np.concatenate([model.run(picture)[0] for picture in PICTURES])


def test_int8_follows_float(twin: bytes) -> None:
    content = quantize(twin, PICTURES)
    model = open_model("small.tflite", content, 1)
    assert {model.input.dtype, *(tensor.dtype for tensor in model.outputs)} == {"int8"}
    wanted = results(twin)
    assert np.abs(results(content) - wanted).max() < 0.1 * np.ptp(wanted)


def test_same_pictures_same_bytes(twin: bytes) -> None:
    once, again = (quantize(twin, PICTURES) for _ in range(2))
    assert once == again
    corrected = [correct_biases(twin, once, PICTURES[:8]) for _ in range(2)]
    assert corrected[0] == corrected[1]


def test_nothing_to_calibrate_on_is_refused(twin: bytes) -> None:
    with pytest.raises(ModelError, match="at least one"):
        quantize(twin, [])


def test_wrong_biases_are_corrected(twin: bytes) -> None:
    content = quantize(twin, PICTURES)
    graph = Graph.read(content)
    last = [op for op in graph.operators if graph.kind(op) == "CONV_2D"][-1]
    bias = int(last.inputs[2])
    graph.set_constant(bias, graph.value(bias) + np.int32(400))
    wrong = graph.content()
    wanted = results(twin).mean(0)
    off = np.abs(results(wrong).mean(0) - wanted).max()
    mended = np.abs(results(correct_biases(twin, wrong, PICTURES)).mean(0) - wanted).max()
    assert off > 0.05
    assert mended < off / 10


def test_graphs_that_are_no_twins_are_refused(twin: bytes, small_onnx: bytes) -> None:
    graph = convert(small_onnx)
    graph.operators = [op for op in graph.operators if graph.kind(op) != "CONV_2D"][:0]
    graph.main.outputs = graph.main.inputs
    graph.prune()
    with pytest.raises(ModelError, match="no twins"):
        correct_biases(twin, graph.content(), PICTURES[:1])

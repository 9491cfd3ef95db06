"""Spread heads say, after decoding by the manifest, what the packaged heads said."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import helper

from coprocessor.models.build.detector import ranges, split_heads, spread_heads
from coprocessor.models.build.graph import Graph
from coprocessor.models.build.onnx_graph import convert
from coprocessor.models.litert import open_model

SIDE = 16
PICTURES = list(np.random.default_rng(9).normal(0, 1, (20, 1, SIDE, SIDE, 3)).astype(np.float32))


@pytest.fixture
def packaged(make_onnx: Callable[..., bytes]) -> Graph:
    """Two grids (strides 2 and 4; 2 and 1 anchors), each flattened and joined, as BlazeFace's."""
    random = np.random.default_rng(11)
    weights, nodes = {}, []
    for place, (stride, anchors) in enumerate([(2, 2), (4, 1)]):
        for kind, values in (("logits", 1), ("boxes", 16)):
            name = f"{kind}{place}"
            weights[f"w_{name}"] = random.normal(0, 1, (values * anchors, 3, 1, 1)).astype("f4")
            weights[f"b_{name}"] = random.normal(0, 3, values * anchors).astype("f4")
            inputs = ["x", f"w_{name}", f"b_{name}"]
            nodes.append(helper.make_node("Conv", inputs, [name], strides=[stride, stride]))
    nodes.append(helper.make_node("Relu", ["logits0"], ["y"]))
    return convert(make_onnx(nodes, weights, (1, 3, SIDE, SIDE), (1, 2, 8, 8)))


def joined(graph: Graph) -> Graph:
    """The outputs as packaged: (1, N, 16) boxes and (1, N, 1) logits."""
    graph.operators = [op for op in graph.operators if graph.kind(op) == "CONV_2D"]
    convolutions = [int(op.outputs[0]) for op in graph.operators]
    outputs = []
    for heads, values in ((convolutions[1::2], 16), (convolutions[0::2], 1)):
        flat = []
        for head in heads:
            count = int(np.prod(graph.shape(head))) // values
            shape = (1, count, values)
            target = graph.add_constant("shape", np.array(shape, np.int32))
            flat.append(graph.add_tensor("flat", shape))
            reshape = graph.operator("RESHAPE", [head, target], flat[-1], {"newShape": list(shape)})
            graph.operators.append(reshape)
        whole = graph.add_tensor("joined", (1, sum(graph.shape(t)[1] for t in flat), values))
        graph.operators.append(graph.operator("CONCATENATION", flat, whole, {"axis": 1}))
        outputs.append(whole)
    graph.main.outputs = outputs
    graph.prune()
    return graph


def run(graph: Graph, picture: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    return open_model("detector.tflite", graph.content(), 1).run(picture)


def test_spread_heads_decode_to_the_packaged_values(packaged: Graph) -> None:
    graph = joined(packaged)
    wanted = [run(graph, picture) for picture in PICTURES]
    assert split_heads(graph) == [2, 4]
    found = ranges(graph.content(), PICTURES)
    heads = spread_heads(graph, [2, 4], found)
    assert [(head.stride, head.anchors) for head in heads] == [(2, 2), (4, 1)]
    for picture, (boxes, logits) in zip(PICTURES, wanted, strict=True):
        outputs = run(graph, picture)
        told = zip(heads, outputs[::2], outputs[1::2], found, strict=True)
        start = 0
        for head, raw_logits, raw_boxes, (middle, half) in told:
            count = raw_logits.size
            part = slice(start, start + count)
            start += count
            logit = raw_logits.reshape(-1) * head.logit_scale + head.logit_offset
            values = raw_boxes.reshape(-1, 16) * np.array(head.scale) + np.array(head.offset)
            cut = np.clip(logits[0, part, 0], -3, 3)
            np.testing.assert_allclose(logit, cut, atol=1e-4)
            inside = np.clip(boxes[0, part], middle - half, middle + half)
            np.testing.assert_allclose(values, inside, rtol=1e-3, atol=1e-3)
        assert start == boxes.shape[1]


def test_ranges_are_those_at_faces(packaged: Graph) -> None:
    graph = joined(packaged)
    split_heads(graph)
    for (middle, half), boxes, logits in zip(
        ranges(graph.content(), PICTURES),
        *(
            [np.concatenate([run(graph, p)[k].reshape(-1, size) for p in PICTURES]) for k in places]
            for places, size in (((1, 3), 16), ((0, 2), 1))
        ),
        strict=True,
    ):
        at_faces = boxes[logits[:, 0] > -1.5]
        inside = np.abs(at_faces - middle) <= half
        assert inside.mean() > 0.99
        assert (half < np.ptp(at_faces, axis=0)).all()

"""ONNX Runtime answers as LiteRT does, on noise and on real crops."""

import numpy as np
import onnx
import pytest

from board.bundle import Entry, Role
from coprocessor.align import boxed, upright
from coprocessor.detect import Detector
from coprocessor.frame import Picture
from coprocessor.landmarks import Landmarker
from coprocessor.models.accelerated import Choice, open_chosen
from coprocessor.models.agreement import CLOSE, apart, sample
from coprocessor.models.model import Bundle, Model, ModelError, load
from coprocessor.models.onnx_runtime import open_model
from coprocessor.tensors import Feed

ROLES: list[Role] = ["embedder", "spoof", "eyes"]


def twin(bundle: Bundle, role: Role) -> tuple[Entry, Model]:
    entry = bundle.entry(role)
    (variant,) = entry.variants
    return entry, load(bundle.directory, variant, 1, "onnxruntime")


def crops(bundle: Bundle, role: Role, rgb: Picture) -> list[Picture]:
    """What the pipeline would show the model of the face in this picture."""
    (face,) = Detector(bundle).faces(rgb)
    if role == "spoof":
        return [boxed(rgb, face.box, scale, 128) for scale in (1.1, 1.7, 2.7)]
    return [upright(rgb, Landmarker(bundle).mesh(rgb, face).five())]


@pytest.mark.parametrize("role", ["embedder", "spoof"])
def test_it_agrees_on_real_crops(bundle: Bundle, astronaut: Picture, role: Role) -> None:
    entry, model = twin(bundle, role)
    feed = Feed(entry.input, entry.normalisation)
    for crop in crops(bundle, role, astronaut):
        (here,) = model.run(feed.of(crop))
        (there,) = bundle.model(role).run(feed.of(crop))
        assert here.shape == there.shape
        assert here.dtype == np.float32
        assert apart(here, there) < CLOSE


@pytest.mark.parametrize("role", ROLES)
def test_it_agrees_on_noise(bundle: Bundle, role: Role) -> None:
    entry, model = twin(bundle, role)
    sample(entry, bundle.model(role)).check(entry.file, model)
    with pytest.raises(ValueError, match="wanted"):
        model.run(np.zeros((1, 2, 2, 3), np.float32))
    with pytest.raises(ValueError, match="wanted"):
        model.run(np.zeros(entry.input.shape, np.int8))


def test_a_whole_bundle_runs_on_it(bundle: Bundle, public_key: str) -> None:
    found = open_chosen(bundle.directory, public_key, Choice("onnxruntime"))
    assert (found.backend, found.fallback) == ("onnxruntime", False)
    assert found.model("detector").backend == "ai_edge_litert"
    assert found.manifest == bundle.manifest


@pytest.mark.parametrize("content", [b"", b"no graph at all", bytes(1000)])
def test_a_graph_it_cannot_read_is_told(content: bytes) -> None:
    with pytest.raises(ModelError, match=r"bad\.onnx: onnxruntime refuses the graph.*rebuild it"):
        open_model("bad.onnx", content, 1)


def test_a_graph_of_open_shape_is_told(bundle: Bundle) -> None:
    content = (bundle.directory / "eyes.float.onnx").read_bytes()
    with pytest.raises(ModelError, match=r"eyes\.onnx: .*wanted float of a fixed shape"):
        open_model("eyes.onnx", with_named_side(content), 1)


def with_named_side(content: bytes) -> bytes:
    """The same graph for any number of pictures at once."""
    model = onnx.load_from_string(content)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "many"
    changed: bytes = model.SerializeToString()
    return changed


def test_its_files_are_told_by_their_suffix(bundle: Bundle) -> None:
    with pytest.raises(ModelError, match=r"embedder\.int8\.tflite: onnxruntime takes \*\.onnx"):
        load(bundle.directory, bundle.entry("embedder"), 1, "onnxruntime")

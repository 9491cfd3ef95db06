"""The real bundle loads, runs in the shapes its manifest tells, and refuses to when damaged."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
import skimage.data

from board.bundle import BundleError, Entry, Tensor, read_manifest
from coprocessor.models.build import calibration
from coprocessor.models.litert import open_model
from coprocessor.models.model import Bundle, ModelError, load, open_bundle
from coprocessor.tensors import quantised, real

FORM = Tensor(name="x", shape=(1, 4), dtype="int8", scale=0.5, zero_point=-10)
EYE, OTHER_EYE = (204.1, 101.4), (245.5, 104.4)
"""The astronaut's, as the float face mesh finds them, in pixels of the portrait."""


@pytest.fixture(scope="module")
def bundle(bundle_directory: Path, public_key: str) -> Bundle:
    return open_bundle(bundle_directory, public_key)


def entry_of(bundle_directory: Path, public_key: str) -> Entry:
    return read_manifest(bundle_directory, public_key).entry("detector")


def test_every_model_runs_in_the_shapes_told(bundle: Bundle) -> None:
    roles = [entry.role for entry in bundle.manifest.models]
    assert roles == ["detector", "landmarks", "embedder", "spoof", "eyes"]
    for entry in bundle.manifest.models:
        model = bundle.model(entry.role)
        outputs = model.run(np.zeros(entry.input.shape, np.float32))
        assert [output.shape for output in outputs] == [told.shape for told in entry.outputs]
        assert all(output.dtype == np.float32 for output in outputs)
        assert all(np.isfinite(output).all() for output in outputs)
        with pytest.raises(ValueError, match="input of shape"):
            model.run(np.zeros((1, 2, 2, 3), np.float32))


def test_astronaut_is_one_clear_face(bundle: Bundle) -> None:
    """The best anchor's box and eyes, decoded by hand from the manifest alone."""
    entry = bundle.entry("detector")
    picture = skimage.data.astronaut()[::4, ::4]
    outputs = bundle.model("detector").run(
        calibration.normalised(np.ascontiguousarray(picture), entry.normalisation)
    )
    by_name = dict(zip((told.name for told in entry.outputs), outputs, strict=True))
    best, found = -np.inf, np.zeros(16)
    for head in entry.heads:
        logits = by_name[f"logits_{head.stride}"][0] * head.logit_scale + head.logit_offset
        row, column, anchor = np.unravel_index(int(logits.argmax()), logits.shape)
        if logits.max() <= best:
            continue
        best = float(logits.max())
        raw = by_name[f"boxes_{head.stride}"][0, row, column].reshape(head.anchors, 16)[anchor]
        found = raw * np.array(head.scale) + np.array(head.offset)
        cell = np.array([column + 0.5, row + 0.5]) * head.stride
        found[:2] += cell
        found[4:] += np.tile(cell, 6)
    assert best > 1.0
    assert np.abs(found[:2] * 4 - calibration.CENTRE).max() < 12
    assert np.abs(found[4:6] * 4 - EYE).max() < 12
    assert np.abs(found[6:8] * 4 - OTHER_EYE).max() < 12


def test_tampered_model_is_refused(tmp_path: Path, bundle_directory: Path, public_key: str) -> None:
    copy = shutil.copytree(bundle_directory, tmp_path / "bundle")
    file = copy / "embedder.int8.tflite"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BundleError, match=r"embedder\.int8\.tflite: sha256 differs"):
        open_bundle(copy, public_key)


def test_manifest_that_misdescribes_a_graph_is_refused(
    bundle_directory: Path, public_key: str
) -> None:
    entry = entry_of(bundle_directory, public_key)
    lying = msgspec.structs.replace(
        entry, input=msgspec.structs.replace(entry.input, scale=entry.input.scale * 2)
    )
    with pytest.raises(BundleError, match="tensors differ"):
        load(bundle_directory, lying)


def test_unknown_suffix_is_told(tmp_path: Path, bundle_directory: Path, public_key: str) -> None:
    entry = entry_of(bundle_directory, public_key)
    shutil.copy(bundle_directory / entry.file, tmp_path / "detector.engine")
    with pytest.raises(ModelError, match=r"detector\.engine: litert takes \*\.tflite"):
        load(tmp_path, msgspec.structs.replace(entry, file="detector.engine"))


def test_graph_the_runtime_cannot_read_is_told() -> None:
    with pytest.raises(ModelError, match=r"bad\.tflite: ai_edge_litert refuses"):
        open_model("bad.tflite", b"not a graph at all", 1)


def test_int8_conversion_by_hand() -> None:
    values = np.array([[0.0, 1.0, 0.3, 100.0]], np.float32)
    stored = quantised(values, FORM)
    assert stored.dtype == np.int8
    assert stored.tolist() == [[-10, -8, -9, 127]]
    assert real(stored, FORM).tolist() == [[0.0, 1.0, 0.5, 68.5]]
    assert quantised(np.array([[-1e9]], np.float32), FORM).tolist() == [[-128]]

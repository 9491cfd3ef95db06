"""A bundle is written whole or not at all, and twice the same."""

import hashlib
import io
import tarfile
from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from onnx.reference import ReferenceEvaluator

from board.bundle import BundleError, Normalisation, check_file, read_manifest
from coprocessor.models.build import packages
from coprocessor.models.build.onnx_twin import channels_last
from coprocessor.models.build.packages import Member, Package
from coprocessor.models.build.recipe import Made, Recipe, plain
from coprocessor.models.build.version import Count
from coprocessor.models.build.write import (
    build,
    describe,
    fingerprint,
    is_current,
    public_hex,
    restate,
)
from coprocessor.models.model import ModelError, open_bundle

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def count(tmp_path: Path) -> Count:
    return Count(tmp_path / "cache" / "signing.count")


def silent(step: str) -> None:
    """No progress bar here."""


@pytest.fixture
def recipe(tmp_path: Path, small_onnx: bytes) -> Recipe:
    """The small net, out of an archive that already lies in the cache."""
    cache = tmp_path / "cache"
    cache.mkdir()
    with tarfile.open(cache / "small-1.0.tgz", "w:gz") as archive:
        info = tarfile.TarInfo("small.onnx")
        info.size = len(small_onnx)
        archive.addfile(info, io.BytesIO(small_onnx))
    sha256 = hashlib.sha256((cache / "small-1.0.tgz").read_bytes()).hexdigest()
    package = Package("npm", "small", "1.0", "small-1.0.tgz", sha256)
    return Recipe(
        role="spoof",
        file="small.tflite",
        member=Member(package, "small.onnx", hashlib.sha256(small_onnx).hexdigest()),
        outputs=("logits",),
        normalisation=Normalisation(channels="BGR", subtract=0.0, divide=1.0),
        make=plain,
        quantisation="none",
        licence="MIT",
        training_data="none",
        crops=(1.1,),
    )


def test_bundle_verifies_and_runs(tmp_path: Path, recipe: Recipe) -> None:
    steps: list[str] = []
    manifest = build(
        tmp_path / "out", KEY, tmp_path / "cache", steps.append, count(tmp_path), [recipe]
    )
    assert steps == ["packages", "spoof", "signature"]
    bundle = open_bundle(tmp_path / "out", public_hex(KEY))
    assert bundle.manifest == manifest
    assert bundle.entry("spoof").provenance.package == "small"
    assert bundle.model("spoof").input.shape == (1, 8, 8, 3)
    assert is_current(tmp_path / "out", KEY)


def test_onnx_twin_lies_beside_the_model(tmp_path: Path, recipe: Recipe) -> None:
    out, cache = tmp_path / "out", tmp_path / "cache"
    twofold = recipe._replace(onnx="small.onnx")
    manifest = build(out, KEY, cache, silent, count(tmp_path), [twofold])
    (variant,) = manifest.entry("spoof").variants
    content = check_file(out, variant)
    assert [file.file for file in manifest.files] == ["small.tflite", "small.onnx"]
    picture = np.random.default_rng(3).normal(0, 1, variant.input.shape).astype(np.float32)
    (answer,) = ReferenceEvaluator(onnx.load_from_string(content)).run(None, {"picture": picture})
    (told,) = open_bundle(out, public_hex(KEY)).model("spoof").run(picture)
    assert np.abs(answer - told).max() < 1e-5
    wanted = msgspec.structs.replace(manifest.thresholds, match_e4=1)
    restated = restate(out, wanted, KEY, count(tmp_path))
    assert check_file(out, restated.entry("spoof").variants[0]) == content
    (out / "small.onnx").write_bytes(content[:-1])
    assert not is_current(out, KEY)


def test_onnx_twin_of_another_model_is_refused(tmp_path: Path, recipe: Recipe) -> None:
    made = recipe.make(packages.read(recipe.member, tmp_path / "cache"))
    entry = describe(recipe, made)
    wrong = msgspec.structs.replace(entry, outputs=entry.outputs * 2)
    with pytest.raises(ModelError, match=r"small\.tflite: its ONNX twin answers"):
        channels_last(packages.read(recipe.member, tmp_path / "cache"), wrong)


def test_same_inputs_same_bytes(tmp_path: Path, recipe: Recipe) -> None:
    for name in ("one", "two"):
        build(tmp_path / name, KEY, tmp_path / "cache", silent, count(tmp_path), [recipe])
    one, two = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    assert one == two
    assert set(one) == {"manifest.json", "manifest.sig", "bundle.pub", "small.tflite"}


def test_failing_build_leaves_the_old_bundle(tmp_path: Path, recipe: Recipe) -> None:
    def fail(source: bytes) -> Made:
        raise ModelError("broken")

    out = tmp_path / "out"
    old = build(out, KEY, tmp_path / "cache", silent, count(tmp_path), [recipe])
    with pytest.raises(ModelError, match="broken"):
        build(out, KEY, tmp_path / "cache", silent, count(tmp_path), [recipe._replace(make=fail)])
    assert read_manifest(out, public_hex(KEY)) == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "out"]


def test_old_bundle_is_replaced_whole(tmp_path: Path, recipe: Recipe) -> None:
    out = tmp_path / "out"
    build(out, KEY, tmp_path / "cache", silent, count(tmp_path), [recipe])
    build(
        out,
        KEY,
        tmp_path / "cache",
        silent,
        count(tmp_path),
        [recipe._replace(file="other.tflite")],
    )
    assert not (out / "small.tflite").exists()
    check_file(out, read_manifest(out, public_hex(KEY)).entry("spoof"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "out"]


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig", "bundle.pub", "small.tflite"])
def test_damaged_bundle_is_not_current(tmp_path: Path, recipe: Recipe, name: str) -> None:
    out = tmp_path / "out"
    build(out, KEY, tmp_path / "cache", silent, count(tmp_path), [recipe])
    content = (out / name).read_bytes()
    damaged = content[:-1] + bytes([content[-1] ^ 0xFF])
    (out / name).write_bytes(damaged)
    assert not is_current(out, KEY)


def test_another_key_is_not_current(tmp_path: Path, recipe: Recipe) -> None:
    build(tmp_path / "out", KEY, tmp_path / "cache", silent, count(tmp_path), [recipe])
    assert not is_current(tmp_path / "out", Ed25519PrivateKey.generate())
    assert not is_current(tmp_path / "absent", KEY)


def test_fingerprint_is_stable() -> None:
    assert fingerprint() == fingerprint()
    assert len(fingerprint()) == 64


def test_outputs_must_be_those_of_the_recipe(tmp_path: Path, recipe: Recipe) -> None:
    wrong = recipe._replace(outputs=("logits", "more"))
    with pytest.raises(ModelError, match=r"small\.tflite: 1 outputs"):
        build(tmp_path / "out", KEY, tmp_path / "cache", silent, count(tmp_path), [wrong])


def test_other_thresholds_over_the_same_models(tmp_path: Path, recipe: Recipe) -> None:
    out = tmp_path / "out"
    old = build(out, KEY, tmp_path / "cache", silent, count(tmp_path), [recipe])
    wanted = msgspec.structs.replace(old.thresholds, match_e4=4321)
    told = restate(out, wanted, KEY, count(tmp_path))
    found = open_bundle(out, public_hex(KEY)).manifest
    assert found == told == msgspec.structs.replace(old, thresholds=wanted, version=2)
    assert found.identity != old.identity
    assert is_current(out, KEY)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "out"]


def test_thresholds_of_a_damaged_bundle_stay(tmp_path: Path, recipe: Recipe) -> None:
    out = tmp_path / "out"
    old = build(out, KEY, tmp_path / "cache", silent, count(tmp_path), [recipe])
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    wanted = msgspec.structs.replace(old.thresholds, match_e4=4321)
    with pytest.raises(BundleError, match=r"manifest\.sig: does not match"):
        restate(out, wanted, Ed25519PrivateKey.generate(), count(tmp_path))
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    (out / "small.tflite").write_bytes(before["small.tflite"] + b"x")
    with pytest.raises(BundleError, match=r"small\.tflite: size differs"):
        restate(out, wanted, KEY, count(tmp_path))
    assert read_manifest(out, public_hex(KEY)) == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "out"]

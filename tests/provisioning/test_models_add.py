"""A file is added and signed, or the bundle stays what it was."""

import argparse
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from board.bundle import MANIFEST, SIGNATURE, Entry, check_file, read_manifest
from coprocessor.models.build.variant import described
from coprocessor.models.build.write import PUBLIC_KEY, public_hex
from coprocessor.models.model import ModelError, open_bundle
from provisioning.models_add import arguments, run

ROOT = Path(__file__).parents[2]
SHIPPED = Path(os.environ.get("CARDEA_BUNDLE", ROOT / ".models" / "bundle"))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))

Add = Callable[..., int]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The real one, signed by KEY."""
    copy = shutil.copytree(SHIPPED, tmp_path / "bundle")
    (copy / SIGNATURE).write_bytes(KEY.sign((copy / MANIFEST).read_bytes()))
    (copy / PUBLIC_KEY).write_text(public_hex(KEY) + "\n")
    return copy


@pytest.fixture
def add(tmp_path: Path, bundle: Path) -> Add:
    """Run the command."""
    key = tmp_path / "signing.key"
    key.write_text(KEY.private_bytes_raw().hex() + "\n")
    key.chmod(0o600)

    def add(file: Path, role: str) -> int:
        parser = argparse.ArgumentParser()
        arguments(parser)
        words = [str(file), "--role", role, "--made", "a test"]
        words += ["--bundle", str(bundle), "--key", str(key)]
        return run(parser.parse_args(words))

    return add


def test_a_compiled_file_is_added_and_replaced(tmp_path: Path, bundle: Path, add: Add) -> None:
    """The int8 detector as it is: what the compiler leaves has the same tensors."""
    file = tmp_path / "detector.int8_edgetpu.tflite"
    file.write_bytes((bundle / "detector.int8.tflite").read_bytes())
    old = read_manifest(bundle, public_hex(KEY))
    for _ in range(2):
        assert add(file, "detector") == 0
    new = open_bundle(bundle, public_hex(KEY)).manifest
    entry = new.entry("detector")
    (variant,) = entry.variants
    assert check_file(bundle, variant) == file.read_bytes()
    assert (variant.input.scale, variant.input.dtype) == (entry.input.scale, "int8")
    assert [one.scale for one in variant.outputs] == [one.scale for one in entry.outputs]
    assert variant.quantisation == "a test"
    assert new.version == old.version + 1
    assert new.template_identity == old.template_identity
    assert [check_file(bundle, one) for one in new.files]


@pytest.mark.parametrize(
    ("name", "role", "told"),
    [
        ("landmarks_edgetpu.tflite", "detector", "are not those of detector.int8.tflite"),
        ("detector.int8.tflite", "detector", "wants a name that ends in"),
        ("detector.engine", "detector", "wants a name that ends in"),
        ("spoof.float.onnx", "eyes", "another file of the bundle has that name"),
        ("Bad Name_edgetpu.tflite", "landmarks", "manifest.json: "),
        ("absent.onnx", "eyes", "No such file"),
    ],
)
def test_what_does_not_fit_changes_nothing(
    tmp_path: Path,
    bundle: Path,
    add: Add,
    capsys: pytest.CaptureFixture[str],
    name: str,
    role: str,
    told: str,
) -> None:
    before = {file.name: file.read_bytes() for file in bundle.iterdir()}
    if name != "absent.onnx":
        (tmp_path / name).write_bytes(before["landmarks.int8.tflite"])
    assert add(tmp_path / name, role) == 1
    said = capsys.readouterr().err
    assert said.startswith("models add: ")
    assert told in said
    assert {file.name: file.read_bytes() for file in bundle.iterdir()} == before


def eyes() -> Entry:
    public = (SHIPPED / PUBLIC_KEY).read_text("ascii").strip()
    return read_manifest(SHIPPED, public).entry("eyes")


@given(st.binary(max_size=300), st.sampled_from(["x_edgetpu.tflite", "x.onnx"]))
def test_garbage_is_told(content: bytes, name: str) -> None:
    with pytest.raises(ModelError, match=r"x.*: (cannot be read|tensors)"):
        described(name, content, eyes(), "none")


@given(st.sampled_from(["eyes.float.tflite", "eyes.float.onnx"]), st.data())
def test_damage_is_told_or_does_no_harm(file: str, data: st.DataObject) -> None:
    whole = bytearray((SHIPPED / file).read_bytes())
    places = st.one_of(st.integers(0, 400), st.integers(0, len(whole) - 1))
    for place in data.draw(st.lists(places, min_size=1, max_size=8)):
        whole[place] = data.draw(st.integers(0, 255))
    with suppress(ModelError):
        assert described(file, bytes(whole), eyes(), "none").input.shape == (1, 24, 24, 1)

"""A bundle is believed only when key, signature, names and hashes all agree."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from board.bundle import (
    LARGEST_MANIFEST_BYTES,
    BundleError,
    Entry,
    Manifest,
    Normalisation,
    Provenance,
    Tensor,
    Thresholds,
    Variant,
    check_file,
    encode,
    parse,
    read_manifest,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw().hex()
CONTENT = b"a graph"
TWIN = b"the same graph in another tongue"
NUMBERS = {
    "match_e4": 4000,
    "identify_e4": 5000,
    "margin_e4": 500,
    "attack_accept_permille": 300,
    "attack_refuse_permille": 700,
    "attack_frames": 5,
    "attack_span_ms": 700,
    "eye_distance_px": 24,
    "yaw_deg": 30,
    "sharpness": 30,
    "exposure_low": 40,
    "exposure_high": 220,
}


def manifest(file: str = "detector.tflite") -> Manifest:
    tensor = Tensor(name="picture", shape=(1, 4, 4, 3), dtype="int8", scale=0.1, zero_point=-3)
    entry = Entry(
        role="detector",
        file=file,
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        bytes=len(CONTENT),
        input=tensor,
        outputs=(tensor,),
        normalisation=Normalisation(channels="RGB", subtract=0.0, divide=255.0),
        quantisation="none",
        provenance=Provenance(
            registry="pypi",
            package="a-package",
            version="1.0",
            archive_sha256="0" * 64,
            member="a/member",
            member_sha256="1" * 64,
        ),
        licence="MIT",
        training_data="unknown",
        variants=(
            Variant(
                file="detector.float.onnx",
                sha256=hashlib.sha256(TWIN).hexdigest(),
                bytes=len(TWIN),
                input=msgspec.structs.replace(tensor, dtype="float32", scale=1.0, zero_point=0),
                outputs=(tensor,),
                quantisation="none",
            ),
        ),
    )
    return Manifest(
        schema=2,
        version=7,
        inputs="2" * 64,
        models=(entry,),
        calibration="none",
        toolchain={"numpy": "2"},
        thresholds=Thresholds(**NUMBERS, basis=dict.fromkeys(NUMBERS, "a test")),
    )


def write(directory: Path, raw: bytes) -> Path:
    (directory / "manifest.json").write_bytes(raw)
    (directory / "manifest.sig").write_bytes(KEY.sign(raw))
    (directory / "detector.tflite").write_bytes(CONTENT)
    (directory / "detector.float.onnx").write_bytes(TWIN)
    return directory


def test_signed_bundle_is_read_back(tmp_path: Path) -> None:
    raw = encode(manifest())
    found = read_manifest(write(tmp_path, raw), PUBLIC)
    assert found == manifest()
    assert found.identity == hashlib.sha256(raw).hexdigest()[:16]
    assert check_file(tmp_path, found.entry("detector")) == CONTENT
    assert [check_file(tmp_path, file) for file in found.files] == [CONTENT, TWIN]


def test_changed_variant_is_refused(tmp_path: Path) -> None:
    (write(tmp_path, encode(manifest())) / "detector.float.onnx").write_bytes(TWIN.upper())
    _, variant = manifest().files
    with pytest.raises(BundleError, match=r"detector\.float\.onnx: sha256 differs.*models build"):
        check_file(tmp_path, variant)


@pytest.mark.parametrize("wrong", ["(1, 3, 4, 4)", "two outputs"])
def test_variant_of_other_shapes_is_refused(wrong: str) -> None:
    whole = manifest()
    variant = whole.models[0].variants[0]
    tensor = msgspec.structs.replace(variant.input, shape=(1, 3, 4, 4))
    changed = {"input": tensor} if wrong != "two outputs" else {"outputs": variant.outputs * 2}
    other = msgspec.structs.replace(variant, **changed)
    models = msgspec.to_builtins(whole)
    models["models"][0]["variants"] = [msgspec.to_builtins(other)]
    raw = msgspec.json.format(msgspec.json.encode(models, order="sorted"), indent=2) + b"\n"
    with pytest.raises(BundleError, match=r"detector\.float\.onnx must have the shapes of"):
        parse(raw)


def test_every_changed_bit_of_the_manifest_is_refused(tmp_path: Path) -> None:
    raw = encode(manifest())
    write(tmp_path, raw)
    for place in range(0, len(raw), 97):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        (tmp_path / "manifest.json").write_bytes(changed)
        with pytest.raises(BundleError, match=r"manifest\.sig: does not match.*models build"):
            read_manifest(tmp_path, PUBLIC)


def test_another_signers_bundle_is_refused(tmp_path: Path) -> None:
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    with pytest.raises(BundleError, match="does not match"):
        read_manifest(write(tmp_path, encode(manifest())), other)


@pytest.mark.parametrize("public", ["", "zz", "00" * 31, "é" * 64])
def test_malformed_public_key_is_told(tmp_path: Path, public: str) -> None:
    with pytest.raises(BundleError, match="public key: not 64 hex digits"):
        read_manifest(write(tmp_path, encode(manifest())), public)


@pytest.mark.parametrize(
    "file", ["../x.tflite", "/etc/x.tflite", "a/b.tflite", "..", ".x", "x", "x.tflite\n", "x\0.t"]
)
def test_only_plain_file_names(tmp_path: Path, file: str) -> None:
    with pytest.raises(BundleError, match=r"manifest\.json: .*file"):
        read_manifest(write(tmp_path, encode(manifest(file))), PUBLIC)


@pytest.mark.parametrize("content", [b"b graph", b"", b"a graph and more"])
def test_changed_model_file_is_refused(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, encode(manifest()))
    (tmp_path / "detector.tflite").write_bytes(content)
    with pytest.raises(BundleError, match=r"detector\.tflite: .*manifest.*models build"):
        check_file(tmp_path, manifest().entry("detector"))


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig"])
def test_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (write(tmp_path, encode(manifest())) / name).unlink()
    with pytest.raises(BundleError, match=rf"{name}: No such file.*models build"):
        read_manifest(tmp_path, PUBLIC)


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig", "detector.tflite"])
def test_a_pipe_keeps_nobody_waiting(name: str, tmp_path: Path) -> None:
    (write(tmp_path, encode(manifest())) / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(BundleError, match=rf"{name}: is no plain file"):
        check_file(tmp_path, read_manifest(tmp_path, PUBLIC).entry("detector"))


def test_links_are_refused(tmp_path: Path) -> None:
    write(tmp_path, encode(manifest()))
    (tmp_path / "detector.tflite").rename(tmp_path / "elsewhere")
    (tmp_path / "detector.tflite").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match=r"detector\.tflite: is a link"):
        check_file(tmp_path, manifest().entry("detector"))


def test_other_spelling_of_the_same_manifest_is_refused() -> None:
    with pytest.raises(BundleError, match="canonical"):
        parse(msgspec.json.encode(manifest()))


def test_threshold_without_basis_is_refused() -> None:
    raw = encode(manifest()).replace(b'"yaw_deg": "a test"', b'"other": "a test"')
    with pytest.raises(BundleError, match="basis"):
        parse(raw)


def test_attack_band_the_wrong_way_round_is_refused() -> None:
    raw = encode(manifest()).replace(
        b'"attack_accept_permille": 300', b'"attack_accept_permille": 700'
    )
    with pytest.raises(BundleError, match="attack_accept_permille must be below"):
        parse(raw)


def test_two_models_of_one_role_are_refused() -> None:
    one = manifest()
    twice = msgspec.structs.replace(one, models=one.models * 2)
    with pytest.raises(BundleError, match="2 models of role detector"):
        twice.entry("detector")
    with pytest.raises(BundleError, match="0 models of role spoof"):
        twice.entry("spoof")


def test_endless_manifest_is_not_read_whole(tmp_path: Path) -> None:
    write(tmp_path, b"[" * (LARGEST_MANIFEST_BYTES + 2))
    with pytest.raises(BundleError, match="does not match"):
        read_manifest(tmp_path, PUBLIC)


@given(st.binary(max_size=400))
def test_garbage_never_raises_anything_else(raw: bytes) -> None:
    with pytest.raises(BundleError):
        parse(raw)


@given(st.data())
def test_damaged_manifest_never_raises_anything_else(data: st.DataObject) -> None:
    raw = bytearray(encode(manifest()))
    places = st.integers(0, len(raw) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=4)):
        raw[place] = data.draw(st.integers(0, 255))
    with suppress(BundleError):
        assert encode(parse(bytes(raw))) == bytes(raw)


@given(st.binary(max_size=200), st.binary(max_size=100))
def test_garbage_files_never_raise_anything_else(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, signature: bytes
) -> None:
    directory = tmp_path_factory.mktemp("bundle")
    (directory / "manifest.json").write_bytes(raw)
    (directory / "manifest.sig").write_bytes(signature)
    with pytest.raises(BundleError):
        read_manifest(directory, PUBLIC)

"""The finished bundle in its directory: models made by their recipes, manifest, signature."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from board.bundle import (
    MANIFEST,
    SCHEMA,
    SIGNATURE,
    BundleError,
    Entry,
    Manifest,
    Role,
    Tensor,
    Thresholds,
    Variant,
    check_file,
    encode,
    read_manifest,
)
from coprocessor.models.build import calibration, packages
from coprocessor.models.build.onnx_twin import channels_last
from coprocessor.models.build.recipe import FLOAT, RECIPES, Made, Recipe
from coprocessor.models.build.thresholds import THRESHOLDS
from coprocessor.models.build.variant import described
from coprocessor.models.build.version import Count
from coprocessor.models.litert import open_model
from coprocessor.models.model import ModelError

TOOLCHAIN: Final = (
    "ai-edge-litert",
    "flatbuffers",
    "numpy",
    "onnx",
    "opencv-python-headless",
    "scikit-image",
)
PUBLIC_KEY: Final = "bundle.pub"
STEPS: Final = ("packages", *(recipe.role for recipe in RECIPES), "signature")
"""What `build` announces, in this order."""

Announce = Callable[[str], None]


def fingerprint() -> str:
    """SHA-256 of all a bundle is made from: recipes, pins, thresholds and the toolchain."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    digest.update(msgspec.json.encode(toolchain(), order="sorted"))
    return digest.hexdigest()


def toolchain() -> dict[str, str]:
    """The versions a bundle's bytes depend on."""
    return {name: version(name) for name in TOOLCHAIN}


def is_current(out: Path, key: Ed25519PrivateKey) -> bool:
    """Is there a whole bundle in `out`, signed by this key and made from these very inputs?"""
    try:
        manifest = read_manifest(out, public_hex(key))
        for file in manifest.files:
            check_file(out, file)
        stated = (out / PUBLIC_KEY).read_text("ascii").strip()
    except (BundleError, OSError, UnicodeDecodeError):
        return False
    return manifest.inputs == fingerprint() and stated == public_hex(key)


def build(
    out: Path,
    key: Ed25519PrivateKey,
    cache: Path,
    announce: Announce,
    count: Count,
    recipes: Sequence[Recipe] = RECIPES,
) -> Manifest:
    """Make the bundle, numbered by its signer's `count`, in place of what `out` holds.

    Raises ModelError, OSError.
    """
    announce("packages")
    for recipe in recipes:
        packages.fetch(recipe.member.package, cache)
    with _replacing(out) as directory:
        entries = []
        for recipe in recipes:
            announce(recipe.role)
            entries.append(_write_model(directory, recipe, cache))
        announce("signature")
        made = Manifest(
            schema=SCHEMA,
            version=1,
            inputs=fingerprint(),
            models=tuple(entries),
            calibration=calibration.STORY,
            toolchain=toolchain(),
            thresholds=THRESHOLDS,
        )
        manifest = count.number(made, _standing(out, key))
        _sign(directory, manifest, key)
    return manifest


def restate(out: Path, thresholds: Thresholds, key: Ed25519PrivateKey, count: Count) -> Manifest:
    """The bundle's models as they are under other thresholds, signed anew, in place of the old.

    All or nothing. Raises BundleError when the bundle is not whole or not signed by this key,
    ModelError, OSError.
    """
    old = read_manifest(out, public_hex(key))
    with _replacing(out) as directory:
        for file in old.files:
            (directory / file.file).write_bytes(check_file(out, file))
        manifest = count.number(msgspec.structs.replace(old, thresholds=thresholds), old)
        _sign(directory, manifest, key)
    return manifest


def add(
    out: Path, role: Role, file: Path, quantisation: str, key: Ed25519PrivateKey, count: Count
) -> Manifest:
    """The bundle with `file` as a variant of this role's model, in place of one of the same name.

    All or nothing. Raises BundleError when the bundle is not whole or not signed by this key,
    ModelError, OSError.
    """
    old, content = read_manifest(out, public_hex(key)), file.read_bytes()
    entry = old.entry(role)
    if file.name in {one.file for one in old.files} - {one.file for one in entry.variants}:
        raise ModelError(f"{file.name}: another file of the bundle has that name; rename it")
    variant = described(file.name, content, entry, quantisation)
    kept = [one for one in entry.variants if one.file != file.name]
    changed = msgspec.structs.replace(entry, variants=(*kept, variant))
    models = tuple(changed if one.role == role else one for one in old.models)
    with _replacing(out) as directory:
        for one in old.files:
            (directory / one.file).write_bytes(check_file(out, one))
        (directory / file.name).write_bytes(content)
        manifest = count.number(msgspec.structs.replace(old, models=models), old)
        _sign(directory, manifest, key)
    return manifest


def _standing(out: Path, key: Ed25519PrivateKey) -> Manifest | None:
    """The manifest of this signer's bundle in `out`, where there is one that can be read."""
    try:
        return read_manifest(out, public_hex(key))
    except BundleError:
        return None


def public_hex(key: Ed25519PrivateKey) -> str:
    """The public half, as configs pin it."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _write_model(directory: Path, recipe: Recipe, cache: Path) -> Entry:
    source = packages.read(recipe.member, cache)
    made = recipe.make(source)
    (directory / recipe.file).write_bytes(made.content)
    entry = describe(recipe, made)
    if recipe.onnx is None:
        return entry
    content = channels_last(source, entry)
    (directory / recipe.onnx).write_bytes(content)
    variant = Variant(
        file=recipe.onnx,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        input=entry.input,
        outputs=entry.outputs,
        quantisation=FLOAT,
    )
    return msgspec.structs.replace(entry, variants=(variant,))


def describe(recipe: Recipe, made: Made) -> Entry:
    """The manifest's entry of a finished model; its tensors are asked of the graph itself."""
    model = open_model(recipe.file, made.content, 1)
    if len(model.outputs) != len(recipe.outputs):
        raise ModelError(f"{recipe.file}: {len(model.outputs)} outputs; the recipe names others")
    pairs = zip(model.outputs, recipe.outputs, strict=True)
    return Entry(
        role=recipe.role,
        file=recipe.file,
        sha256=hashlib.sha256(made.content).hexdigest(),
        bytes=len(made.content),
        input=_named(model.input, "picture"),
        outputs=tuple(_named(tensor, name) for tensor, name in pairs),
        normalisation=recipe.normalisation,
        crops=recipe.crops,
        heads=made.heads,
        quantisation=recipe.quantisation,
        provenance=recipe.member.provenance,
        licence=recipe.licence,
        training_data=recipe.training_data,
    )


def _named(tensor: Tensor, name: str) -> Tensor:
    return msgspec.structs.replace(tensor, name=name)


def _sign(directory: Path, manifest: Manifest, key: Ed25519PrivateKey) -> None:
    raw = encode(manifest)
    (directory / MANIFEST).write_bytes(raw)
    (directory / SIGNATURE).write_bytes(key.sign(raw))
    (directory / PUBLIC_KEY).write_text(public_hex(key) + "\n", "ascii")
    # Write, read back, compare: a bundle that cannot be verified must not be put in place.
    for file in read_manifest(directory, public_hex(key)).files:
        check_file(directory, file)


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """A directory beside `out` that takes its place when all went well, and is gone otherwise."""
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield fresh
        fresh.chmod(0o755)
        old = fresh.with_name(fresh.name + "-old")
        if out.exists():
            out.rename(old)
        fresh.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)

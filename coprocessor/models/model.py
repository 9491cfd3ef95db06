"""A signed bundle becomes models that run; a backend is one file of this folder, by its name."""

import importlib
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from board.bundle import (
    BundleError,
    Entry,
    Manifest,
    Role,
    Tensor,
    Variant,
    check_file,
    read_manifest,
)


class Backend(NamedTuple):
    """A way to run models: its module has an `open_model` (see Opener), its files this suffix."""

    module: str
    suffix: str
    needs: str


LITERT: Final = "litert"
BACKENDS: Final = {
    LITERT: Backend("coprocessor.models.litert", ".tflite", "install ai-edge-litert"),
    "edgetpu": Backend(
        "coprocessor.models.edgetpu",
        "_edgetpu.tflite",
        "install ai-edge-litert and libedgetpu1-std",
    ),
    "onnxruntime": Backend("coprocessor.models.onnx_runtime", ".onnx", "install onnxruntime"),
    "tensorrt": Backend(
        "coprocessor.models.tensorrt", ".onnx", "install JetPack's python3-libnvinfer"
    ),
}
"""By the name that coprocessor.toml uses. LiteRT on the processor is what always runs."""

Array = NDArray[np.float32]
Stored = NDArray[np.float32 | np.int8]
"""Values as they lie in a graph, quantised or not."""


class ModelError(Exception):
    """A model cannot run here; the message names the file and the remedy."""


class Model(Protocol):
    """One model in memory, owned by one thread."""

    @property
    def backend(self) -> str:
        """What it really runs on, for health: `ai_edge_litert`, `tflite_runtime`, ..."""

    @property
    def input(self) -> Tensor:
        """The tensor `run` expects, as it lies in the file."""

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """The tensors `run` answers with, in that order."""

    def run(self, tensor: Stored) -> list[Array]:
        """Input (1, height, width, channels), normalised, to float32 outputs in the manifest's
        order. Float32 input is quantised for an int8 graph, int8 input is taken as it is.
        Raises ValueError on another shape or type."""


class Opener(Protocol):
    """What a backend's module offers."""

    def __call__(self, name: str, content: bytes, threads: int, engines: Path | None) -> Model:
        """The bytes of the file `name` to a model; `engines`: a folder for what this machine makes
        of them and may keep. Raises ModelError."""


class Bundle:
    """The models of one verified bundle: `bundle.model("detector").run(...)`, opened on first use.

    manifest: entries (normalisation, crops, detector heads) and thresholds.
    """

    def __init__(self, directory: Path, manifest: Manifest, threads: int) -> None:
        self.directory = directory
        self.manifest = manifest
        self._threads = threads
        self._models: dict[Role, Model] = {}

    @property
    def backend(self) -> str:
        """What the models run on now."""
        return self.model("embedder").backend

    @property
    def fallback(self) -> bool:
        """Whether that is not what was asked for."""
        return False

    def entry(self, role: Role) -> Entry:
        """What the manifest says of the model of this role. Raises BundleError."""
        return self.manifest.entry(role)

    def model(self, role: Role) -> Model:
        """The running model of this role. Raises BundleError, ModelError."""
        if role not in self._models:
            self._models[role] = load(self.directory, self.entry(role), self._threads)
        return self._models[role]


def open_bundle(directory: Path, public_key_hex: str, threads: int = 1) -> Bundle:
    """Verify signature and every file, and load all models. Raises BundleError, ModelError."""
    bundle = Bundle(directory, read_manifest(directory, public_key_hex), threads)
    for entry in bundle.manifest.models:
        bundle.model(entry.role)
    return bundle


def load(
    directory: Path,
    file: Entry | Variant,
    threads: int = 1,
    backend: str = LITERT,
    engines: Path | None = None,
) -> Model:
    """One model file, its hash checked, on a backend. Raises BundleError, ModelError."""
    content = check_file(directory, file)
    known = BACKENDS[backend]
    if not file.file.endswith(known.suffix):
        raise ModelError(f"{file.file}: {backend} takes *{known.suffix}; choose another backend")
    try:
        opener: Opener = importlib.import_module(known.module).open_model
    except ImportError as error:
        raise ModelError(f"{file.file}: {error}; {known.needs}") from None
    model = opener(file.file, content, threads, engines)
    # A graph that disagrees with its manifest would be fed and read wrongly.
    if _form(model.input, *model.outputs) != _form(file.input, *file.outputs):
        raise BundleError(f"{file.file}: tensors differ from the manifest; rebuild the bundle")
    return model


def _form(*tensors: Tensor) -> list[tuple[tuple[int, ...], str, float, int]]:
    return [(t.shape, t.dtype, t.scale, t.zero_point) for t in tensors]

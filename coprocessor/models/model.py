"""A signed bundle becomes models that run; the backend is found by the file's name."""

import importlib
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from board.bundle import BundleError, Entry, Manifest, Role, Tensor, check_file, read_manifest

BACKENDS: Final = {".tflite": ("coprocessor.models.litert", "ai-edge-litert")}
"""File name suffix to module and the package it needs; the module offers
`open_model(name, content, threads) -> Model`."""

Array = NDArray[np.float32]
Stored = NDArray[np.float32 | np.int8]
"""Values as they lie in a graph, quantised or not."""


class ModelError(Exception):
    """A model cannot run here; the message names the file and the remedy."""


class Model(Protocol):
    """One model in memory, owned by one thread."""

    backend: str
    """What it really runs on, for health: `litert`, `tflite_runtime`, ..."""

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


class Bundle:
    """The models of one verified bundle: `bundle.model("detector").run(...)`, opened on first use.

    manifest: entries (normalisation, crops, detector heads) and thresholds.
    """

    def __init__(self, directory: Path, manifest: Manifest, threads: int) -> None:
        self.directory = directory
        self.manifest = manifest
        self._threads = threads
        self._models: dict[Role, Model] = {}

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


def load(directory: Path, entry: Entry, threads: int = 1) -> Model:
    """One model file, its hash checked, on the backend its name asks for."""
    content = check_file(directory, entry)
    suffix = Path(entry.file).suffix
    if suffix not in BACKENDS:
        known = ", ".join(sorted(BACKENDS))
        raise ModelError(f"{entry.file}: no backend for this suffix; known are {known}")
    module, package = BACKENDS[suffix]
    try:
        backend = importlib.import_module(module)
    except ImportError as error:
        raise ModelError(f"{entry.file}: {error}; install {package}") from None
    model: Model = backend.open_model(entry.file, content, threads)
    # A graph that disagrees with its manifest would be fed and read wrongly.
    if _form(model.input, *model.outputs) != _form(entry.input, *entry.outputs):
        raise BundleError(f"{entry.file}: tensors differ from the manifest; rebuild the bundle")
    return model


def _form(*tensors: Tensor) -> list[tuple[tuple[int, ...], str, float, int]]:
    return [(t.shape, t.dtype, t.scale, t.zero_point) for t in tensors]

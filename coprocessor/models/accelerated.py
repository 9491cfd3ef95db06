"""A verified bundle whose models run on an accelerator, and on the processor while it is lost."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from board.bundle import Manifest, Role, Variant, read_manifest
from coprocessor.models.accelerator import LIMIT_S, RETRY_S, Accelerator
from coprocessor.models.agreement import sample
from coprocessor.models.model import (
    BACKENDS,
    LITERT,
    Bundle,
    Model,
    ModelError,
    load,
    open_bundle,
)
from coprocessor.models.standby import Standby

START_S: Final = 10.0
"""How long a start waits for the accelerator; one that still builds its engines comes in later."""


class Choice(NamedTuple):
    """What the models shall run on. backend: a key of model.BACKENDS. engines: a folder of our own
    for what a backend builds on this machine."""

    backend: str = LITERT
    threads: int = 1
    engines: Path | None = None
    limit_s: float = LIMIT_S
    retry_s: float = RETRY_S


class Accelerated(Bundle):
    """The models that have a variant for the accelerator, together on it or together not."""

    def __init__(self, directory: Path, manifest: Manifest, choice: Choice) -> None:
        """Opens what is needed on the processor, then the accelerator in its own thread. Raises
        BundleError, ModelError; an accelerator that is not to be had is no error."""
        super().__init__(directory, manifest, choice.threads)
        self._choice = choice
        self._variants = variants(manifest, BACKENDS[choice.backend].suffix)
        self._samples = {
            role: sample(self.entry(role), super(Accelerated, self).model(role))
            for role in self._variants
        }
        self.accelerator = Accelerator(
            choice.backend, self._open_all, choice.limit_s, choice.retry_s
        )
        self._standbys: dict[Role, Model] = {
            role: Standby(role, super(Accelerated, self).model(role), one.input, self.accelerator)
            for role, one in self._variants.items()
        }

    @property
    def backend(self) -> str:
        """See Bundle.backend."""
        return self.accelerator.told(super().model("embedder").backend)

    @property
    def fallback(self) -> bool:
        """See Bundle.fallback."""
        return not self.accelerator.working

    def model(self, role: Role) -> Model:
        """See Bundle.model; of a model without a variant it is the processor's."""
        return self._standbys.get(role) or super().model(role)

    def _open_all(self) -> Mapping[Role, Model]:
        """In the accelerator's thread. Raises BundleError, ModelError."""
        if not self._variants:
            suffix = BACKENDS[self._choice.backend].suffix
            raise ModelError(f"no *{suffix} in the bundle; docs/hardware.md says how to add one")
        models = {role: self.opened(role, variant) for role, variant in self._variants.items()}
        for role, model in models.items():
            self._samples[role].check(self._variants[role].file, model)
        return models

    def opened(self, role: Role, variant: Variant) -> Model:
        """One model on the accelerator, as it is. Raises BundleError, ModelError."""
        asked = self._choice
        return load(self.directory, variant, asked.threads, asked.backend, asked.engines)


def open_chosen(directory: Path, public_key_hex: str, choice: Choice) -> Bundle:
    """Like model.open_bundle, on the backend chosen. Raises BundleError, ModelError."""
    if choice.backend == LITERT:
        return open_bundle(directory, public_key_hex, choice.threads)
    bundle = Accelerated(directory, read_manifest(directory, public_key_hex), choice)
    for entry in bundle.manifest.models:
        bundle.model(entry.role)
    bundle.accelerator.wait(START_S)
    return bundle


def variants(manifest: Manifest, suffix: str) -> dict[Role, Variant]:
    """The files for a backend, by role: of each model the first whose name ends so."""
    found: dict[Role, Variant] = {}
    for entry in manifest.models:
        for variant in entry.variants:
            if variant.file.endswith(suffix):
                found.setdefault(entry.role, variant)
    return found

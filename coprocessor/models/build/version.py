"""A bundle's version: the signer's own count, beside the signing key, that only ever grows."""

import hashlib
import os
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from board.bundle import LAST_VERSION, Manifest, Sha256, Version, encode
from coprocessor.models.model import ModelError

LARGEST_COUNT_BYTES = 1 << 10


class Given(Struct, frozen=True, forbid_unknown_fields=True):
    """The version given last, and the SHA-256 of what it was given to; 0 before the first."""

    version: Annotated[int, Meta(ge=0, le=LAST_VERSION)]
    content: Sha256


NONE = Given(0, "0" * 64)


class Count:
    """Numbers what one signer signs.

    What was numbered last keeps its number when it is built again: the same inputs give the same
    bytes. Anything else gets the next one, an older content too: a terminal takes nothing back.
    """

    def __init__(self, path: Path, wanted: Version | None = None) -> None:
        """Kept in `path`, made when absent; `wanted` is given instead of the next number."""
        self._path = path
        self._wanted = wanted

    def number(self, manifest: Manifest, replaced: Manifest | None) -> Manifest:
        """The manifest under its own version, kept before it is used. Raises ModelError, OSError.

        replaced: the same signer's bundle that it takes the place of; a lost count goes on from it.
        """
        last = max(self._last(), _given(replaced), key=lambda given: given.version)
        same = _content(manifest) == last.content
        version = self._wanted or (last.version if same else last.version + 1)
        if version < last.version or (version == last.version and not same):
            raise ModelError(f"version {version}: {last.version} was given; choose a higher one")
        numbered = msgspec.structs.replace(manifest, version=version)
        self._keep(_given(numbered))
        return numbered

    def _last(self) -> Given:
        if not self._path.exists():
            return NONE
        try:
            with self._path.open("rb") as file:
                return msgspec.json.decode(file.read(LARGEST_COUNT_BYTES), type=Given)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            remedy = "delete it and give --version, above every bundle signed with this key"
            raise ModelError(f"{self._path}: {error}; {remedy}") from None

    def _keep(self, given: Given) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(f".{self._path.name}-new")
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(given) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


def beside(key: Path, wanted: Version | None = None) -> Count:
    """The count of the signer whose key lies in this file: `signing.key`, `signing.count`."""
    return Count(key.with_suffix(".count"), wanted)


def _given(manifest: Manifest | None) -> Given:
    return Given(manifest.version, _content(manifest)) if manifest else NONE


def _content(manifest: Manifest) -> str:
    """SHA-256 of the manifest without its version: what the number is given to."""
    return hashlib.sha256(encode(msgspec.structs.replace(manifest, version=0))).hexdigest()

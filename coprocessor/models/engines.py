"""Engines that this machine built, kept in files that nobody else can have written."""

import hashlib
import os
import re
from pathlib import Path
from typing import Final

from coprocessor.models.model import ModelError

LARGEST_ENGINE_BYTES: Final = 256 << 20
PLAIN: Final = re.compile(r"[^a-z0-9.]+")


def kept_as(content: bytes, version: str, device: str) -> str:
    """The engine's file name: another graph, TensorRT or device is another engine."""
    sha256 = hashlib.sha256(content).hexdigest()
    return f"{sha256[:32]}-{_plain(version)}-{_plain(device)}.engine"


def _plain(words: str) -> str:
    return PLAIN.sub("_", words.lower())[:40]


def read_engine(path: Path) -> bytes:
    """The engine's bytes, none where there is no such file. Raises ModelError.

    An engine is code: only our own file is loaded, no link, nothing that others may write.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if found.st_uid != os.geteuid() or found.st_mode & 0o022:
                raise ModelError(f"{path}: others may write it; delete it")
            return file.read(LARGEST_ENGINE_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}; delete it") from None


def keep_engine(path: Path, engine: bytes) -> None:
    """Whole or not at all: the power may go while it is written. Raises ModelError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(engine)
            file.flush()
            os.fsync(descriptor)
        fresh.replace(path)
    except OSError as error:
        raise ModelError(f"{path.parent}: {error.strerror}; set models.engines") from None

"""A small file that is read as a whole and replaced as a whole."""

import os
import tempfile
from pathlib import Path


def read(path: Path, most_bytes: int) -> bytes | None:
    """What the file holds, at most one byte more than it may; None where there is none.

    Raises OSError.
    """
    try:
        with path.open("rb") as file:
            return file.read(most_bytes + 1)
    except FileNotFoundError:
        return None


def write(path: Path, raw: bytes) -> None:
    """Replace the file, mode 0600. Raises OSError: then the former one stands."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:  # mkstemp's mode is 0600
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

"""drift.json: counts that outlive a restart, written whole or not at all.

Counts only: no picture, no probe, no template, no score and no time of any one approach.
"""

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from coprocessor import onefile
from coprocessor.drift.gauge import Count, Counted

SCHEMA: Final = 1
MOST_BYTES: Final = 1 << 16


class KeptError(Exception):
    """The file cannot be used; the message says why."""


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file.

    bundle, camera: whose counts these are. minutes: of running time, all in all.
    """

    schema: Literal[1]
    bundle: Annotated[str, msgspec.Meta(max_length=64)]
    camera: Annotated[str, msgspec.Meta(max_length=4_096)]
    minutes: Count
    gauges: Annotated[dict[str, Counted], msgspec.Meta(max_length=16)]


def parse(raw: bytes) -> Kept:
    """What these bytes say. Raises KeptError."""
    if len(raw) > MOST_BYTES:
        raise KeptError(f"longer than {MOST_BYTES} bytes")
    try:
        return msgspec.json.decode(raw, type=Kept)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise KeptError(" ".join(str(fault).split())) from None


def read(path: Path) -> Kept | None:
    """What was kept; None where there is no file. Raises KeptError."""
    try:
        raw = onefile.read(path, MOST_BYTES)
    except OSError as fault:
        raise KeptError(fault.strerror or type(fault).__name__) from None
    return None if raw is None else parse(raw)


def write(path: Path, kept: Kept) -> None:
    """Replace the file as a whole, mode 0600. Raises OSError: then the former one stands."""
    onefile.write(path, msgspec.json.encode(kept))

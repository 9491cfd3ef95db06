"""calibration.json: the numbers that outlive a restart, written whole or not at all.

Numbers only: no picture, no probe, no template, nothing that says who somebody is.
"""

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import numpy as np

from coprocessor import onefile
from coprocessor.calibration.edges import Ends
from coprocessor.calibration.fit import Fit, Standard
from coprocessor.calibration.train import Figures, Trained
from coprocessor.calibration.windows import SPECIES, Row, Window

SCHEMA: Final = 1
MOST_BYTES: Final = 1 << 20
MOST_WINDOWS: Final = 2_000
MOST_PASSES: Final = 256
MOST_SIDE_PX: Final = 1 << 14

Weight = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
Spread = Annotated[float, msgspec.Meta(ge=0.01, le=1e9)]
Why = Literal["", "camera", "bundle", "moved", "file"]


class RecordError(Exception):
    """The file cannot be used; the message says why and what to do."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every object of the file: an unknown key means that another program wrote it."""


class Camera(Part, frozen=True):
    """What was fitted: the camera by its name in coprocessor.toml, and the size of its frames."""

    name: Annotated[str, msgspec.Meta(max_length=4_096)]
    width: Annotated[int, msgspec.Meta(ge=1, le=MOST_SIDE_PX)]
    height: Annotated[int, msgspec.Meta(ge=1, le=MOST_SIDE_PX)]


class Fitted(Part, frozen=True):
    """A Trained in plain numbers, with the figures it was accepted for.

    middle, spread: of each cue over living people, None where none was measured. print, screen:
    a weight for each cue, and the constant last. lowest, highest: ends.
    """

    middle: Annotated[tuple[Weight, ...], msgspec.Meta(min_length=10, max_length=10)]
    spread: Annotated[tuple[Spread | None, ...], msgspec.Meta(min_length=10, max_length=10)]
    print: Annotated[tuple[Weight, ...], msgspec.Meta(min_length=11, max_length=11)]
    screen: Annotated[tuple[Weight, ...], msgspec.Meta(min_length=11, max_length=11)]
    lowest: Weight
    highest: Weight
    figures: Figures


class Record(Part, frozen=True):
    """The whole file.

    bundle: identity of the models the cues were measured with. date: UTC, of the last change.
    windows: what was observed at commissioning. passes: the latest of consenting holders' passes,
    in no order; passed: how many there were. view: the empty scene's bits, "" while unknown.
    void: why the fit counts no more.
    """

    schema: Literal[1]
    camera: Camera
    bundle: Annotated[str, msgspec.Meta(max_length=64)]
    date: Annotated[str, msgspec.Meta(max_length=32)]
    windows: Annotated[tuple[Window, ...], msgspec.Meta(max_length=MOST_WINDOWS)] = ()
    passes: Annotated[tuple[Row, ...], msgspec.Meta(max_length=MOST_PASSES)] = ()
    passed: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] = 0
    fitted: Fitted | None = None
    view: Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{192})?\Z")] = ""
    void: Why = ""


def parse(raw: bytes) -> Record:
    """The record in these bytes. Raises RecordError."""
    if len(raw) > MOST_BYTES:
        raise RecordError(f"longer than {MOST_BYTES} bytes; run `cardea commission forget`")
    try:
        return msgspec.json.decode(raw, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        said = " ".join(str(fault).split())
        raise RecordError(f"{said}; run `cardea commission forget`, then fit anew") from None


def read(path: Path) -> Record | None:
    """The record in this file; None where there is no file. Raises RecordError."""
    try:
        raw = onefile.read(path, MOST_BYTES)
    except OSError as fault:
        raise RecordError(f"{fault.strerror}; see that it is a file of our own") from None
    return None if raw is None else parse(raw)


def write(path: Path, record: Record) -> None:
    """Replace the file as a whole, mode 0600. Raises OSError: then the former one stands."""
    onefile.write(path, msgspec.json.encode(record))


def fitted(trained: Trained, told: Figures) -> Fitted:
    """In plain numbers."""
    standard = trained.fit.standard
    return Fitted(
        middle=tuple(standard.middle.tolist()),
        spread=tuple(value if np.isfinite(value) else None for value in standard.spread.tolist()),
        print=tuple(trained.fit.weights["print"].tolist()),
        screen=tuple(trained.fit.weights["screen"].tolist()),
        lowest=trained.ends.lowest,
        highest=trained.ends.highest,
        figures=told,
    )


def trained(numbers: Fitted) -> Trained:
    """What was written, at work again."""
    spread = np.array([np.inf if value is None else value for value in numbers.spread])
    standard = Standard(np.array(numbers.middle), spread)
    weights = {name: np.array(getattr(numbers, name)) for name in SPECIES}
    return Trained(Fit(standard, weights), Ends(numbers.lowest, numbers.highest))

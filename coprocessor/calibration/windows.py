"""What was measured at commissioning, as rows of numbers a fit understands."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log
from typing import Annotated, Final, Literal

import msgspec
import numpy as np

from board.link.messages import Instrument
from coprocessor.calibration.fit import Floats
from coprocessor.cues import Cues

NAMES: Final = (
    "near",
    "middle",
    "wide",
    "ride",
    "stir",
    "flat",
    "moved",
    "eye_drop",
    "chroma",
    "colours",
)
"""The cues that are fitted. Not the size, sharpness and exposure of the picture: of three people
these tell where each one stood, not who was alive."""
LEAST_SPREADS: Final = np.array([0.5, 0.5, 0.5, 0.5, 0.05, 0.05, 0.3, 1.0, 1.0, 0.3])
"""Of each, in its own unit, what people differ by even where the few that were seen do not."""
LOGARITHMS: Final = ("ride", "moved")
"""Cues that differ by factors."""
LEAST: Final = 0.003
"""Added before the logarithm: less is noise."""
SEEN: Final = 1e5
"""Evidence below which the surroundings (ride, stir) count as not measured: see Cues.seen."""
Attack = Literal["print", "phone", "tablet"]
LIVE: Final[Instrument] = "live"
SPECIES: Final[dict[str, tuple[Attack, ...]]] = {
    "print": ("print",),
    "screen": ("phone", "tablet"),
}
"""Kinds of attack that get a regression of their own, and what was shown of each."""
ATTACKS: Final[tuple[Attack, ...]] = ("print", "phone", "tablet")

Number = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]
Row = Annotated[tuple[Number | None, ...], msgspec.Meta(min_length=10, max_length=10)]
"""One number for each of NAMES; None: not measured."""


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One window of about three seconds: numbers alone, no picture and no probe.

    presentation: counts the times that somebody or something was shown. person: 1, 2, 3, ...
    first_permille: what the judge of first constants said. certain: and was certain of.
    """

    presentation: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    person: Annotated[int, msgspec.Meta(ge=1, le=99)]
    instrument: Instrument
    row: Row
    first_permille: Annotated[int, msgspec.Meta(ge=0, le=1_000)]
    certain: bool = False


def row(cues: Cues) -> tuple[float | None, ...]:
    """One number for each of NAMES."""
    return tuple(_number(cues, name) for name in NAMES)


def _number(cues: Cues, name: str) -> float | None:
    value: float | None = getattr(cues, name)
    if value is None or (name in ("ride", "stir") and cues.seen < SEEN):
        return None
    return log(max(value, 0.0) + LEAST) if name in LOGARITHMS else value


def matrix(rows: Sequence[Sequence[float | None]]) -> Floats:
    """(N, K), NaN where nothing was measured."""
    return np.array(rows, np.float64).reshape(len(rows), len(NAMES))


def of(windows: Iterable[Window], *instruments: Instrument) -> Floats:
    """The rows of these instruments."""
    return matrix([one.row for one in windows if one.instrument in instruments])


def counted(windows: Iterable[Window]) -> dict[str, int]:
    """How many there are of each "person instrument"."""
    return dict(Counter(f"{one.person} {one.instrument}" for one in windows))

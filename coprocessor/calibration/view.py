"""Does the camera still see the place that it saw? A few bits of it, while nobody is there."""

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from coprocessor.frame import Picture

Floats = NDArray[np.float32]
Bits = NDArray[np.bool_]

COLUMNS, ROWS = 16, 12
COUNT: Final = 2 * COLUMNS * ROWS
"""Steps from cell to cell, to the right and downwards: their signs are the view."""
STEP: Final = 5
"""Every so many pixels one is looked at: each cell is the mean of dozens, free of noise."""
PLAIN: Final = 0.7
LEAST: Final = 2.0
"""A step counts when it is as large as this share of the scene's typical one, and this many grey
levels: on a plain wall noise and the hour of the day decide."""
READABLE: Final = 0.5
"""Grey levels of a step that can be read again; if half of them cannot, it is too dark to tell."""
PARTS: Final = (4, 3)
"""Across and down: of the parts' shares the middle one counts, so that somebody or something in
less than half of the picture does not."""
LEAST_IN_PART: Final = 6
DIFFERENT: Final = 0.15
"""Share of turned steps from which a look shows another view: see docs/commissioning.md."""
EVERY_MS: Final = 3_000
LOOKS: Final = 20
LASTING_MS: Final = 60_000
"""So many looks in a row and so long: no passer-by, lamp or cleaner lasts."""
FIRST_LOOKS: Final = 5

Said = Literal["", "learned", "same", "moved"]


@dataclass(frozen=True, eq=False)
class View:
    """rising: (COUNT,) is it brighter after the step? known: (COUNT,) does that say anything?"""

    rising: Bits
    known: Bits

    def text(self) -> str:
        """Both as hexadecimal digits, COUNT / 2 of them."""
        return np.packbits(np.concatenate([self.rising, self.known])).tobytes().hex()


def parse(text: str) -> View:
    """What View.text gave."""
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8)).astype(np.bool_)
    return View(bits[:COUNT], bits[COUNT:])


def view(steps: Floats) -> View:
    """What is worth remembering of these steps."""
    size = np.abs(steps)
    return View(steps > 0, size >= max(LEAST, PLAIN * float(np.median(size))))


def steps(rgb: Picture) -> Floats:
    """(COUNT,) grey levels from each cell to its right neighbour, then to the one below."""
    few = cv2.cvtColor(np.ascontiguousarray(rgb[::STEP, ::STEP]), cv2.COLOR_RGB2GRAY)
    size = (COLUMNS + 1, ROWS + 1)
    cells = np.asarray(cv2.resize(few, size, interpolation=cv2.INTER_AREA), np.float32)
    right, down = np.diff(cells, axis=1)[:ROWS], np.diff(cells, axis=0)[:, :COLUMNS]
    return np.concatenate([right.ravel(), down.ravel()])


def _parts() -> NDArray[np.int_]:
    """(COUNT,) the number of the part that each step lies in."""
    across, down = PARTS
    row, column = np.mgrid[0:ROWS, 0:COLUMNS]
    one = (row * down // ROWS) * across + column * across // COLUMNS
    return np.concatenate([one.ravel(), one.ravel()])


PART: Final = _parts()


def difference(known: View, now: Floats) -> float | None:
    """Share of turned steps in the middle one of the parts; None where it cannot be told."""
    readable = known.known & (np.abs(now) > READABLE)
    if 2 * readable.sum() < known.known.sum() or not readable.any():
        return None
    asked = np.bincount(PART[readable], minlength=PART.max() + 1)
    turned = np.bincount(PART[readable & ((now > 0) != known.rising)], minlength=PART.max() + 1)
    told = asked >= LEAST_IN_PART
    return float(np.median(turned[told] / asked[told])) if told.any() else None


class ViewWatch:
    """Looks at the empty scene now and then, and notices when it is another one for good."""

    def __init__(self) -> None:
        self.reference: View | None = None
        self._looked_ms: int | None = None
        self._latest: list[Floats] = []
        self._others = 0
        self._since_ms = 0

    def start(self, reference: View | None) -> None:
        """Compare with this view; None: with what the next looks show."""
        self.reference = reference
        self._latest = []
        self._others = 0

    def empty(self, rgb: Picture, at_ms: int) -> Said:
        """A frame in which nobody is: "" between looks, or when nothing can be said yet."""
        if self._looked_ms is not None and 0 <= at_ms - self._looked_ms < EVERY_MS:
            return ""
        self._looked_ms = at_ms
        now = steps(rgb)
        if self.reference is None:
            return self._learn(now)
        apart = difference(self.reference, now)
        if apart is None:
            return ""
        if apart < DIFFERENT:
            self._others = 0
            return "same"
        return self._other(at_ms)

    def _learn(self, now: Floats) -> Said:
        self._latest = [*self._latest, now][-FIRST_LOOKS:]
        if len(self._latest) < FIRST_LOOKS:
            return ""
        self.reference = view(np.median(self._latest, axis=0))
        self._latest = []
        return "learned"

    def _other(self, at_ms: int) -> Said:
        self._since_ms = at_ms if not self._others else self._since_ms
        self._others += 1
        lasting = self._others >= LOOKS and at_ms - self._since_ms >= LASTING_MS
        return "moved" if lasting else ""

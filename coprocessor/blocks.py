"""How clearly a picture shows the 8 x 8 grid of a compression, and whether its camera has one."""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coprocessor.align import Floats
from coprocessor.frame import Frame, Picture

BLOCK: Final = 8
"""Pixels a side, of JPEG's and every usual video compression's transform."""
TILES: Final = (4, 5)
"""Rows and columns of parts judged each by itself: a striped shirt fills but a few of them."""
ROW_STEP: Final = 3
DARK: Final = 0.3
"""Grey levels from pixel to pixel on average: below, there is too little to tell a grid by, and
what looks clean may be black. A sensor's noise in a dim hallway alone makes more."""

LITTLE: Final = 0.05
"""Added to both sides of the comparison: of two that are nearly nought neither is larger."""
SAMPLE_MS: Final = 200
HABIT: Final = 512
"""Samples that make the habit: under two minutes."""
HABIT_LEAST: Final = 100
RECENT: Final = 8
"""Samples that a verdict rests on."""
RAW: Final = 0.025
"""Composed scenes measure up to 0.02. A camera that is now and then above sends compressed frames
(or is seen through another's), and has such a grid honestly: then it is never held against it."""
CLEAR: Final = 0.12
"""Through JPEG of quality 90 and less pictures measure more, the dark ones most; through 95 they
measure 0.01 to 0.11, through H.264, which smoothes its own grid, 0 to 0.2."""
LONGEST_MS: Final = 600_000
"""What lasts longer is how the camera is now: a verdict that never ends would shut people out."""


def grid(rgb: Picture) -> float | None:
    """Log of how much larger steps from pixel to pixel are at the grid's columns; about 0: no grid.

    Of the eight places where its columns can lie, the best against the second best: what repeats
    every two or four pixels is a sensor's. Each the median over all parts of the picture. None of a
    picture too dark, too smooth or too small to tell.
    """
    green = rgb[::ROW_STEP, :, 1].astype(np.int16)
    steps = np.abs(np.diff(green, axis=1))
    rows, columns = TILES
    width = steps.shape[1] // (columns * BLOCK) * BLOCK
    if not width or steps.shape[0] < rows or steps.mean() < DARK:
        return None
    bands = np.array_split(steps[:, : columns * width], rows)
    phases = np.stack([_phases(band, columns) for band in bands])
    shown = phases / np.maximum(phases.mean(axis=2, keepdims=True), np.float32(DARK))
    second, first = np.sort(np.median(shown.reshape(-1, BLOCK), axis=0))[-2:]
    return float(np.log((first + LITTLE) / (second + LITTLE)))


def _phases(steps: NDArray[np.int16], columns: int) -> Floats:
    """Mean step of each phase of the grid: columns of tiles x BLOCK."""
    line = steps.mean(axis=0, dtype=np.float32).reshape(columns, -1, BLOCK)
    return np.asarray(line.mean(axis=1), np.float32)


class BlockWatch:
    """Learns whether this camera's frames have a grid; one that has not does not grow one.

    Learned anew after each start: a film that plays from the start on is left to the site's fit.
    """

    def __init__(self) -> None:
        self._habit: deque[float] = deque(maxlen=HABIT)
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._sampled_ms: int | None = None
        self._since_ms: int | None = None

    @property
    def latest(self) -> float | None:
        """The grid of the last frame that was asked and could tell."""
        return self._recent[-1] if self._recent else None

    def note(self, frame: Frame) -> None:
        """One more frame; one every SAMPLE_MS is asked."""
        at_ms = frame.captured_ms
        if self._sampled_ms is not None and 0 <= at_ms - self._sampled_ms < SAMPLE_MS:
            return
        self._sampled_ms = at_ms
        found = grid(frame.rgb)
        if found is not None:
            self._recent.append(found)
            self._judge(at_ms)

    def reencoded(self) -> bool:
        """Do a raw camera's frames show a grid now?"""
        return self._since_ms is not None

    def _judge(self, at_ms: int) -> None:
        if not self._raw() or float(np.median(self._recent)) <= CLEAR:
            self._since_ms = None
        elif self._since_ms is None:
            self._since_ms = at_ms
        elif not 0 <= at_ms - self._since_ms < LONGEST_MS:
            self._habit.clear()
        # What came lately must not be taken for the habit it is judged by.
        if self._since_ms is None and len(self._recent) == RECENT:
            self._habit.append(self._recent[0])

    def _raw(self) -> bool:
        if len(self._habit) < HABIT_LEAST or len(self._recent) < RECENT:
            return False
        return float(np.percentile(self._habit, 95)) < RAW

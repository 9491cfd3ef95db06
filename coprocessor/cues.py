"""What one person's frames of the last seconds measured, as plain numbers."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from coprocessor.eyes import drop
from coprocessor.motion import WINDOW_MS, Motion

NEAR: Final = 1.1
MIDDLE: Final = 1.7
WIDE: Final = 2.7
"""The spoof net's crops, in widths of the face box."""

OPENNESS: Final = "openness"
"""Of the eyes; what counts is how far it drops within the window."""

Measured = Mapping[str, float]
"""Name of a cue in Cues, or OPENNESS, to its number in one frame."""


@dataclass(frozen=True)
class Cues:
    """One window of one track. None: not measured.

    near, middle, wide: the spoof net's mean log-odds (positive: live) on its three crops.
    ride, stir, flat, whole, moved: see motion.Motion; seen: what they rest on, 0 for nothing.
    eye_drop: see eyes.drop. chroma, colours: see colour.py; grid: see blocks.grid. What these say
    differs between cameras, so only a fit to the site's own may use them.
    sharpness, exposure: see quality.Look; eyes_px: between the middles of the eyes. Of the person's
    pictures, not of living or not: for drift.
    span_ms, frames: how long, and how many frames.
    """

    near: float | None = None
    middle: float | None = None
    wide: float | None = None
    ride: float | None = None
    stir: float | None = None
    flat: float | None = None
    whole: float | None = None
    moved: float | None = None
    seen: float = 0.0
    eye_drop: float | None = None
    chroma: float | None = None
    colours: float | None = None
    grid: float | None = None
    sharpness: float | None = None
    exposure: float | None = None
    eyes_px: float | None = None
    span_ms: int = 0
    frames: int = 0

    def log_odds(self) -> float | None:
        """The spoof net's, mean of the crops that had their turn."""
        return mean(crop for crop in (self.near, self.middle, self.wide) if crop is not None)


class CueWindow:
    """Gathers the cues of one track; what is older than WINDOW_MS is forgotten."""

    def __init__(self) -> None:
        self._times: deque[int] = deque()
        self._given: dict[str, deque[tuple[int, float]]] = {}

    @property
    def frames(self) -> int:
        """How many the window holds."""
        return len(self._times)

    def frame(self, at_ms: int) -> None:
        """One more frame; what is added until the next one belongs to it."""
        oldest_ms = at_ms - WINDOW_MS
        self._times.append(at_ms)
        while self._times[0] < oldest_ms:
            self._times.popleft()
        for given in self._given.values():
            while given and given[0][0] < oldest_ms:
                given.popleft()

    def add(self, measured: Measured) -> None:
        """What was measured in the latest frame."""
        at_ms = self._times[-1] if self._times else 0
        for name, value in measured.items():
            self._given.setdefault(name, deque()).append((at_ms, value))

    def cues(self, motion: Motion) -> Cues:
        """The mean of each cue over the window, whoever's turn it was how often."""
        means = {
            name: sum(value for _, value in given) / len(given)
            for name, given in self._given.items()
            if given and name != OPENNESS
        }
        moving = asdict(motion) if motion.moved is not None else {}
        return Cues(
            eye_drop=drop([value for _, value in self._given.get(OPENNESS, ())]),
            span_ms=self._times[-1] - self._times[0] if self._times else 0,
            frames=self.frames,
            **means,
            **moving,
        )


def by_crop(log_odds: Mapping[float, float]) -> Measured:
    """The spoof net's word on one frame, by the name of the crop that is nearest in size."""
    return {_crop(scale): value for scale, value in log_odds.items()}


def _crop(scale: float) -> str:
    if scale < (NEAR * MIDDLE) ** 0.5:
        return "near"
    return "middle" if scale < (MIDDLE * WIDE) ** 0.5 else "wide"


def mean(values: Iterable[float]) -> float | None:
    """Of none, None."""
    given = tuple(values)
    return sum(given) / len(given) if given else None

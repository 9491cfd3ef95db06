"""Do the surroundings ride along with the face, and is the face itself flat, or at rest?"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from coprocessor.align import Floats
from coprocessor.frame import Frame
from coprocessor.landmarks import Mesh
from coprocessor.pair import SMALL_PX, Pair, Still, compared, detail

WINDOW_MS: Final = 3_000
"""How long a measurement counts: long enough for a sway, short enough to forget a passer-by."""
WORST_MS: Final = 6_000
"""How long the worst ride counts: a hand that rests does not make a sheet a person, and a person's
surroundings do not ride even once."""
FIRM: Final = 1e6
"""Evidence that a ride must rest on to be kept for that long: some pictures' worth of edges."""
DOUBT: Final = 1e4
"""Less evidence than this (ten pixels across an edge) says next to nothing."""
GAP_MS: Final = 400
"""Between the two frames of a pair: a face that lives has moved by then."""


@dataclass(frozen=True)
class Motion:
    """What moved within the window.

    ride: share of the face's motion that its surroundings share; 0 for a head before a wall, 1 for
    a sheet; the largest of the last WORST_MS. stir: share of the wider surroundings' texture that
    moved when the face did, whichever way. flat: share of the change within the face that one flat
    piece would have made, too: near 1 for a photo, less for a head that turns, nods and speaks.
    whole: the same of the face with what is close around it: less than flat where anything there
    stands still.
    seen: how much ride and stir rest on (grey levels squared, summed), 0 for nothing.
    moved: typical shift of the face within GAP_MS, in eye distances; None when not yet measured.
    """

    ride: float
    stir: float
    flat: float
    whole: float
    seen: float
    moved: float | None


class MotionWatch:
    """The motion of one person followed over time; a new person is a new watch."""

    def __init__(self) -> None:
        self._stills: deque[Still] = deque()
        self._pairs: deque[Pair] = deque()
        self._rides: deque[tuple[int, float]] = deque()

    def compare(self, frame: Frame, mesh: Mesh, box: Floats) -> None:
        """This frame against one GAP_MS earlier; about 2 ms, so not every frame need come."""
        scale = np.float32(SMALL_PX / max(frame.rgb.shape[:2]))
        new = Still(
            frame.captured_ms,
            detail(frame.rgb, float(scale)),
            mesh.points[:, :2] * scale,
            max(mesh.eye_distance_px() * float(scale), 1.0),
        )
        while len(self._stills) > 1 and self._stills[1].at_ms <= new.at_ms - GAP_MS:
            self._stills.popleft()
        if self._stills and self._stills[0].at_ms <= new.at_ms - GAP_MS:
            self._pairs.append(compared(self._stills[0], new, box * scale))
        self._stills.append(new)
        while self._pairs and self._pairs[0].at_ms < new.at_ms - WINDOW_MS:
            self._pairs.popleft()
        self._remember(new.at_ms)

    def _remember(self, at_ms: int) -> None:
        """Keep the ride of this moment, if it rests on enough."""
        while self._rides and self._rides[0][0] < at_ms - WORST_MS:
            self._rides.popleft()
        total = sum(pair.total for pair in self._pairs)
        if total >= FIRM:
            self._rides.append((at_ms, sum(pair.along for pair in self._pairs) / (total + DOUBT)))

    def motion(self) -> Motion:
        """What the window holds now."""
        total = sum(pair.total for pair in self._pairs)
        along = sum(pair.along for pair in self._pairs)
        stirred = sum(pair.stirred for pair in self._pairs)
        texture = sum(pair.texture for pair in self._pairs)
        inner_along = sum(pair.inner_along for pair in self._pairs)
        inner_total = sum(pair.inner_total for pair in self._pairs)
        whole_along = sum(pair.whole_along for pair in self._pairs)
        whole_total = sum(pair.whole_total for pair in self._pairs)
        moves = [pair.moved for pair in self._pairs]
        return Motion(
            ride=max([along / (total + DOUBT), *(ride for _, ride in self._rides)]),
            stir=stirred / (texture + DOUBT),
            flat=inner_along / (inner_total + DOUBT),
            whole=whole_along / (whole_total + DOUBT),
            seen=total + texture,
            moved=float(np.median(moves)) if moves else None,
        )

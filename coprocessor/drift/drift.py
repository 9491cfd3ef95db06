"""Are today's faces and scores those of commissioning day? In what they differ most, how far."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, Protocol

from board.link.messages import FaceReading
from coprocessor.cues import Cues
from coprocessor.drift import kept
from coprocessor.drift.gauge import Gauge
from coprocessor.drift.kept import Kept, KeptError

Of = Literal["", "similarity", "attack", "sharpness", "exposure", "size"]

EDGES: Final[dict[Of, tuple[int, ...]]] = {
    "similarity": tuple(range(2_000, 9_501, 250)),
    "attack": tuple(range(-100, 101, 5)),
    "sharpness": tuple(round(8 * 2 ** (step / 4)) for step in range(45)),
    "exposure": tuple(range(6, 253, 6)),
    "size": tuple(round(12 * 2 ** (step / 6)) for step in range(31)),
}
"""Similarity: of the contract, 1e-4. Attack: the spoof net's log-odds in tenths, before any fit to
the site, so that a fit does not move it. Sharpness and size (pixels between the eyes) go in steps
of a quarter and a sixth of an octave. Below and above is a bin each."""

APPROACH_FRAMES: Final = 5
"""Fewer in its best moment is somebody who passed by, or a box beside a face."""
ASK_EVERY_MS: Final = 250
SAVE_EVERY_S: Final = 60.0
MINUTE_MS: Final = 60_000

log = logging.getLogger(__name__)


class Eye(Protocol):
    """What measures: reading.Pipeline."""

    def cues(self) -> tuple[int, Cues] | None: ...


class Drift:
    """One sample per approach, its moment nearest to the camera; whoever stays long counts once.

    What is kept is counts over everybody, and no more than that even in memory, but for the one
    approach that is not over yet.
    """

    def __init__(
        self,
        path: Path,
        bundle: str,
        camera: str,
        eye: Eye,
        clock_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
    ) -> None:
        """Goes on with the counts of `path` where they are of this bundle and this camera.

        clock_ms: rises evenly, wherever it begins.
        """
        self._path, self._bundle, self._camera = path, bundle, camera
        self._eye, self._clock_ms = eye, clock_ms
        self._began_ms = clock_ms()
        self._minutes = 0
        self._changed = False
        self._track, self._nearest = 0, Cues()
        self._asked_ms = 0
        self._worst: tuple[int, Of] | None = None
        self._gauges = {name: Gauge(edges) for name, edges in EDGES.items()}
        self._take_up()

    def saw(self, reading: FaceReading, at_ms: int) -> None:
        """One frame was read, captured then. The eye is asked now and then, of people only.

        To be called in the thread that reads; all else may be called from another.
        """
        asked = reading.track == self._track and 0 <= at_ms - self._asked_ms < ASK_EVERY_MS
        if not reading.track or asked:
            return
        self._asked_ms = at_ms
        shown = self._eye.cues()
        if shown is not None:
            self.note(*shown)

    def note(self, track: int, cues: Cues) -> None:
        """A frame of this track; `cues`: what its last seconds measured.

        An approach is over when the next one begins: a face may be missed for a frame or two.
        """
        if track != self._track:
            self._finish()
            self._track = track
        if cues.frames >= APPROACH_FRAMES and _px(cues) >= _px(self._nearest):
            self._nearest = cues

    def passed(self, similarity_e4: int) -> None:
        """Somebody who agreed to it was let in with this similarity."""
        self._add("similarity", similarity_e4)

    def worst(self) -> tuple[int, Of]:
        """The largest figure in thousandths, and of what; 0 and "" where there is none."""
        if self._worst is None:
            figures = [(gauge.psi_e3(), name) for name, gauge in self._gauges.items()]
            psi_e3, name = max(figures, key=lambda figure: figure[0])
            self._worst = (psi_e3, name) if psi_e3 else (0, "")
        return self._worst

    def anew(self) -> None:
        """From now on is commissioning day: what was counted is void."""
        self._track, self._nearest = 0, Cues()
        self._gauges = {name: Gauge(edges, self._minute()) for name, edges in EDGES.items()}
        self._worst, self._changed = None, True

    async def run(self) -> None:
        """Write what has changed, at most once in SAVE_EVERY_S; never returns."""
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            if self._changed:
                # Not in the event loop: a card that stalls must not silence the link.
                await asyncio.to_thread(self._write, self._whole())

    def stop(self) -> None:
        """Write what has changed since, the approach that is not over included."""
        self._finish()
        if self._changed:
            self._write(self._whole())

    def _whole(self) -> Kept:
        self._changed = False
        counts = {str(name): gauge.counted for name, gauge in self._gauges.items()}
        return Kept(kept.SCHEMA, self._bundle, self._camera, self._minute(), counts)

    def _write(self, whole: Kept) -> None:
        try:
            kept.write(self._path, whole)
        except OSError as fault:
            log.error("drift: %s: %s; the counts are lost at a restart", self._path, fault.strerror)

    def _take_up(self) -> None:
        try:
            found = kept.read(self._path)
            if found is None:
                return
            if (found.bundle, found.camera) != (self._bundle, self._camera):
                raise KeptError("of another bundle or camera")
            self._go_on(found)
        except (KeptError, KeyError, ValueError) as fault:
            log.warning("drift: %s: %s; counting anew", self._path, fault)
            self.anew()

    def _go_on(self, found: Kept) -> None:
        """Raises KeyError, ValueError where it lacks a gauge, or has it of other bins."""
        for name, gauge in self._gauges.items():
            gauge.take_up(found.gauges[name], found.minutes)
        self._minutes = found.minutes

    def _finish(self) -> None:
        """The approach is over: it counts, if it was one."""
        cues, self._nearest = self._nearest, Cues()
        log_odds = cues.log_odds()
        self._add("attack", None if log_odds is None else 10 * log_odds)
        self._add("sharpness", cues.sharpness)
        self._add("exposure", cues.exposure)
        self._add("size", cues.eyes_px)

    def _add(self, name: Of, value: float | None) -> None:
        if value is not None:
            self._gauges[name].add(value, self._minute())
            self._worst, self._changed = None, True

    def _minute(self) -> int:
        return self._minutes + (self._clock_ms() - self._began_ms) // MINUTE_MS


def _px(cues: Cues) -> float:
    return cues.eyes_px or 0.0

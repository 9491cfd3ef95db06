"""Readings that a second camera, behind an infrared filter, has had its say on."""

from collections import deque
from time import perf_counter_ns
from typing import Final, Literal, Protocol

import msgspec
import numpy as np

from board.bundle import Thresholds
from board.link.messages import EnrolReading, FaceReading, Sign
from coprocessor.align import Floats
from coprocessor.camera import Frames
from coprocessor.config import Infrared
from coprocessor.detect import Face, overlap
from coprocessor.frame import Frame, Picture
from coprocessor.stale import StaleWatch

SAME_PLACE: Final = 0.3
"""Overlap of two boxes of one face: two cameras side by side differ by less than a third of it."""
WINDOW_MS: Final = 1_500
"""How long a look counts: as long as a verdict must rest on, at least."""
FEWEST_LOOKS: Final = 4
"""Before so many nothing is said for or against."""
CLEAR_MISSES: Final = 0.4
"""Share of looks that see no such face which is beyond doubt: a detector misses few."""


FRONTAL_DEG: Final = 25
"""A head turned further may be missed, and that says nothing: a step-up asks for it."""


class Faces(Protocol):
    """What finds faces: detect.Detector."""

    def faces(self, rgb: Picture) -> list[Face]: ...


class Seeing(Protocol):
    """What measures with the first camera, and tells where: reading.Pipeline."""

    @property
    def box(self) -> Floats | None: ...

    def read(self, frame: Frame, attempt: int, portal: str, now_ms: int) -> FaceReading: ...

    def enrol(self, picture: bytes, request: int) -> EnrolReading: ...


class SecondEye:
    """The infrared camera: its newest frame, kept for whoever reads in another thread.

    One that repeats its frames bit for bit is no witness, and lost: no sensor does.
    """

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._stale = StaleWatch()
        self._newest: Frame | None = None

    async def run(self) -> None:
        """Follow the camera; never returns."""
        while True:
            frame = await self._frames.next()
            self._stale.note(frame)
            self._newest = None if self._stale.frozen() else frame

    def near(self, at_ms: int, near_ms: int) -> Frame | None:
        """The newest frame, if it was captured at most `near_ms` before or after."""
        newest = self._newest
        fresh = newest is not None and abs(newest.captured_ms - at_ms) <= near_ms
        return newest if fresh else None

    def state(self, now_ms: int) -> Literal["working", "lost"]:
        """As Status tells it."""
        seen = self._newest is not None and self._frames.working(now_ms)
        return "working" if seen else "lost"


def placed(box: Floats, seen: Picture, eye: Infrared, other: Picture) -> Floats:
    """Where a box (x0 y0 x1 y1, pixels of `seen`) should lie in the other camera's picture."""
    (high, wide), (other_high, other_wide) = seen.shape[:2], other.shape[:2]
    shares = np.asarray(box, np.float32) / np.array([wide, high] * 2, np.float32)
    there = shares * np.array([eye.scale_x, eye.scale_y] * 2, np.float32)
    there += np.array([eye.shift_x, eye.shift_y] * 2, np.float32)
    return np.asarray(there * np.array([other_wide, other_high] * 2, np.float32), np.float32)


def agree(box: Floats, faces: list[Face]) -> bool:
    """Is one of these faces where this box is?"""
    if not faces:
        return False
    return bool((overlap(box, np.stack([face.box for face in faces])) >= SAME_PLACE).any())


class Looks:
    """What the second camera said of one track, over the last WINDOW_MS."""

    def __init__(self, limits: Thresholds) -> None:
        low, high = limits.attack_accept_permille, limits.attack_refuse_permille
        self.unclear = (low + high + 1) // 2
        """Neither bona fide nor an attack: no reading with it passes, none refuses for good."""
        self._track = 0
        self._looks: deque[tuple[int, bool]] = deque()

    def add(self, track: int, at_ms: int, seen: bool) -> int:
        """Take one look; return the permille for an attack: of misses, a track alone counts."""
        if track != self._track:
            self._track = track
            self._looks.clear()
        self._looks.append((at_ms, seen))
        while self._looks[0][0] < at_ms - WINDOW_MS:
            self._looks.popleft()
        if len(self._looks) < FEWEST_LOOKS:
            return self.unclear
        missed = sum(not seen for _, seen in self._looks) / len(self._looks)
        permille = min(1_000, round(1_000 * missed / CLEAR_MISSES))
        # Nobody passes on the very frame in which infrared sees nobody.
        return permille if seen else max(permille, self.unclear)


class TwoEyes:
    """A reader (see watch.Reader) whose faces count only where the infrared camera sees them, too.

    It raises the attack score and never lowers it. A reading that the second camera does not vouch
    for carries no probe: it matches nobody, and no head turn makes it count.
    """

    def __init__(
        self, first: Seeing, second: SecondEye, faces: Faces, eye: Infrared, limits: Thresholds
    ) -> None:
        self._first, self._second, self._faces, self._eye = first, second, faces, eye
        self._accept = limits.attack_accept_permille
        self._looks = Looks(limits)

    def read(self, frame: Frame, attempt: int, portal: str, now_ms: int) -> FaceReading:
        """As Pipeline.read; the second detector runs only where the first camera shows a face."""
        reading = self._first.read(frame, attempt, portal, now_ms)
        box = self._first.box
        if not reading.track or box is None:
            return reading
        began = perf_counter_ns()
        permille, sign = self._opinion(reading, frame, box)
        took_us = reading.took_us + (perf_counter_ns() - began) // 1_000
        probe = reading.probe if permille <= self._accept else b""
        reading = msgspec.structs.replace(reading, took_us=took_us, probe=probe)
        return suspected(reading, permille, sign)

    def enrol(self, picture: bytes, request: int) -> EnrolReading:
        """As Pipeline.enrol: a picture file is of one camera."""
        return self._first.enrol(picture, request)

    def _opinion(self, reading: FaceReading, frame: Frame, box: Floats) -> tuple[int, Sign]:
        other = self._second.near(frame.captured_ms, self._eye.near_ms)
        if other is None:
            return self._looks.unclear, "infrared_missing"
        if abs(reading.yaw_deg) > FRONTAL_DEG:
            return self._looks.unclear, "infrared"
        there = placed(box, frame.rgb, self._eye, other.rgb)
        seen = agree(there, self._faces.faces(other.rgb))
        return self._looks.add(reading.track, frame.captured_ms, seen), "infrared"


def suspected(reading: FaceReading, permille: int, sign: Sign) -> FaceReading:
    """The reading with this suspicion beside its own: the larger one counts, and is named."""
    louder = permille > reading.attack_permille
    return msgspec.structs.replace(
        reading,
        other_permille=max(reading.other_permille, permille),
        attack_permille=max(reading.attack_permille, permille),
        sign=sign if louder else reading.sign,
    )

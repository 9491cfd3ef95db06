"""A made-up site of people who come and go, for what drift makes of them."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from coprocessor.cues import Cues
from coprocessor.drift.drift import Drift, Of

DAY_MS = 24 * 60 * 60_000
ALARM_E3 = 250


class Shift(msgspec.Struct, frozen=True):
    """What is different from some day on: factors, and what is added."""

    sharpness: float = 1.0
    exposure: float = 0.0
    size: float = 1.0
    log_odds: float = 0.0
    similarity_e4: int = 0


SAME = Shift()
FAULTS = {
    "out of focus": Shift(sharpness=0.35),
    "a smeared lens": Shift(sharpness=0.6, log_odds=-0.7),
    "a lamp is out": Shift(exposure=-35.0),
    "another model": Shift(log_odds=-2.0, similarity_e4=-500),
    "the camera looks elsewhere": Shift(size=0.7),
}


class Shut:
    """An eye that shows nothing, where the test says itself what is seen."""

    def cues(self) -> None:
        return None


@dataclass
class Person:
    """Each looks a little different to the camera, each day again."""

    sharpness: float
    exposure: float
    size: float
    log_odds: float
    similarity_e4: float


class Site:
    """Some people, a lamp and a window, and the drift watch of one terminal.

    daily: how much the light differs from day to day, in what it differs within a day.
    """

    def __init__(self, path: Path, seed: int, people: int = 30, daily: float = 0.3) -> None:
        self._random = np.random.default_rng(seed)
        self.now_ms = 0
        self.drift = Drift(path, "bundle", "camera", Shut(), lambda: self.now_ms)
        self._daily = daily
        self._track = 0
        self._people = [self._person() for _ in range(people)]
        self.worst: list[tuple[int, Of]] = []

    def day(self, approaches: int, shift: Shift = SAME) -> None:
        """One more day. Every second who comes is let in and has agreed to be counted."""
        begins_ms = self.now_ms
        weather = self._random.normal(0, self._daily * 18)
        for at_ms in sorted(self._random.integers(0, DAY_MS, approaches).tolist()):
            self.now_ms = begins_ms + at_ms
            sun = 15 * (1 - abs(at_ms / DAY_MS - 0.5) * 4)
            who = self._people[self._random.integers(len(self._people))]
            self._approach(who, sun + weather, shift)
            self.worst.append(self.drift.worst())
        self.now_ms = begins_ms + DAY_MS

    def alarm(self) -> tuple[int, Of] | None:
        """After how many approaches, and of what; None: never."""
        alarms = ((n, of) for n, (psi_e3, of) in enumerate(self.worst, 1) if psi_e3 >= ALARM_E3)
        return next(alarms, None)

    def _person(self) -> Person:
        gauss = self._random.normal
        return Person(2 ** gauss(8, 0.4), gauss(120, 10), 2 ** gauss(6, 0.1), gauss(3, 1), 6_300)

    def _approach(self, who: Person, light: float, shift: Shift) -> None:
        gauss = self._random.normal
        self._track += 1
        cues = Cues(
            near=who.log_odds + gauss(0, 1.5) + shift.log_odds,
            sharpness=who.sharpness * 2 ** gauss(0, 0.5) * shift.sharpness,
            exposure=who.exposure + light + gauss(0, 12) + shift.exposure,
            eyes_px=who.size * 2 ** gauss(0, 0.3) * shift.size,
            span_ms=2_000,
            frames=10,
        )
        for _ in range(3):
            self.drift.note(self._track, cues)
        if self._track % 2:
            self.drift.passed(round(who.similarity_e4 + gauss(0, 600) + shift.similarity_e4))

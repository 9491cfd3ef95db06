"""Whoever or whatever stands before the camera for a while, to windows of cues."""

from typing import Final

from board.link.messages import FaceReading, Instrument, Sign
from coprocessor.attack import FirstConstants
from coprocessor.calibration import windows
from coprocessor.calibration.judge import certain
from coprocessor.calibration.windows import Window
from coprocessor.cues import Cues

STRIDE_MS: Final = 750
SPAN_MS: Final = 2_500
"""What a window must rest on; it holds three seconds at most."""
MOST: Final = 80
"""Windows of one presentation: a minute of them."""
NO_SENSOR: Final[tuple[Sign, ...]] = ("frozen", "reencoded", "timing")
"""Frames of this kind say nothing about what is shown to the camera."""


class Observation:
    """One presentation: `instrument` of `person`. refuse: the bundle's threshold, in permille."""

    def __init__(self, presentation: int, person: int, instrument: Instrument, refuse: int) -> None:
        self._presentation = presentation
        self._person = person
        self._instrument = instrument
        self._refuse = refuse
        self._first = FirstConstants()
        self._due_ms: int | None = None
        self.windows: list[Window] = []

    def due(self, reading: FaceReading, at_ms: int) -> bool:
        """Is it time for a window, and this frame good for one?"""
        if len(self.windows) >= MOST:
            return False
        good = not reading.refusal and reading.sign not in NO_SENSOR
        return good and (self._due_ms is None or at_ms >= self._due_ms)

    def add(self, cues: Cues, at_ms: int) -> None:
        """What the track shows at this moment; too short a track does not count."""
        if cues.span_ms < SPAN_MS:
            return
        self._due_ms = at_ms + STRIDE_MS
        said = self._first.scores(cues, "")
        self.windows.append(
            Window(
                presentation=self._presentation,
                person=self._person,
                instrument=self._instrument,
                row=windows.row(cues),
                first_permille=said.attack_permille,
                certain=certain(cues, said, self._refuse),
            )
        )

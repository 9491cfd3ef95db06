"""The sign, if any, by which frames come from anything but this camera's sensor."""

from board.link.messages import Sign
from coprocessor.blocks import BlockWatch
from coprocessor.frame import Frame
from coprocessor.stale import StaleWatch
from coprocessor.timing import TimingWatch


class InjectionWatch:
    """All that is known against a stream; every frame passes here, whoever is in it."""

    def __init__(self, period_ms: float = 0.0) -> None:
        """period_ms: see TimingWatch."""
        self._stale = StaleWatch()
        self._timing = TimingWatch(period_ms)
        self._blocks = BlockWatch()

    def note(self, frame: Frame, now_ms: int) -> None:
        """One more frame, in the order it came, at this moment of the clock it is stamped by."""
        stale = self._stale.note(frame)
        self._timing.note(frame.captured_ms, now_ms, new=not stale)
        self._blocks.note(frame)

    def sign(self) -> Sign:
        """The surest first; "" for a sensor's frames."""
        if self._stale.frozen():
            return "frozen"
        if self._timing.impossible():
            return "timing"
        return "reencoded" if self._blocks.reencoded() else ""

    @property
    def grid(self) -> float | None:
        """See blocks.grid, of the last frame that was asked; None before."""
        return self._blocks.latest

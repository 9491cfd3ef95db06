"""The door's outputs as signals: strike and sounder are told what to be, again and again."""

from appliance.sections import Portal
from board.signals import Board, Signal


class Relays:
    """Strike and sounder of one portal. All but a fail-secure strike are held by power."""

    def __init__(self, board: Board, portal: Portal) -> None:
        self._strike = Signal(board.pin(portal.strike), invert=portal.strike_type != "fail-secure")
        self._sounder = Signal(board.pin(portal.sounder))

    def be(self, *, released: bool, sounding: bool) -> None:
        """Write both outputs; repeating it repairs a write that was lost."""
        for signal, asserted in ((self._strike, released), (self._sounder, sounding)):
            if asserted:
                signal.on()
            else:
                signal.off()

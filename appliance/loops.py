"""A supervised input: a line that is polled, what it says, and what is wrong with it."""

from collections.abc import Callable
from typing import Final

from appliance import supervision
from appliance.sections import Contact
from board.signals import ADC

FULL: Final = 65_535
WORDS: Final = {supervision.CUT: "cut", supervision.SHORT: "short"}


class Loop:
    """One supervised input. `changed(asserted)` is called once for each change that is believed.

    faulted: called with "cut", "short" or, when the line is whole again, with "".
    """

    def __init__(
        self,
        adc: ADC,
        wired: Contact,
        limits: supervision.Limits,
        changed: Callable[[bool], None],
        faulted: Callable[[str], None],
    ) -> None:
        self._adc = adc
        self._limits = limits
        self._in_doubt = wired.in_doubt
        self._changed = changed
        self._faulted = faulted
        self._line = supervision.found(self._permille(), limits)
        self._told = ""
        self.asserted = self._means()

    @property
    def fault(self) -> str:
        """What is wrong with the line; "" when it is whole."""
        return WORDS.get(self._line.believed, "")

    def poll(self) -> None:
        """Look at the voltage once, and tell what has changed: the input first, then its line."""
        self._line = supervision.polled(self._line, self._permille(), self._limits)
        asserted = self._means()
        if asserted != self.asserted:
            self.asserted = asserted
            self._changed(asserted)
        if self.fault != self._told:
            self._told = self.fault
            self._faulted(self.fault)

    def _permille(self) -> int:
        return self._adc.read_u16() * 1000 // FULL

    def _means(self) -> bool:
        return self._in_doubt if self.fault else self._line.believed == supervision.ACTIVE

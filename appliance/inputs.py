"""Inputs that have settled: contact bounce ends here."""

import asyncio
from collections.abc import Callable
from typing import Final

from appliance.sections import Contact
from board.signals import Board, Signal

SETTLE_S: Final = 0.02
"""A contact that has kept its level this long means it."""

RESTLESS_S: Final = 0.2
"""A contact that finds no rest for this long counts as asserted: a REX with a loose wire must still
let people out, and a tampered or forced one is an alarm."""


class Input:
    """One input. `changed(asserted)` is called once for each settled change."""

    def __init__(self, board: Board, contact: Contact, changed: Callable[[bool], None]) -> None:
        self._signal = Signal(board.pin(contact.pin), invert=contact.asserted == "low")
        self._changed = changed
        self._pending: asyncio.TimerHandle | None = None
        self._restless_since_s = 0.0
        self.asserted = self._signal.value()
        self._signal.watch(self._edge)

    def _edge(self, _asserted: bool, _at_us: int) -> None:
        loop = asyncio.get_running_loop()
        if self._pending:
            self._pending.cancel()
        else:
            self._restless_since_s = loop.time()
        self._pending = loop.call_later(SETTLE_S, self._settled)
        if loop.time() - self._restless_since_s >= RESTLESS_S:
            self._be(True)

    def _settled(self) -> None:
        self._pending = None
        self._be(self._signal.value())

    def _be(self, asserted: bool) -> None:
        if asserted != self.asserted:
            self.asserted = asserted
            self._changed(asserted)

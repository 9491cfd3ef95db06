"""Inputs that have settled: contact bounce ends here."""

import asyncio
from collections.abc import Callable
from typing import Final

from appliance.config import Contact
from board.signals import Board, Signal

SETTLE_S: Final = 0.02
"""A contact that has kept its level this long means it."""


class Input:
    """One input. `changed(asserted)` is called once for each settled change."""

    def __init__(self, board: Board, contact: Contact, changed: Callable[[bool], None]) -> None:
        self._signal = Signal(board.pin(contact.pin), invert=contact.asserted == "low")
        self._changed = changed
        self._pending: asyncio.TimerHandle | None = None
        self.asserted = self._signal.value()
        self._signal.watch(self._edge)

    def _edge(self, _asserted: bool, _at_us: int) -> None:
        if self._pending:
            self._pending.cancel()
        self._pending = asyncio.get_running_loop().call_later(SETTLE_S, self._settled)

    def _settled(self) -> None:
        asserted = self._signal.value()
        if asserted != self.asserted:
            self.asserted = asserted
            self._changed(asserted)

"""Inputs that have settled, whichever way they are wired: contact bounce ends here."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from appliance import supervision
from appliance.loops import Loop
from appliance.sections import Contact, Supervision
from board.signals import Board, Signal

POLL_S: Final = 0.02
"""Between two looks at the supervised lines."""

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


class Inputs:
    """All inputs of a terminal, each made as its site wires it: a level, or a supervised line.

    faulted: called with the portal, the input's name, and what is wrong with its line, if anything.
    """

    def __init__(
        self, board: Board, site: Supervision, faulted: Callable[[str, str, str], None]
    ) -> None:
        self._board = board
        self._site = site
        self._faulted = faulted
        self._loops: dict[tuple[str, str], Loop] = {}

    def make(
        self, portal: str, name: str, wired: Contact, changed: Callable[[bool], None]
    ) -> Input | Loop:
        """Return the input of this name; `changed(asserted)` is called once for each change."""
        if not wired.supervised:
            return Input(self._board, wired, changed)
        site = self._site
        high = wired.asserted == "high"
        limits = supervision.Limits(site.short_below, site.two_from, site.cut_from, high)
        told = partial(self._faulted, portal, name)
        loop = Loop(self._board.adc(wired.pin), wired, limits, changed, told)
        self._loops[portal, name] = loop
        return loop

    def faulty(self, portal: str) -> bool:
        """Whether a line of this portal is cut or shorted."""
        return any(loop.fault for (at, _), loop in self._loops.items() if at == portal)

    async def run(self, beat: Callable[[], None]) -> None:
        """Poll the supervised lines for ever."""
        while True:
            for loop in self._loops.values():
                loop.poll()
            beat()
            await asyncio.sleep(POLL_S)

"""Whether a magnet fails to hold the door that it ought to hold."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from appliance import door
from appliance.portal import Portal

LOOK_S: Final = 0.25


class Magnet:
    """The bond sensor of one portal.

    patience_s: how long a magnet may take to hold. told: called at every look with the portal's
    name, and whether its magnet fails.
    """

    def __init__(
        self,
        portal: Portal,
        patience_s: float,
        told: Callable[[str, bool], None],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._portal = portal
        self._patience_s = patience_s
        self._told = told
        self._clock_s = clock_s
        self._held_s = clock_s()
        self.fails = False

    async def run(self, beat: Callable[[], None]) -> None:
        """Look for ever."""
        while True:
            self.look()
            beat()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Judge it now. One that is released, or whose door is open, need not hold."""
        now_s = self._clock_s()
        if not self._loose():
            self._held_s = now_s
        self.fails = now_s - self._held_s >= self._patience_s
        self._told(self._portal.name, self.fails)

    def _loose(self) -> bool:
        bond, state = self._portal.bond, self._portal.state
        ought = state.leaf == door.SHUT and not door.released(state)
        return bond is not None and ought and not bond.asserted

"""Whether a magnet holds the door that it ought to hold."""

import asyncio
from collections.abc import Callable
from typing import Final

from appliance import door
from appliance.portal import Portal

LOOK_S: Final = 0.25


class Magnet:
    """The bond sensor of one portal.

    told: called at every look with the portal's name, and whether the magnet does not hold though
    the door is shut and secured.
    """

    def __init__(self, portal: Portal, told: Callable[[str, bool], None]) -> None:
        self._portal = portal
        self._told = told

    @property
    def loose(self) -> bool:
        """Whether it does not hold, and ought to. A released one need not."""
        bond, state = self._portal.bond, self._portal.state
        ought = state.leaf == door.SHUT and not door.released(state)
        return bond is not None and ought and not bond.asserted

    async def run(self, beat: Callable[[], None]) -> None:
        """Look for ever."""
        while True:
            self._told(self._portal.name, self.loose)
            beat()
            await asyncio.sleep(LOOK_S)

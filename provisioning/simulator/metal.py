"""The hands at the appliance's simulated board: inputs, cards and keys in, relays out."""

import asyncio
import contextlib
from pathlib import Path
from typing import Final

from board import stimulus
from board.link.stream import StreamClosed
from provisioning.simulator.wiring import Contact, Wiring

KEYS: Final = "0123456789*#"
"""A keypad's keys in the order of their four bits."""

AGAIN_S: Final = 0.1


class MetalGone(Exception):
    """Nobody works the board at the moment: the appliance is not running."""


class Metal:
    """What is screwed to the wall. It keeps its state while the appliance is away.

    An input is where somebody put it, whether or not anyone is reading it: a door that stands
    open still stands open when the appliance has restarted.
    """

    def __init__(self, wiring: Wiring, socket: Path) -> None:
        self._wiring = wiring
        self._socket = socket
        self._hand: stimulus.Hand | None = None
        self._asserted: dict[str, tuple[Contact, bool]] = {}
        self.changed = asyncio.Event()

    @property
    def portals(self) -> tuple[str, ...]:
        """Names of the site's portals, in the site's order."""
        return tuple(self._wiring.portals)

    @property
    def present(self) -> bool:
        """Whether a running appliance holds the board."""
        return self._hand is not None

    async def run(self) -> None:
        """Hold on to the board whenever there is one."""
        while True:
            try:
                hand = await stimulus.reach(self._socket)
            except StreamClosed:
                await asyncio.sleep(AGAIN_S)
                continue
            try:
                await self._hold(hand)
            finally:
                self._hand = None
                hand.close()
                self.changed.set()

    async def _hold(self, hand: stimulus.Hand) -> None:
        with contextlib.suppress(StreamClosed):
            levels = {
                contact.pin: contact.level(asserted)
                for contact, asserted in self._asserted.values()
            }
            if levels:
                await hand.do(stimulus.SetPins(levels))
            self._hand = hand
            while not hand.gone:
                self.changed.set()
                await hand.changed(1.0)

    async def put(self, name: str, portal: str, asserted: bool) -> None:
        """Assert or release contact, rex, tamper or fire."""
        contact = self._contact(name, portal)
        self._asserted[contact.pin] = (contact, asserted)
        with contextlib.suppress(MetalGone):
            await self._do(stimulus.SetPins({contact.pin: contact.level(asserted)}))
        self.changed.set()

    async def swipe(self, portal: str, bits: str) -> None:
        """Show a card to the portal's reader. Raises MetalGone."""
        reader = self._wiring.portals[portal].reader
        await self._do(stimulus.SwipeWiegand(reader.d0, reader.d1, bits))

    async def press(self, portal: str, keys: str) -> None:
        """Press keys one after the other. Raises MetalGone."""
        for key in keys:
            await self.swipe(portal, f"{KEYS.index(key):04b}")

    def inputs(self, portal: str) -> dict[str, bool]:
        """Where each input was put."""
        return {
            name: self._asserted.get(self._contact(name, portal).pin, (None, False))[1]
            for name in ("contact", "rex", "tamper", "fire")
        }

    def released(self, portal: str) -> bool:
        """What the strike really is; without an appliance its relay is de-energised."""
        door = self._wiring.portals[portal]
        level = self._hand.levels.get(door.strike, 0) if self._hand else 0
        return door.released(level)

    async def _do(self, what: stimulus.Stimulus) -> None:
        if self._hand is None:
            raise MetalGone("the appliance is not running; wait until it has restarted")
        try:
            await self._hand.do(what)
        except StreamClosed as fault:
            raise MetalGone("the appliance has just gone; wait until it has restarted") from fault

    def _contact(self, name: str, portal: str) -> Contact:
        door = self._wiring.portals[portal]
        return {
            "contact": door.contact,
            "rex": door.rex,
            "tamper": self._wiring.tamper,
            "fire": self._wiring.fire,
        }[name]

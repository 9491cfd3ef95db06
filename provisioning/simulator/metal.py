"""The hands at the appliance's simulated board: inputs, cards and keys in, relays out."""

import asyncio
import contextlib
from pathlib import Path
from typing import Final

from board import stimulus
from board.link.stream import StreamClosed
from provisioning.simulator.wiring import Contact, Damage, Wiring

KEYS: Final = "0123456789*#"
"""A keypad's keys in the order of their four bits."""

AGAIN_S: Final = 0.1


class MetalGone(Exception):
    """Nobody works the board at the moment: the appliance is not running."""


class NoInput(Exception):
    """The site has no such input; says which it has."""


class Metal:
    """What is screwed to the wall. It keeps its state while the appliance is away.

    An input is where somebody put it, whether or not anyone is reading it: a door that stands
    open still stands open when the appliance has restarted.
    """

    def __init__(self, wiring: Wiring, socket: Path) -> None:
        self._wiring = wiring
        self._socket = socket
        self._hand: stimulus.Hand | None = None
        self._put: dict[str, tuple[Contact, bool, Damage]] = {}
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
            for contact, asserted, damage in self._put.values():
                await hand.do(contact.put(asserted, damage))
            self._hand = hand
            while not hand.gone:
                self.changed.set()
                await hand.changed(1.0)

    async def put(self, name: str, portal: str, asserted: bool, damage: Damage = "") -> None:
        """Assert or release an input, or damage its line. Raises NoInput."""
        contact = self._wired(portal).get(name)
        if contact is None:
            raise NoInput(f"name: {portal} has no {name}; it has {', '.join(self._wired(portal))}")
        if damage and not contact.supervised:
            raise NoInput(f"line: {name} is not supervised; set supervised = true in site.toml")
        self._put[contact.pin] = (contact, asserted, damage)
        with contextlib.suppress(MetalGone):
            await self._do(contact.put(asserted, damage))
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
        """Where each input was put; at first all is quiet, and a magnet holds."""
        return {
            name: self._put.get(contact.pin, (None, name == "bond"))[1]
            for name, contact in self._wired(portal).items()
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

    def _wired(self, portal: str) -> dict[str, Contact]:
        """The inputs of a portal, and those of the terminal."""
        door = self._wiring.portals[portal]
        return {
            "contact": door.contact,
            "rex": door.rex,
            "tamper": self._wiring.tamper,
            "fire": self._wiring.fire,
            **({"bond": door.bond} if door.bond else {}),
        }

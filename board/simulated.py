"""A board in memory, worked by hands that connect to its UNIX socket."""

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from board.link import stream
from board.parts import SimulatedADC, SimulatedCamera, SimulatedPin, SimulatedUART, SimulatedWDT
from board.signals import Picture
from board.stimulus import (
    CAP,
    Levels,
    Observation,
    SetAnalogs,
    SetPins,
    Show,
    Stimulus,
    SwipeWiegand,
    Unplug,
    Written,
)
from board.table import BoardError, Table, named

PULSE_US: Final = 50
INTERVAL_US: Final = 2_000
BURST_GAP_US: Final = 80_000
"""Wiegand timing as readers have it: pulse, pulse to pulse, and the silence between two frames."""


class SimulatedBoard:
    """The terminals of a board table, in memory; `path` is the socket its hands connect to.

    Input levels outlive the process, beside the socket, as a real door's contact does.
    """

    def __init__(self, table: Table, path: Path) -> None:
        self._path = path
        self._changed = asyncio.Event()
        self._metal = Metal(path.with_suffix(".levels"))
        found = self._metal.recall()
        self._pins = {
            name: SimulatedPin(found.get(name, line.idle), self._changed)
            for name, line in table.pins.items()
        }
        self._analogs = {
            name: SimulatedADC(found.get(name, analog.idle))
            for name, analog in table.analogs.items()
        }
        self._uarts = {name: SimulatedUART(partial(self._written, name)) for name in table.uarts}
        self._cameras = {name: SimulatedCamera() for name in table.cameras}
        self._hands: set[stream.Stream] = set()
        self._wiegand_free_us = 0
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[Stimulus] = msgspec.msgpack.Decoder(Stimulus)
        self._outgoing: asyncio.Queue[Observation] = asyncio.Queue()

    async def start(self) -> None:
        self._server = await stream.listen(self._path, self._serve, CAP)
        self._tasks = [asyncio.create_task(self._tell_levels()), asyncio.create_task(self._tell())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._server.close()
        for hand in self._hands:
            hand.close()

    def pin(self, name: str) -> SimulatedPin:
        return named(self._pins, name, "pin")

    def adc(self, name: str) -> SimulatedADC:
        return named(self._analogs, name, "analog input")

    def uart(self, name: str) -> SimulatedUART:
        return named(self._uarts, name, "UART")

    def camera(self, name: str) -> SimulatedCamera:
        return named(self._cameras, name, "camera")

    def wdt(self, timeout_ms: int) -> SimulatedWDT:
        return SimulatedWDT(timeout_ms)

    def _written(self, uart: str, data: bytes) -> None:
        self.observed(Written(uart, data))

    def observed(self, observation: Observation) -> None:
        """Tell every hand, later: the board never waits for one."""
        self._outgoing.put_nowait(observation)

    async def _serve(self, hand: stream.Stream) -> None:
        self._hands.add(hand)
        self._changed.set()
        try:
            while True:
                self._act(await hand.receive())
        finally:
            self._hands.discard(hand)

    def _act(self, frame: bytes) -> None:
        """A stimulus that makes no sense, or names what is not there, does nothing."""
        try:
            self._apply(self._decoder.decode(frame))
        except (msgspec.DecodeError, UnicodeDecodeError, BoardError, RecursionError):
            return

    def _apply(self, stimulus: Stimulus) -> None:
        match stimulus:
            case SetPins(levels):
                for pin, level in [(self.pin(name), level) for name, level in levels.items()]:
                    pin.value(int(bool(level)))
                self._metal.keep({name: int(bool(level)) for name, level in levels.items()})
            case SetAnalogs(permille):
                for analog, value in [(self.adc(name), permille[name]) for name in permille]:
                    analog.put(value)
                self._metal.keep(permille)
            case SwipeWiegand(d0, d1, bits):
                self._pulse(self.pin(d0), self.pin(d1), bits)
            case Show(camera, rgb, height, width) if len(rgb) == height * width * 3 > 0 < height:
                now_ms = time.monotonic_ns() // 1_000_000
                self.camera(camera).show(Picture(rgb, height, width, now_ms))
            case Unplug(camera):
                self.camera(camera).unplug()

    def _pulse(self, d0: SimulatedPin, d1: SimulatedPin, bits: str) -> None:
        """Deliver a whole frame at once, with the times its pulses would have had."""
        now_us = time.monotonic_ns() // 1000
        at_us = max(now_us - len(bits) * INTERVAL_US, self._wiegand_free_us)
        for bit in bits:
            pin = d1 if bit == "1" else d0
            pin.edge(0, at_us)
            pin.edge(1, at_us + PULSE_US)
            at_us += INTERVAL_US
        self._wiegand_free_us = at_us + BURST_GAP_US

    async def _tell_levels(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            self.observed(Levels({name: pin.value() for name, pin in self._pins.items()}))

    async def _tell(self) -> None:
        while True:
            body = self._encoder.encode(await self._outgoing.get())
            for hand in tuple(self._hands):
                try:
                    await hand.send(body)
                except stream.StreamClosed:
                    self._hands.discard(hand)


class Metal:
    """The levels hands have set, in a file: a door that stands open outlives our process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._levels: dict[str, int] = {}

    def recall(self) -> dict[str, int]:
        """Return what was set before this start; nothing for a file that is absent or garbage."""
        try:
            self._levels = msgspec.json.decode(self._path.read_bytes(), type=dict[str, int])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            self._levels = {}
        return self._levels

    def keep(self, levels: dict[str, int]) -> None:
        """Remember these, too."""
        self._levels |= levels
        self._path.write_bytes(msgspec.json.encode(self._levels))


def open_board(table: Table, socket: Path) -> SimulatedBoard:
    """What `load` calls: a driver module's one entry."""
    return SimulatedBoard(table, socket)

"""A board in memory, worked by hands that connect to its UNIX socket."""

import asyncio
import os
import signal
import threading
import time
from pathlib import Path
from typing import Final

import msgspec

from board.link import stream
from board.signals import EdgeHandler, Picture
from board.stimulus import (
    CAP,
    Levels,
    Observation,
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


class SimulatedPin:
    """A line whose level is a number; edges reach whoever asked for them."""

    def __init__(self, level: int, changed: asyncio.Event) -> None:
        self._level = level
        self._changed = changed
        self._handlers: list[EdgeHandler] = []

    def value(self, level: int | None = None) -> int:
        if level is not None and level != self._level:
            self.edge(level, time.monotonic_ns() // 1000)
        return self._level

    def irq(self, handler: EdgeHandler) -> None:
        self._handlers.append(handler)

    def edge(self, level: int, at_us: int) -> None:
        """Change the level at a stated time."""
        self._level = level
        self._changed.set()
        for handler in self._handlers:
            handler(level, at_us)


class SimulatedUART:
    """A serial port whose other end is a hand."""

    def __init__(self, name: str, board: "SimulatedBoard") -> None:
        self._name = name
        self._board = board

    def write(self, data: bytes) -> None:
        self._board.observed(Written(self._name, data))

    def read(self) -> bytes:
        return b""


class SimulatedCamera:
    """A camera that sees what was last shown to it."""

    def __init__(self) -> None:
        self._newest: asyncio.Queue[Picture] = asyncio.Queue(maxsize=1)

    async def picture(self) -> Picture:
        return await self._newest.get()

    def show(self, picture: Picture) -> None:
        """Replace an unseen picture: a slow reader gets the newest."""
        if self._newest.full():
            self._newest.get_nowait()
        self._newest.put_nowait(picture)

    def unplug(self) -> None:
        """What has not been seen yet will not be."""
        if self._newest.full():
            self._newest.get_nowait()


class SimulatedWDT:
    """Kills the process, as a reset would, unless fed in time; works while the event loop hangs."""

    def __init__(self, timeout_ms: int) -> None:
        self._timeout_s = timeout_ms / 1000
        self._fed = threading.Event()
        threading.Thread(target=self._guard, daemon=True, name="wdt").start()

    def feed(self) -> None:
        self._fed.set()

    def _guard(self) -> None:
        while self._fed.wait(self._timeout_s):
            self._fed.clear()
        os.kill(os.getpid(), signal.SIGKILL)


class SimulatedBoard:
    """The terminals of a board table, in memory; `path` is the socket its hands connect to."""

    def __init__(self, table: Table, path: Path) -> None:
        self._path = path
        self._changed = asyncio.Event()
        self._pins = {
            name: SimulatedPin(line.idle, self._changed) for name, line in table.pins.items()
        }
        self._uarts = {name: SimulatedUART(name, self) for name in table.uarts}
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

    def uart(self, name: str) -> SimulatedUART:
        return named(self._uarts, name, "UART")

    def camera(self, name: str) -> SimulatedCamera:
        return named(self._cameras, name, "camera")

    def wdt(self, timeout_ms: int) -> SimulatedWDT:
        return SimulatedWDT(timeout_ms)

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


def open_board(table: Table, socket: Path) -> SimulatedBoard:
    """What `load` calls: a driver module's one entry."""
    return SimulatedBoard(table, socket)

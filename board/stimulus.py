"""What may be done to a simulated board from outside, and what it shows: messages and a client."""

import asyncio
import contextlib
from pathlib import Path

import msgspec

from board.link import stream


class SetPins(msgspec.Struct, frozen=True, tag=True):
    """Put input pins to these levels."""

    levels: dict[str, int]


class SetAnalogs(msgspec.Struct, frozen=True, tag=True):
    """Put analog inputs to these voltages, in permille of the supply."""

    permille: dict[str, int]


class SwipeWiegand(msgspec.Struct, frozen=True, tag=True):
    """Pulse two pins as a Wiegand reader does: low on `d0` for each 0, on `d1` for each 1."""

    d0: str
    d1: str
    bits: str


class Show(msgspec.Struct, frozen=True, tag=True):
    """One picture before a camera: height * width * 3 bytes of RGB."""

    camera: str
    rgb: bytes
    height: int
    width: int


class Unplug(msgspec.Struct, frozen=True, tag=True):
    """Take a camera's cable out: it gives no more pictures until the next Show."""

    camera: str


Stimulus = SetPins | SetAnalogs | SwipeWiegand | Show | Unplug


class Levels(msgspec.Struct, frozen=True, tag=True):
    """All pins, after any of them changed, and once on connecting."""

    levels: dict[str, int]


class Written(msgspec.Struct, frozen=True, tag=True):
    """Bytes the processor wrote to a UART."""

    uart: str
    data: bytes


Observation = Levels | Written

CAP = 16 << 20
"""Bytes in a frame: a 4-megapixel picture fits."""


class Hand:
    """The hand at a simulated board: acts on it, and sees its pins and what its UARTs say."""

    def __init__(self, connection: stream.Stream) -> None:
        self._stream = connection
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[Observation] = msgspec.msgpack.Decoder(Observation)
        self._changed = asyncio.Condition()
        self.levels: dict[str, int] = {}
        self.written: dict[str, bytes] = {}
        """The last write to each UART."""
        self.gone = False
        self._task = asyncio.create_task(self._observe())

    async def do(self, stimulus: Stimulus) -> None:
        """Send a stimulus; raise StreamClosed when the board has gone."""
        await self._stream.send(self._encoder.encode(stimulus))

    async def changed(self, timeout_s: float) -> None:
        """Wait until something was observed, or the time is up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait()

    def close(self) -> None:
        """Let go of the board; its pins stay as they are."""
        self._task.cancel()
        self._stream.close()

    async def _observe(self) -> None:
        with contextlib.suppress(stream.StreamClosed):
            while True:
                self._take(self._decoder.decode(await self._stream.receive()))
                await self._notify()
        self.gone = True
        await self._notify()

    def _take(self, observation: Observation) -> None:
        if isinstance(observation, Levels):
            self.levels = observation.levels
        else:
            self.written[observation.uart] = observation.data

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()


async def reach(path: Path) -> Hand:
    """Connect to the simulated board that listens at `path`; StreamClosed when none does."""
    return Hand(await stream.connect(path, CAP))

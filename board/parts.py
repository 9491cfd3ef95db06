"""Pins, ports, cameras and a watchdog in memory: what a simulated board is made of."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable

from board.signals import EdgeHandler, Picture


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


class SimulatedADC:
    """An analog input whose voltage is a number, in permille of the supply."""

    def __init__(self, permille: int) -> None:
        self.put(permille)

    def read_u16(self) -> int:
        return self._permille * 0xFFFF // 1000

    def put(self, permille: int) -> None:
        """Put it to this voltage; beyond the supply there is none."""
        self._permille = max(0, min(permille, 1000))


class SimulatedUART:
    """A serial port whose other end is a hand."""

    def __init__(self, written: Callable[[bytes], None]) -> None:
        self._written = written

    def write(self, data: bytes) -> None:
        self._written(data)

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

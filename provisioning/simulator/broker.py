"""A private mosquitto on loopback, and the network cable between it and the co-processor."""

import asyncio
import contextlib
import getpass
import os
import shutil
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

HOST: Final = "127.0.0.1"
REMEDY: Final = "no MQTT broker on this machine; `apt-get install mosquitto`, then start again"
PLACES: Final = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
"""Where packages put mosquitto and an ordinary PATH does not look."""


def find_mosquitto() -> str | None:
    """Path of the broker's binary, if this machine has one."""
    return shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), *PLACES]))


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


async def answering(port: int) -> None:
    """Return once somebody listens there."""
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(HOST, port)
            writer.transport.abort()
            return
        await asyncio.sleep(0.05)


def configure(folder: Path, port: int) -> Path:
    """Write mosquitto's configuration into `folder`; its messages survive there too.

    Anybody on this machine may connect: that is what a demonstration on loopback needs, and what
    docs/coprocessor.md's TLS section is there for elsewhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mosquitto.conf"
    path.write_text(
        f"listener {port} {HOST}\n"
        "allow_anonymous true\n"
        "persistence true\n"
        f"persistence_location {folder.resolve()}/\n"
        "autosave_interval 5\n"
        "log_dest stderr\n"
        "log_type error\n"
        "log_type warning\n"
        f"user {getpass.getuser()}\n",
        encoding="utf-8",
    )
    return path


class Cable:
    """A TCP proxy on loopback: plugged in it forwards; pulled it hangs up and refuses."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.plugged = False
        self._target = target
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def plug(self) -> None:
        """Forward connections from now on."""
        if self._server is None:
            self._server = await asyncio.start_server(self._forward, HOST, self.port)
        self.plugged = True

    async def pull(self) -> None:
        """End what is connected, and refuse what tries to connect."""
        self.plugged = False
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in tuple(self._open):
            writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with contextlib.suppress(OSError):
                there, back = await asyncio.open_connection(HOST, self._target)
                self._open.add(back)
                try:
                    await _either(_copy(reader, back), _copy(there, writer))
                finally:
                    self._open.discard(back)
                    back.transport.abort()
        finally:
            self._open.discard(writer)
            writer.transport.abort()


async def _either(one: Coroutine[Any, Any, None], other: Coroutine[Any, Any, None]) -> None:
    """Run both ways until one of them ends."""
    tasks = [asyncio.create_task(one), asyncio.create_task(other)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(1 << 14):
            sink.write(data)
            await sink.drain()

"""Run the terminal on a simulated board, with a page that shows the door."""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import uvicorn

from provisioning.simulator import view
from provisioning.simulator.app import make_app
from provisioning.simulator.broker import HOST, REMEDY
from provisioning.simulator.events import Events
from provisioning.simulator.simulation import Happening, Simulation
from provisioning.simulator.wiring import WiringError

FAREWELL_S: Final = 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which site, where the page is served, which models."""
    parser.add_argument("--state", type=Path, default=Path("state"), help="state directory")
    parser.add_argument("--port", type=int, default=8080, help="of the page; 0 takes a free one")
    parser.add_argument("--bundle", type=Path, help="model bundle, in place of the site's")
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")


def run(options: argparse.Namespace) -> int:
    """Serve the page on loopback until interrupted."""
    events = Events()

    def tell(simulation: Simulation, happening: Happening) -> None:
        events.tell(*view.told(simulation, happening))

    cv2.setNumThreads(1)  # scenes are cheap; the other cores are the co-processor's
    try:
        simulation = Simulation(options.state, options.bundle, tell)
        listener = socket.create_server((HOST, options.port))
    except WiringError as fault:
        print(f"simulate: {fault}", file=sys.stderr)
        return 1
    except OSError as fault:
        print(
            f"simulate: port {options.port}: {fault.strerror}; choose another --port",
            file=sys.stderr,
        )
        return 1
    address = f"http://{HOST}:{listener.getsockname()[1]}/"
    print(f"Cardea: {address}   (Ctrl-C ends it; logs in {options.state / 'log'})", flush=True)
    if simulation.broker is None:
        print(f"Cardea: {REMEDY}; until then alerts wait in the outbox", flush=True)
    if not options.no_open and can_show():
        webbrowser.open(address)
    asyncio.run(_serve(simulation, events, listener))
    return 0


class Server(uvicorn.Server):
    """uvicorn, but ending is ours: its own handlers kill the process before the rest could stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


async def _serve(simulation: Simulation, events: Events, listener: socket.socket) -> None:
    config = uvicorn.Config(
        make_app(simulation, events),
        log_level="warning",
        timeout_graceful_shutdown=FAREWELL_S,
        lifespan="off",
    )
    async with simulation.running():
        await Server(config).serve(sockets=[listener])


def can_show() -> bool:
    """Whether a browser window can open here; a text browser in this very terminal is none."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in screens)

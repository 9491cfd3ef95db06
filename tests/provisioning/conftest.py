"""A site without processes, the simulator's app around it, and commands beside a terminal."""

import asyncio
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from provisioning.__main__ import main
from provisioning.simulator import view
from provisioning.simulator.app import make_app
from provisioning.simulator.events import Events
from provisioning.simulator.simulation import Simulation
from tests.appliance.bench import PIN, PINS, Scene, Vault, running

with warnings.catch_warnings():
    # It asks for httpx2, which nothing else here needs; httpx serves it as well.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

Cardea = Callable[..., Awaitable[str]]

SITE = """\
[terminal]
serial = "door-1"
board = "simulated"
[bundle]
directory = "bundle"
public_key = "00"
[tamper]
pin = "IN3"
[fire]
pin = "IN4"
[portals.front]
strike = "K1"
contact = { pin = "IN1", asserted = "high" }
rex = { pin = "IN2", asserted = "low" }
[portals.front.reader]
kind = "wiegand"
d0 = "D0"
d1 = "D1"
"""

COPROCESSOR = """\
[terminal]
serial = "door-1"
board = "simulated"
[broker]
host = "elsewhere.example"
port = 8883
[broker.tls]
ca = "ca.pem"
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory as `cardea site new` leaves it, as far as the simulator reads it."""
    (tmp_path / "site.toml").write_text(SITE)
    (tmp_path / "coprocessor.toml").write_text(COPROCESSOR)
    return tmp_path


@pytest.fixture
def simulation(state: Path) -> Simulation:
    """All parts, none of them started: the appliance is away."""
    events = Events()
    return Simulation(state, None, lambda it, what: events.tell(*view.told(it, what)))


@pytest.fixture
def client(simulation: Simulation) -> TestClient:
    """A program on this machine that talks to the API."""
    app = make_app(simulation, Events())
    return TestClient(app, base_url="http://127.0.0.1:8080", raise_server_exceptions=True)


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """A person's picture, as a file."""
    _, body = cv2.imencode(".jpg", cv2.cvtColor(np.asarray(astronaut()), cv2.COLOR_RGB2BGR))
    return bytes(body)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault.db", PINS.hashes(PIN))


@pytest.fixture
def told(vault: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """Run a story beside a terminal; `cardea` returns what the command says."""

    async def cardea(*words: str, code: int = 0) -> str:
        assert await asyncio.to_thread(main, [*words, "--state", str(tmp_path)]) == code
        captured = capsys.readouterr()
        return captured.err if code else captured.out

    def tell(story: Callable[[Scene, Cardea], Awaitable[None]], **portal: Any) -> None:
        async def run() -> None:
            async with running(vault, tmp_path, **portal) as scene:
                await story(scene, cardea)

        asyncio.run(run())

    return tell

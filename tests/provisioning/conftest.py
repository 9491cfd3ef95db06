"""A site without processes, and the simulator's app around it."""

import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from provisioning.simulator import view
from provisioning.simulator.app import make_app
from provisioning.simulator.events import Events
from provisioning.simulator.simulation import Simulation

with warnings.catch_warnings():
    # It asks for httpx2, which nothing else here needs; httpx serves it as well.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

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

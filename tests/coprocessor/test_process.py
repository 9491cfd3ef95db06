"""The real process with the real models: what it answers, refuses, and leaves behind."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import psutil
import pytest

from board.link.alerts import availability_topic
from board.link.messages import (
    TEMPLATE_LENGTH,
    AlertAcked,
    EnrolPicture,
    EnrolReading,
    FaceReading,
    ReadFace,
    Status,
    StopReading,
)
from coprocessor.drift import kept
from coprocessor.drift.drift import APPROACH_FRAMES, EDGES
from coprocessor.frame import Picture
from tests.broker import Broker, Ear, find_mosquitto
from tests.coprocessor.test_link import Appliance
from tests.coprocessor.test_mqtt import TERMINAL, TOPIC, alert
from tests.coprocessor.waiting import eventually

CONFIG = """
[terminal]
serial = "demo-1"
board = "simulated"
[camera]
{camera}
socket = "{socket}"
[link]
socket = "run/link.sock"
[bundle]
directory = "{bundle}"
public_key = "{key}"
[broker]
host = "{host}"
port = {port}
retry_s = 1
"""


class State:
    """A folder with a configuration, and a portrait beside it."""

    def __init__(self, folder: Path, bundle: Path, key: str, portrait: Picture) -> None:
        self.folder = folder
        self.bundle = bundle
        self._values: dict[str, object] = {
            "bundle": bundle,
            "key": key,
            "camera": 'file = "face.png"',
            "socket": "run/camera.sock",
            "host": "127.0.0.1",
            "port": 1,
        }
        self.portrait = cv2.imencode(".png", cv2.cvtColor(portrait, cv2.COLOR_RGB2BGR))[1].tobytes()
        (folder / "face.png").write_bytes(self.portrait)

    def command(self, **values: object) -> list[str]:
        path = self.folder / "coprocessor.toml"
        path.write_text(CONFIG.format(**self._values | values))
        return [sys.executable, "-m", "coprocessor", "--config", str(path)]

    def refusal(self, **values: object) -> str:
        """Return the one line the process says when it cannot start."""
        ended = subprocess.run(self.command(**values), capture_output=True, text=True, timeout=60)
        assert ended.returncode == 2
        assert ended.stdout == ""
        (line,) = ended.stderr.splitlines()
        return line

    @contextmanager
    def running(self, **values: object) -> Iterator[subprocess.Popen[bytes]]:
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(self.command(**values), stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def state(tmp_path: Path, bundle_directory: Path, public_key: str, astronaut: Picture) -> State:
    return State(tmp_path, bundle_directory.resolve(), public_key, astronaut)


def test_what_is_wrong_is_one_line_that_names_it(state: State, tmp_path: Path) -> None:
    assert "CAM7" in state.refusal(camera='name = "CAM7"')
    assert "camera.socket" in state.refusal(camera='name = "CAM0"', socket="x" * 120)
    assert "broker.port" in state.refusal(port=70_000)
    assert "manifest.sig" in state.refusal(key="11" * 32)
    assert "manifest.json" in state.refusal(bundle=tmp_path / "absent")


@pytest.mark.parametrize("file", ["detector.*", "embedder.*.tflite", "spoof.*.onnx"])
def test_a_corrupt_model_is_refused(state: State, tmp_path: Path, file: str) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(state.bundle, copy)
    (model,) = copy.glob(file)
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    assert model.name in state.refusal(bundle=copy)


@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")
def test_it_reads_enrols_publishes_and_leaves_nothing_behind(state: State) -> None:
    async def story(broker: Broker, ear: Ear) -> None:
        appliance = Appliance(state.folder / "run" / "link.sock")
        await appliance.start()
        before = {path for path in state.folder.rglob("*") if "broker" not in path.parts}
        with state.running(port=broker.port) as process:
            await eventually(
                lambda: any(
                    isinstance(one, Status) and one.camera_working and one.broker_connected
                    for one in appliance.heard
                )
            )
            await appliance.say(ReadFace(7, "front", 60_000))
            await eventually(
                lambda: any(
                    isinstance(one, FaceReading)
                    and (one.attempt, one.portal) == (7, "front")
                    and len(one.probe) == TEMPLATE_LENGTH
                    and one.frames >= 2 * APPROACH_FRAMES
                    for one in appliance.heard
                )
            )
            await appliance.say(StopReading(7))
            await appliance.say(EnrolPicture(1, state.portrait))
            await appliance.say(EnrolPicture(2, b"no picture"))
            await eventually(
                lambda: sum(isinstance(one, EnrolReading) for one in appliance.heard) == 2
            )
            made = [one for one in appliance.heard if isinstance(one, EnrolReading)]
            assert [(one.request, one.refusal, len(one.template)) for one in made] == [
                (1, "", TEMPLATE_LENGTH),
                (2, "not_a_picture", 0),
            ]
            await appliance.say(alert(1))
            await eventually(lambda: AlertAcked(1) in appliance.heard)
            assert_nothing_listens(process.pid)
            process.send_signal(signal.SIGTERM)
            await eventually(lambda: process.poll() is not None)
            assert process.returncode == 0
        appliance.stop()
        await eventually(lambda: len(ear.heard) >= 3)
        assert [(topic, payload) for topic, payload, _ in ear.heard] == [
            (availability_topic(TERMINAL), b"online"),
            (TOPIC, alert(1).body),
            (availability_topic(TERMINAL), b"stopped"),
        ]
        after = {path for path in state.folder.rglob("*") if "broker" not in path.parts}
        left = {path.name for path in after - before} - {"log", "coprocessor.toml"}
        assert left == {"drift.json"}
        counts = kept.parse((state.folder / "drift.json").read_bytes()).gauges
        assert [sum(counts[of].baseline) for of in EDGES] == [0, 1, 1, 1, 1]
        said = (state.folder / "log").read_text()
        assert "Traceback" not in said
        assert "attack score: not calibrated to this site" in said

    with Broker(state.folder / "broker") as broker, Ear(broker.port) as ear:
        asyncio.run(story(broker, ear))


def assert_nothing_listens(pid: int) -> None:
    """One connection out, to the broker; and no core file would ever be written."""
    connections = psutil.Process(pid).net_connections("inet")
    assert [one.status for one in connections] == ["ESTABLISHED"]
    limits = Path(f"/proc/{pid}/limits").read_text()
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_it_ends_within_seconds_when_nobody_is_there(state: State) -> None:
    with state.running(host="", port=0, camera='name = "CAM0"') as process:
        asyncio.run(eventually((state.folder / "run" / "camera.sock").exists))
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == 0

"""A real mosquitto on a free loopback port, stopped and killed at will, and an ear at it."""

import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PATHS = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


def find_mosquitto() -> str | None:
    """Return the broker's program, or None where none is installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=PATHS)


def free_port() -> int:
    """Return a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """One broker with one folder and one port for its whole life, however often it dies.

    Sessions and retained messages survive stop(); kill() loses what was not yet on the disk, which
    is next to nothing: every change is written at once.
    settings: further lines of mosquitto.conf, TLS for instance.
    """

    def __init__(self, folder: Path, settings: str = "allow_anonymous true") -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\n"
            f"persistence true\npersistence_location {folder}/\n"
            "autosave_interval 1\nautosave_on_changes true\n"
            "max_queued_messages 0\n"
            f"user root\n{settings}\n"
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it; returns when it accepts connections."""
        program = find_mosquitto()
        if program is None:
            raise FileNotFoundError("mosquitto: not installed; apt install mosquitto")
        with (self.folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log
            )
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        self.kill()
        raise TimeoutError(f"mosquitto does not listen; see {self.folder}/mosquitto.log")

    def stop(self) -> None:
        """Stop it in good order; it saves what it holds."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def kill(self) -> None:
        """SIGKILL: it saves nothing more and closes nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


class Ear:
    """A subscriber to everything, whose session outlives the broker's restarts.

    heard: (topic, payload, retained) in order of arrival. What the broker itself delivers to us
    again (DUP on this leg, never carried over from the publisher's) is counted in `redelivered`.
    """

    def __init__(self, port: int, name: str = "ear") -> None:
        self.heard: list[tuple[str, bytes, bool]] = []
        self.redelivered = 0
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTv5)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = 3_600
        self._client.connect("127.0.0.1", port, clean_start=False, properties=session)
        self._client.loop_start()

    def __enter__(self) -> Self:
        if not self._subscribed.wait(10):
            raise TimeoutError("the broker does not confirm the subscription")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def on(self, topic: str) -> list[bytes]:
        """Return what has arrived on a topic."""
        return [payload for where, payload, _ in list(self.heard) if where == topic]

    def take(self, topic: str, payload: bytes, retained: bool) -> None:
        """A message has come; called in the client's thread."""
        self.heard.append((topic, payload, retained))

    def _on_connect(self, client: Client, *_: Any) -> None:
        client.subscribe("#", 1)

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        what = (message.topic, bytes(message.payload), message.retain)
        if message.dup and what in self.heard:
            self.redelivered += 1
        else:
            self.take(*what)

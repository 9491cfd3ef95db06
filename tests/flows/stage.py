"""A whole terminal to tell stories on: real processes, a real broker, and the API of the page."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from coprocessor.track import LOST_MS
from provisioning import site_new
from provisioning.simulator import samples
from tests.flows import canaries

ROOT = Path(__file__).parents[2]
BUNDLE = Path(os.environ.get("CARDEA_BUNDLE", ROOT / ".models" / "bundle"))
CARD = {"portal": "front", "facility": samples.FACILITY, "number": samples.NUMBER}
CARD["format"] = samples.FORMAT
T = TypeVar("T")


def eventually(what: str, question: Callable[[], T], patience_s: float = 15.0) -> T:
    """Return the first true answer; fail with `what` when there is none in time."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.03)
    raise AssertionError(f"waited {patience_s} s in vain for: {what}")


class Stage:
    """One simulated terminal on a free port. Everything is done and seen from outside."""

    def __init__(
        self,
        state: Path,
        *,
        board: str = "simulated",
        infrared: bool = False,
        bundle: Path = BUNDLE,
        **site: str,
    ) -> None:
        self.state = state
        site_new.make(state, board, bundle, serial="flow-door", infrared=infrared)
        path = state / "site.toml"
        text = path.read_text()
        for key, value in site.items():
            text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
        path.write_text(text)
        self.crossed: list[tuple[str, bytes]] = []
        self._start()

    def _start(self, prefix: tuple[str, ...] = ()) -> None:
        command = [*prefix, sys.executable, "-m", "provisioning", "simulate", "--no-open"]
        self._process = subprocess.Popen(
            [*command, "--state", str(self.state), "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            self._open()
        except BaseException:
            self._stop()  # or it would start its processes again for ever, beside the next test
            raise

    def _open(self) -> None:
        first = self.said()
        found = re.search(r"http://[\d.:]+", first)
        assert found, f"the simulator said {first!r}"
        self.url = found.group()
        self.http = httpx.Client(base_url=self.url, timeout=20)
        eventually("a face-ready terminal", self.ready, 60)
        self._listen()

    def _listen(self) -> None:
        """Subscribe as any building system would, past the cable: what the broker hands out."""
        self._ear = Client(CallbackAPIVersion.VERSION2)
        self._ear.on_message = self._hear
        self._ear.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._ear.connect("127.0.0.1", self.read("state")["broker"]["port"])
        self._ear.loop_start()

    def _hear(self, _client: object, _data: object, message: MQTTMessage) -> None:
        self.crossed.append((message.topic, message.payload))

    def ready(self) -> bool:
        return self.face_ready() and bool(self.read("state")["broker"]["connected"])

    def face_ready(self) -> bool:
        try:
            state = self.read("state")
        except (httpx.HTTPError, ValueError):
            return False
        linked = state["coprocessor"]["linked"] and state["coprocessor"]["camera_working"]
        return bool(linked and state["sample"]["enrolled"])

    def said(self) -> str:
        """The next line the simulator prints."""
        assert self._process.stdout
        return self._process.stdout.readline()

    def _hang_up(self) -> None:
        self._ear.loop_stop()
        self._ear.disconnect()

    def close(self) -> None:
        self._hang_up()
        self._stop()
        self.http.close()
        canaries.assert_none(self.state)

    def _stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(20)
        assert self._process.stdout
        self._process.stdout.close()

    def read(self, what: str, **query: Any) -> Any:
        return self.http.get(f"/api/{what}", params=query).raise_for_status().json()

    def do(self, what: str, **body: Any) -> Any:
        return self.http.post(f"/api/{what}", json=body).raise_for_status().json()

    def show(self, sample: str, scene: str, seconds: float = 5) -> None:
        self.http.post(
            "/api/camera",
            params={"seconds": seconds, "scene": scene},
            content=samples.pictures()[sample],
            headers={"content-type": "image/png" if sample == "holder" else "image/jpeg"},
        ).raise_for_status()

    def nobody(self) -> None:
        """Whoever is before the camera goes; the next one is somebody else to the co-processor."""
        self.http.delete("/api/camera").raise_for_status()
        time.sleep(2 * LOST_MS / 1000)

    def tap(self) -> None:
        self.do("card", **CARD)

    def assert_input(self, name: str, asserted: bool) -> None:
        self.do("input", name=name, asserted=asserted)

    def power(self, name: str, on: bool) -> None:
        self.do("power", name=name, on=on)

    @property
    def portal(self) -> dict[str, Any]:
        portal: dict[str, Any] = self.read("state")["portals"]["front"]
        return portal

    @property
    def released(self) -> bool:
        return bool(self.portal["strike_released"])

    def head(self) -> int:
        return int(self.read("state")["journal"]["entries"])

    def entries(self, after: int) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.read("journal", after=after)["entries"]
        return [entry for entry in entries if entry["sequence"] > after]

    def entry(self, after: int, kind: str, patience_s: float = 15.0) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            return next((e for e in self.entries(after) if e["kind"] == kind), None)

        return eventually(f"a journal entry {kind!r}", look, patience_s)

    def alerts(self) -> list[dict[str, Any]]:
        """What any subscriber got, in the order it came."""
        return [json.loads(body) for topic, body in self.crossed if topic.endswith("/alert")]

    def alert(self, after: int, kind: str, state: str, patience_s: float = 15.0) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = (a for a in self.alerts() if (a["kind"], a["state"]) == (kind, state))
            return next((a for a in found if a["sequence"] > after), None)

        return eventually(f"an alert {kind!r} {state}", look, patience_s)

    def last_alert(self) -> int:
        return max((alert["sequence"] for alert in self.alerts()), default=0)

    def process(self, module: str) -> psutil.Process:
        """The running process `python -m MODULE` of this stage."""
        mine = psutil.Process(self._process.pid).children(recursive=True)
        return next(p for p in mine if module in p.cmdline())

    def broker_process(self) -> psutil.Process:
        """The private mosquitto of this stage."""
        mine = psutil.Process(self._process.pid).children(recursive=True)
        return next(p for p in mine if "mosquitto" in p.name())

    def strike_over(self, seconds: float) -> Iterator[bool]:
        """Sample the metal for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            yield self.released
            time.sleep(0.02)

    def calm(self) -> None:
        """Between two stories: nobody there, all cables in, the door shut, the display idle."""
        self.http.delete("/api/camera")
        for name in ("rex", "tamper", "fire", "contact"):
            self.assert_input(name, False)
        for name in ("network", "coprocessor"):
            self.power(name, True)
        if self.portal["mode"] != "normal":
            self.do("mode", portal="front", mode="normal")
        eventually("a terminal at rest", self.ready, 30)
        eventually("a secured door", lambda: self.portal["lock"] == "secured", 20)
        eventually("an idle display", lambda: self.portal["feedback"]["text"] == "Show your card")
        eventually("an empty outbox", lambda: self.read("state")["broker"]["waiting"] == 0)

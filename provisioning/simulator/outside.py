"""The building system at the network's other end: every message just as the broker has it."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from provisioning.simulator.broker import HOST

KEPT: Final = 5_000
EVERYTHING: Final = "#"
"""Not only alerts: whoever inspects what left the terminal must see all of it."""


class Published(msgspec.Struct, frozen=True):
    """One message. number: 1, 2, 3 in order of arrival; payload: its JSON, or its text."""

    number: int
    arrived_ms: int
    topic: str
    retained: bool
    payload: Any


class Outside:
    """Subscribes to everything, straight at the broker: the network cable is not in its way."""

    def __init__(self, port: int, heard: Callable[[Published], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._heard = heard
        self._messages: deque[Published] = deque(maxlen=KEPT)
        self._count = 0
        self.subscribed = asyncio.Event()
        """From here on nothing that is published is missed."""
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="outside", protocol=MQTTv5)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._client.reconnect_delay_set(1, 2)
        self._client.connect_async(HOST, port, keepalive=30)
        self._client.loop_start()

    def since(self, number: int) -> list[Published]:
        """Messages after this number, oldest first; the newest 5,000 are kept."""
        return [message for message in self._messages if message.number > number]

    def close(self) -> None:
        """Hang up and end paho's thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not reason.is_failure:
            client.subscribe(EVERYTHING, qos=1)

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        _reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.subscribed.set)

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        """In paho's thread: hand it over, look at it in ours."""
        at_ms = time.time_ns() // 1_000_000
        said = (at_ms, message.topic, bool(message.retain), bytes(message.payload))
        with contextlib.suppress(RuntimeError):  # the loop has closed: so has the page
            self._loop.call_soon_threadsafe(self._take, *said)

    def _take(self, at_ms: int, topic: str, retained: bool, payload: bytes) -> None:
        try:
            content = msgspec.json.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            content = payload.decode(errors="replace")
        self._count += 1
        message = Published(self._count, at_ms, topic, retained, content)
        self._messages.append(message)
        self._heard(message)

"""One lasting connection to the broker, in its own thread: each message is acknowledged."""

import asyncio
import contextlib
import logging
import secrets
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from board.link.alerts import availability_topic
from coprocessor.config import Broker
from coprocessor.mqtt_client import make_client

SHORTEST_PAUSE_S: Final = 0.3
ANSWER_S: Final = 10.0
"""A broker that owes a CONNACK or PUBACK longer than this is hung up on."""
FAREWELL_S: Final = 1.0

log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who is told, in the event loop's thread."""

    def up(self) -> None:
        """The broker has accepted us and answers."""

    def down(self) -> None:
        """It has gone; what it owed an answer for is sent again when it is back."""

    def answered(self, token: int, refusal: str) -> None:
        """PUBACK for the message sent with `token`; `refusal` is empty when it was accepted."""


class Connection:
    """Messages go out, one acknowledgement each comes back; nothing else is ever let in.

    The thread owns paho's client. What is unanswered when a connection drops stays paho's: it goes
    out again, same packet id, DUP set, in the resumed session. So hand each message in only once.
    """

    def __init__(self, broker: Broker, terminal: str, listener: Listener) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._longest_pause_s = broker.retry_s
        self._availability = availability_topic(terminal)
        self._client = make_client(broker, terminal)
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        self._orders: deque[tuple[int, str, bytes]] = deque()
        self._owed: dict[int, int | None] = {}
        self._greeting = 0
        self._up = False
        self._heard = 0.0
        self._stopping = threading.Event()
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._thread = threading.Thread(target=self._work, name="mqtt", daemon=True)

    def start(self) -> None:
        """Connect, and reconnect, until stopped."""
        self._thread.start()

    async def stop(self) -> None:
        """Say `stopped`, if there is anyone to say it to, and hang up."""
        self._stopping.set()
        self._wake()
        await asyncio.to_thread(self._thread.join, 2 * FAREWELL_S)
        self._waker.close()

    def send(self, token: int, topic: str, body: bytes) -> None:
        """Publish with QoS 1, now or once connected; `answered(token, ...)` follows."""
        self._orders.append((token, topic, body))
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it will wake anyway; closed: it has ended
            self._waker.send(b"!")

    # All below runs in the thread.

    def _work(self) -> None:
        pause_s = SHORTEST_PAUSE_S
        while not self._stopping.is_set():
            if self._one_connection():
                pause_s = SHORTEST_PAUSE_S
            # Jitter, so that a building's terminals do not all return in the same instant.
            jitter = 0.5 + secrets.randbelow(1_000) / 1_000
            self._stopping.wait(pause_s * jitter)
            pause_s = min(pause_s * 2, self._longest_pause_s)
        self._woken.close()

    def _one_connection(self) -> bool:
        """Return whether the broker was ever up in it."""
        self._heard = time.monotonic()
        try:
            self._client.reconnect()
            self._serve()
        except Exception as fault:  # noqa: BLE001 - whatever a broker makes paho raise ends this
            # connection, never the thread: alerts must be able to go out later.
            log.info("broker: connection failed (%s)", type(fault).__name__)
        was_up, self._up = self._up, False
        connection = self._client.socket()
        if connection is not None:
            connection.close()
        if was_up:
            self._tell(self._listener.down)
        return was_up

    def _serve(self) -> None:
        while self._turn():
            if self._stopping.is_set():
                self._say_farewell()
                return
            if (self._owed or not self._up) and time.monotonic() - self._heard > ANSWER_S:
                raise TimeoutError

    def _turn(self) -> bool:
        """Wait for the socket, an order or a second; do what there is to do; False: hung up."""
        connection = self._client.socket()
        if connection is None:
            return False
        hidden = connection.pending() if isinstance(connection, ssl.SSLSocket) else 0
        writing = [connection] if self._client.want_write() else []
        readable, _, _ = select.select(
            [connection, self._woken], writing, [], 0.0 if hidden else 1.0
        )
        if self._woken in readable:
            self._woken.recv(4_096)
        if connection in readable or hidden:
            self._client.loop_read()
        while self._up and self._orders:
            self._publish(*self._orders.popleft())
        if self._client.want_write():
            self._client.loop_write()
        self._client.loop_misc()
        return True

    def _publish(self, token: int | None, topic: str, body: bytes, retain: bool = False) -> int:
        if not self._owed:
            self._heard = time.monotonic()
        mid = self._client.publish(topic, body, qos=1, retain=retain).mid
        self._owed[mid] = token
        return mid

    def _say_farewell(self) -> None:
        if self._up:
            self._publish(None, self._availability, b"stopped", retain=True)
        until = time.monotonic() + FAREWELL_S
        while self._owed and time.monotonic() < until and self._turn():
            pass
        self._client.disconnect()

    def _on_connect(
        self,
        _client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.warning("broker: refuses us (%s)", reason)
            return
        self._heard = time.monotonic()
        self._greeting = self._publish(None, self._availability, b"online", retain=True)

    def _on_publish(
        self,
        _client: Client,
        _userdata: object,
        mid: int,
        reason: ReasonCode,
        _properties: Properties,
    ) -> None:
        self._heard = time.monotonic()
        token = self._owed.pop(mid, None)
        if mid == self._greeting and not self._up:
            self._up = True
            self._tell(self._listener.up)
        if token is not None:
            refusal = str(reason) if reason.is_failure else ""
            self._tell(self._listener.answered, token, refusal)

    def _tell(self, hear: Callable[..., None], *facts: object) -> None:
        self._loop.call_soon_threadsafe(hear, *facts)

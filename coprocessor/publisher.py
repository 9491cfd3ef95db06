"""The line of alerts before the broker: one at a time, in order, acknowledged when PUBACKed."""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from board.link import alerts
from board.link.messages import AlertOut
from coprocessor.config import Broker
from coprocessor.mqtt import Connection

LARGEST_LINE: Final = 10_000
REMEMBERED: Final = 4_096
SHORTEST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0

log = logging.getLogger(__name__)


class Publisher:
    """Publishes what the appliance hands over, and tells it of each PUBACK.

    The appliance hands an alert over again after a link loss. One that waits or is in flight is not
    taken twice; one that was acknowledged is acknowledged again and not published. One in flight at
    a time: a subscriber sees them in order even across a lost connection, and that connection can
    make at most one arrive twice (QoS 1: its PUBACK was lost; `sequence` tells).

    acked: called with the sequence of each alert the broker has. changed: called when the broker
    has come or gone, see `connected`.
    """

    def __init__(
        self,
        broker: Broker,
        terminal: str,
        acked: Callable[[int], None],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._terminal = terminal
        self._acked = acked
        self._changed = changed
        self._line: OrderedDict[int, AlertOut] = OrderedDict()
        self._in_flight: AlertOut | None = None
        self._token = 0
        self._done: OrderedDict[int, bytes] = OrderedDict()
        self._pause_s = SHORTEST_PAUSE_S
        self._pausing: asyncio.TimerHandle | None = None
        self._connection = Connection(broker, terminal, self)
        self.connected = False
        self.refused = 0
        """How many hand-overs were no alerts of this terminal, or did not fit into the line."""

    def start(self) -> None:
        """Connect, and reconnect, until stopped."""
        self._connection.start()

    async def stop(self) -> None:
        """Tell the broker `stopped`; what still waits stays in the appliance's outbox."""
        if self._pausing is not None:
            self._pausing.cancel()
        await self._connection.stop()

    def publish(self, alert: AlertOut) -> None:
        """Take an alert; `acked(sequence)` follows when the broker has it, however late."""
        if self._done.get(alert.sequence) == digest(alert):
            self._acked(alert.sequence)
        elif alert == self._in_flight:
            pass
        elif not self._is_ours(alert) or len(self._line) >= LARGEST_LINE:
            self.refused += 1
        else:
            self._line[alert.sequence] = alert
            self._next()

    def up(self) -> None:
        """See mqtt.Listener."""
        log.info("broker: connected, %d alerts waiting", len(self._line))
        self.connected = True
        self._changed()
        self._next()

    def down(self) -> None:
        """See mqtt.Listener."""
        log.info("broker: lost")
        self.connected = False
        self._changed()

    def answered(self, token: int, refusal: str) -> None:
        """See mqtt.Listener."""
        alert = self._in_flight
        if alert is None or token != self._token:
            return
        self._in_flight = None
        if refusal:
            self._again_later(alert, refusal)
            return
        self._pause_s = SHORTEST_PAUSE_S
        self._done[alert.sequence] = digest(alert)
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
        # A vault made anew counts from 1 again: its alert must not be acknowledged by another's.
        if alert.sequence not in self._line:
            self._acked(alert.sequence)
        self._next()

    def _next(self) -> None:
        if not self.connected or self._in_flight or self._pausing or not self._line:
            return
        _, self._in_flight = self._line.popitem(last=False)
        self._token += 1
        self._connection.send(self._token, self._in_flight.topic, self._in_flight.body)

    def _again_later(self, alert: AlertOut, refusal: str) -> None:
        """Refused for now (no right, quota): keep it first in line, whatever waits behind it."""
        log.warning("broker: refuses alert %d (%s)", alert.sequence, refusal)
        if alert.sequence not in self._line:
            self._line[alert.sequence] = alert
            self._line.move_to_end(alert.sequence, last=False)
        self._pausing = asyncio.get_running_loop().call_later(self._pause_s, self._resume)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _resume(self) -> None:
        self._pausing = None
        self._next()

    def _is_ours(self, alert: AlertOut) -> bool:
        """The last gate before the network: nothing but a listed alert, byte for byte, passes."""
        try:
            content = msgspec.json.decode(alert.body, type=alerts.Alert)
        except (msgspec.DecodeError, RecursionError):
            log.error("alert %d is not one of the list; not published", alert.sequence)
            return False
        fits = (
            alerts.encode(content) == alert.body
            and content.terminal == self._terminal
            and content.sequence == alert.sequence
            and alert.topic == alerts.topic(content.terminal, content.portal)
            and not set(alert.topic) & set("+#\0")
        )
        if not fits:
            log.error("alert %d is not of %s; not published", alert.sequence, self._terminal)
        return fits


def digest(alert: AlertOut) -> bytes:
    """Tell two alerts of the same sequence number apart."""
    return hashlib.sha256(alert.topic.encode() + b"\0" + alert.body).digest()

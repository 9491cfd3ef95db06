"""The way of an alert from the vault to the link, and out of the vault when it has arrived."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from appliance.clerk import Clerk
from appliance.link import Link
from appliance.outbox import Outbox
from appliance.vault.faults import VaultFault
from appliance.vault.outbox import Queued, Waiting
from appliance.vault.store import Store
from board.link.messages import AlertOut, Status

IDLE_S: Final = 1.0
RETRY_S: Final = 1.0

log = logging.getLogger(__name__)

Happened = Callable[[Outbox], object]


class Post:
    """Feeds the Outbox with what happens, in the vault's thread, and sends what it gives."""

    def __init__(self, clerk: Clerk, link: Link, outbox: Outbox) -> None:
        self._clerk = clerk
        self._link = link
        self._outbox = outbox
        self._happened: asyncio.Queue[Happened] = asyncio.Queue()
        self._next: Queued | None = None
        self._sent = 0
        self._connected = False
        self.waiting = 0
        """Alerts that no broker has acknowledged yet."""

    def nudge(self) -> None:
        """Something may have been queued."""
        self._happened.put_nowait(lambda _outbox: None)

    def status(self, status: Status) -> None:
        """Only a connected broker is worth a try."""
        if status.broker_connected != self._connected:
            self._connected = status.broker_connected
            self._happened.put_nowait(Outbox.ready if self._connected else Outbox.lost)

    def lost(self) -> None:
        """The link is gone, and what was on it."""
        self._connected = False
        self._happened.put_nowait(Outbox.lost)

    def acked(self, sequence: int) -> None:
        """The broker has it. What was not sent, or confirmed before, is no news."""
        if sequence == self._sent:
            self._sent = 0
            self._happened.put_nowait(lambda outbox: outbox.acked(sequence))

    async def run(self, changed: Callable[[], None], beat: Callable[[], None]) -> None:
        """Move alerts for ever; a vault that fails is asked again later, and nothing is dropped.

        beat: called at least every PATIENCE_S of the clerk, which outlasts a failing vault.
        """
        self.nudge()
        while True:
            beat()
            try:
                async with asyncio.timeout(IDLE_S):
                    happened = await self._happened.get()
            except TimeoutError:
                continue
            try:
                await self._turn(happened)
            except VaultFault as fault:
                log.error("outbox: %s", fault)
                beat()
                await asyncio.sleep(RETRY_S)
                self._happened.put_nowait(happened)
            changed()

    async def _turn(self, happened: Happened) -> None:
        """Ask the vault what is next. An answer that came too late is kept for the next turn."""

        def turn(store: Store) -> None:
            happened(self._outbox)
            self._next = self._outbox.next() or self._next
            self.waiting = Waiting(store).count()

        await self._clerk.ask(turn)
        alert, self._next = self._next, None
        if alert:
            self._sent = alert.sequence
            self._link.send_alert(AlertOut(alert.sequence, alert.topic, alert.body))

"""Once an hour the journal is signed up to here, in a vault that leaves its copies behind."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from appliance.admin import LARGEST_SEQUENCE, Handler
from appliance.clerk import Clerk
from appliance.vault import checkpoints
from appliance.vault.faults import VaultFault
from appliance.vault.store import Store
from appliance.wallclock import Milliseconds, monotonic_ms, system_ms
from board.link import admin, alerts, answers

EVERY_MS: Final = 3_600_000
LOOK_S: Final = 1.0
PIECE: Final = 500

log = logging.getLogger(__name__)


class Anchoring:
    """The vault's number also goes one on at the start, and with each change of who may pass.

    terminal: its serial, which is signed. elapsed_ms: monotonic.
    """

    def __init__(
        self, clerk: Clerk, terminal: str, elapsed_ms: Milliseconds = monotonic_ms
    ) -> None:
        self._clerk = clerk
        self._terminal = terminal
        self._elapsed_ms = elapsed_ms
        self._next_ms = elapsed_ms() + EVERY_MS

    async def run(self, beat: Callable[[], None]) -> None:
        """Serve for ever."""
        while True:
            beat()
            if self._elapsed_ms() >= self._next_ms:
                self._next_ms = self._elapsed_ms() + EVERY_MS
                await self._step()
            await asyncio.sleep(LOOK_S)

    async def _step(self) -> None:
        try:
            await self._clerk.ask(self._pin)
        except VaultFault as fault:
            log.error("the vault's number stays what it was: %s", fault)

    def _pin(self, store: Store) -> None:
        with store.transaction():
            checkpoints.sign(store, self._terminal, system_ms())
            store.anchor.step()
        store.anchor.advance()

    async def checkpoints(self, request: admin.Checkpoints, _uid: int) -> answers.Answer:
        """Some of them. Raises VaultFault."""

        def read(store: Store) -> answers.CheckpointsAnswer:
            if not request.after:
                checkpoints.sign(store, self._terminal, system_ms())
            found = checkpoints.read(store, min(request.after, LARGEST_SEQUENCE), PIECE)
            return answers.CheckpointsAnswer(
                checkpoints.public_key(store).hex(), tuple(map(_told, found))
            )

        return await self._clerk.ask(read)

    def handlers(self) -> dict[type[admin.Request], Handler]:
        """What the admin socket asks of this room."""
        return {admin.Checkpoints: self.checkpoints}


def _told(signed: checkpoints.Checkpoint) -> answers.Checkpoint:
    return answers.Checkpoint(
        signed.entries,
        signed.head.hex(),
        alerts.utc(signed.at_ms),
        signed.terminal,
        signed.signature.hex(),
    )

"""Once an hour the vault's number goes one on: a copy of it is soon an older one."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from appliance.clerk import Clerk
from appliance.vault.faults import VaultFault
from appliance.vault.store import Store
from appliance.wallclock import Milliseconds, monotonic_ms

EVERY_MS: Final = 3_600_000
LOOK_S: Final = 1.0

log = logging.getLogger(__name__)


class Anchoring:
    """The start and every change of who may pass go one on by themselves. elapsed_ms: monotonic."""

    def __init__(self, clerk: Clerk, elapsed_ms: Milliseconds = monotonic_ms) -> None:
        self._clerk = clerk
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
            await self._clerk.ask(_one_on)
        except VaultFault as fault:
            log.error("the vault's number stays what it was: %s", fault)


def _one_on(store: Store) -> None:
    store.anchor.step()
    store.anchor.advance()

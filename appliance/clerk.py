"""The vault's one thread: questions and records in order; a fault is an answer, never a hang."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from appliance.config import TERMINAL
from appliance.vault.faults import StorageFault
from appliance.vault.journal import Journal, Value
from appliance.vault.store import Store
from board.link import alerts

T = TypeVar("T")
PATIENCE_S: Final = 2.0
"""Longer than any healthy answer by far; after it the attempt is refused with reason `fault`."""

BACKLOG: Final = 10_000
"""Records kept while the vault stalls; a door must not run out of memory over its journal."""

log = logging.getLogger(__name__)


class Clerk:
    """Everything the event loop wants of the vault goes through here.

    REX never does: the portal releases first and records afterwards.
    on_recorded: called in the event loop after each entry; on_fault: when the vault failed one.
    """

    def __init__(self, store: Store, journal: Journal, terminal: str, boot: str) -> None:
        self._store = store
        self._journal = journal
        self._terminal = terminal
        self._boot = boot
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vault")
        self._waiting = 0
        self.entries, head = store.journal_head()
        self.head = head.hex()
        self.healthy = True
        self.on_recorded: Callable[[], None] = lambda: None

    async def ask(self, question: Callable[[Store], T]) -> T:
        """Return the vault's answer; raise StorageFault when it has none within PATIENCE_S."""
        return await self._in_thread(lambda: question(self._store))

    async def record(
        self,
        kind: str,
        portal: str,
        body: Mapping[str, Value],
        *,
        attempt: int = 0,
        alert: alerts.Event | None = None,
    ) -> None:
        """Return once entry and alert are on disk, both or neither; raise VaultFault otherwise."""
        at_ms = time.time_ns() // 1_000_000
        finished = self._finisher(alert, at_ms) if alert else None

        def write() -> tuple[int, str]:
            entry = self._journal.append(
                at_ms, kind, portal=portal, attempt=attempt, body=body, alert=finished
            )
            return entry.seq, entry.hash.hex()

        if self._waiting >= BACKLOG:
            raise StorageFault("journal: 10,000 records wait for the disk; this one is lost")
        self.entries, self.head = await self._in_thread(write)
        self.on_recorded()

    async def change(
        self,
        change: Callable[[Store], T],
        kind: str,
        body: Callable[[T], Mapping[str, Value]],
    ) -> T:
        """Change the vault and journal it, both or neither; return what `change` made."""
        at_ms = time.time_ns() // 1_000_000

        def write(store: Store) -> tuple[T, int, str]:
            with store.transaction():
                made = change(store)
                entry = self._journal.append(at_ms, kind, portal=TERMINAL, body=body(made))
            return made, entry.seq, entry.hash.hex()

        made, self.entries, self.head = await self.ask(write)
        self.on_recorded()
        return made

    def note(
        self,
        kind: str,
        portal: str,
        body: Mapping[str, Value],
        *,
        attempt: int = 0,
        alert: alerts.Event | None = None,
    ) -> None:
        """Record without waiting: the door does not, and the order is kept all the same."""
        task = asyncio.get_running_loop().create_task(
            self.record(kind, portal, body, attempt=attempt, alert=alert)
        )
        task.add_done_callback(_say_fault)

    def close(self) -> None:
        """Finish what was asked, then close the vault."""
        self._thread.submit(self._store.close)
        self._thread.shutdown(wait=True)

    def _finisher(self, event: alerts.Event, at_ms: int) -> Callable[[int], tuple[str, bytes]]:

        def finish(sequence: int) -> tuple[str, bytes]:
            alert = alerts.Alert(
                schema=alerts.SCHEMA,
                terminal=self._terminal,
                portal=event.portal,
                sequence=sequence,
                time=alerts.utc(at_ms),
                boot=self._boot,
                kind=event.kind,
                severity=alerts.LIST[event.kind].severity,
                state=event.state,
                reason=event.reason,
            )
            return alerts.topic(self._terminal, event.portal), alerts.encode(alert)

        return finish

    async def _in_thread(self, work: Callable[[], T]) -> T:
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        future.add_done_callback(self._done)
        try:
            answer = await asyncio.wait_for(asyncio.shield(future), PATIENCE_S)
        except TimeoutError as fault:
            self.healthy = False
            raise StorageFault("the vault does not answer; is its disk failing?") from fault
        except StorageFault:
            self.healthy = False
            raise
        if not self.healthy:
            self.healthy = True
            self.note("vault_fault", "", {}, alert=alerts.raised("vault_fault", TERMINAL))
        return answer

    def _done(self, future: asyncio.Future[T]) -> None:
        self._waiting -= 1
        if not future.cancelled():
            future.exception()  # seen: whoever waited has it, and who gave up does not want it


def _say_fault(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        log.error("journal: %s", task.exception())

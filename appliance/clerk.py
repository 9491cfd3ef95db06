"""The vault's one thread: questions and records in order; a fault is an answer, never a hang."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from appliance.sections import TERMINAL
from appliance.vault import entries
from appliance.vault.faults import StorageFault
from appliance.vault.journal import Appended, Journal, Value
from appliance.vault.store import Store
from board.link import alerts

T = TypeVar("T")
PATIENCE_S: Final = 2.0
"""Longer than any healthy answer by far; after it the attempt is refused with reason `fault`."""

INSISTENCE_S: Final = 10.0
RETRY_S: Final = 0.2
"""How long, and how often, the record of what has happened anyway is tried on a failing disk."""

BACKLOG: Final = 10_000
"""Records kept while the vault stalls; a door must not run out of memory over its journal."""

log = logging.getLogger(__name__)


class Clerk:
    """Everything the event loop wants of the vault goes through here.

    REX never does: the portal releases first and records afterwards.
    on_recorded: called in the event loop after each entry. pins: for a thread of the pool.
    formats: of cards.
    """

    def __init__(self, store: Store, journal: Journal, terminal: str, boot: str) -> None:
        self._store = store
        self._journal = journal
        self._terminal = terminal
        self._boot = boot
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vault")
        self._closing = threading.Event()
        self._sick_since_s = 0.0
        self._waiting = 0
        self.entries, head = entries.head(store)
        self.head = head.hex()
        self.healthy = True
        self.pins = store.pins
        self.formats = store.formats
        self.on_recorded: Callable[[], None] = lambda: None

    async def ask(self, question: Callable[[Store], T], patience_s: float = PATIENCE_S) -> T:
        """Return the vault's answer; raise StorageFault when it has none within the time."""
        return await self._in_thread(lambda: question(self._store), patience_s)

    async def record(
        self,
        kind: str,
        portal: str,
        body: Mapping[str, Value],
        *,
        provided: Callable[[Store], bool] = lambda _: True,
        attempt: int = 0,
        alert: alerts.Event | None = None,
    ) -> bool:
        """Return once entry and alert are on disk, both or neither; raise VaultFault otherwise.

        provided: asked in the same transaction; where it says no, nothing is written, and False.
        """
        write = self._entry(kind, portal, body, attempt, alert)

        def write_if() -> Appended | None:
            with self._store.transaction():
                return write() if provided(self._store) else None

        appended = await self._in_thread(write_if, PATIENCE_S)
        if appended is not None:
            self._recorded(appended)
        return appended is not None

    async def change(
        self,
        change: Callable[[Store], T],
        kind: str,
        body: Callable[[T], Mapping[str, Value]],
        patience_s: float = PATIENCE_S,
    ) -> T:
        """Change the vault and journal it, both or neither; return what `change` made.

        An older copy of the vault, where this was not changed, is refused from then on.
        """
        at_ms = time.time_ns() // 1_000_000

        def write(store: Store) -> tuple[T, Appended]:
            with store.transaction():
                store.anchor.step()
                made = change(store)
                appended = self._journal.append(at_ms, kind, portal=TERMINAL, body=body(made))
            store.anchor.follow()
            return made, appended

        made, appended = await self.ask(write, patience_s)
        self._recorded(appended)
        return made

    def note(
        self,
        kind: str,
        portal: str,
        body: Mapping[str, Value],
        *,
        attempt: int = 0,
        alert: alerts.Event | None = None,
        beside: Callable[[Store], None] = lambda _: None,
    ) -> None:
        """Record without waiting. The order is kept, and a busy disk outlasted.

        beside: what is changed in the same transaction.
        """
        if self._waiting >= BACKLOG:
            log.error("journal: %d records wait for the disk; %s is lost", BACKLOG, kind)
            return
        entry = self._entry(kind, portal, body, attempt, alert)

        def write() -> Appended:
            with self._store.transaction():
                beside(self._store)
                return entry()

        task = asyncio.get_running_loop().create_task(self._note(lambda: self._insist(write)))
        task.add_done_callback(_say_fault)

    async def _note(self, write: Callable[[], Appended]) -> None:
        self._recorded(await self._in_thread(write, None))

    def _insist(self, write: Callable[[], Appended]) -> Appended:
        """Write, in the vault's thread, as soon as the disk lets us; give up when it never does."""
        while True:
            try:
                appended = write()
            except StorageFault:
                now_s = time.monotonic()
                self._sick_since_s = self._sick_since_s or now_s
                hopeless = now_s - self._sick_since_s > INSISTENCE_S
                if hopeless or self._closing.wait(RETRY_S):
                    raise
            else:
                self._sick_since_s = 0.0
                return appended

    def _entry(
        self,
        kind: str,
        portal: str,
        body: Mapping[str, Value],
        attempt: int,
        alert: alerts.Event | None,
    ) -> Callable[[], Appended]:
        """What writes this entry, with the time of now, whenever the vault gets to it."""
        at_ms = time.time_ns() // 1_000_000
        finished = self._finisher(alert, at_ms) if alert else None
        return lambda: self._journal.append(
            at_ms, kind, portal=portal, attempt=attempt, body=body, alert=finished
        )

    def _recorded(self, appended: Appended) -> None:
        self.entries, self.head = appended.seq, appended.hash.hex()
        self.on_recorded()

    def close(self) -> None:
        """Finish what was asked, then close the vault."""
        self._closing.set()
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
                psi_e3=event.psi_e3,
            )
            return alerts.topic(self._terminal, event.portal), alerts.encode(alert)

        return finish

    async def _in_thread(self, work: Callable[[], T], patience_s: float | None) -> T:
        """Work whose time is up before it began is never begun: a refused grant is not recorded."""
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        future.add_done_callback(self._done)
        try:
            # Not wait_for: in Python 3.11 it loses a cancellation that comes with the answer.
            async with asyncio.timeout(patience_s):
                answer = await future
        except TimeoutError as fault:
            self.healthy = False
            raise StorageFault("the vault does not answer; is its disk failing?") from fault
        except StorageFault:
            self.healthy = False
            raise
        if not self.healthy:
            self.healthy = True
            self.note("vault_fault", TERMINAL, {}, alert=alerts.raised("vault_fault", TERMINAL))
        return answer

    def _done(self, future: asyncio.Future[T]) -> None:
        self._waiting -= 1
        if not future.cancelled():
            future.exception()  # seen: whoever waited has it, and who gave up does not want it


def _say_fault(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        log.error("journal: %s", task.exception())

"""The running terminal as its admin socket tells it: status, journal, answers."""

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from board.link import admin, answers, stream
from provisioning.pages import following

AGAIN_S: Final = 0.1
WAIT_MS: Final = 2_000
ANSWER_S: Final = 20.0
"""Longest wait for an answer; making a template may take a while on a busy machine."""

KEPT: Final = 1_000

Wanted = TypeVar("Wanted", bound=answers.Answer)


class TerminalGone(Exception):
    """The appliance cannot be asked now; the message says what to do."""


class TerminalRefused(Exception):
    """It was asked and said no: `reason` for programs, the message for people."""

    def __init__(self, refused: answers.Refused) -> None:
        super().__init__(refused.sentence)
        self.reason = refused.reason


class Terminal:
    """Questions to the admin socket, and two followers that always hold its newest answers."""

    def __init__(
        self,
        socket: Path,
        changed: Callable[[], None],
        recorded: Callable[[answers.Entry], None],
    ) -> None:
        self._socket = socket
        self._changed = changed
        self._recorded = recorded
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[answers.Answer] = msgspec.msgpack.Decoder(
            answers.Answer
        )
        self.status: answers.StatusAnswer | None = None
        """None while the appliance is down."""
        self.journal: deque[answers.Entry] = deque(maxlen=KEPT)
        """The newest entries; they stay readable while the appliance is down."""
        self.names: dict[str, str] = {}
        """Holders' names by id, for a journal in plain words on this machine's own screen."""

    async def ask(self, request: admin.Request, wanted: type[Wanted]) -> Wanted:
        """One question on a connection of its own. Raises TerminalGone, TerminalRefused."""
        try:
            async with asyncio.timeout(ANSWER_S):
                connection = await stream.connect(self._socket)
                try:
                    return await self._ask_on(connection, request, wanted)
                finally:
                    connection.close()
        except (TimeoutError, stream.StreamClosed) as fault:
            raise TerminalGone(
                "the appliance does not answer; wait until it runs, or see log/appliance.log "
                "in the state directory"
            ) from fault

    async def follow_status(self) -> None:
        """Keep `status`, waiting for each change."""
        await self._follow(self._status_changes)

    async def follow_journal(self) -> None:
        """Keep `journal`, waiting for each entry."""
        await self._follow(self._entries)

    async def learn_names(self) -> None:
        """Ask who is enrolled."""
        self.names = {holder.id: holder.name for holder in await self.holders()}

    async def holders(self) -> list[answers.Holder]:
        """Everybody who is enrolled, by name. Raises TerminalGone, TerminalRefused."""
        holders: list[answers.Holder] = []
        page: admin.Holders | None = admin.Holders()
        while page is not None:
            answer = await self.ask(page, answers.HoldersAnswer)
            holders += answer.holders
            page = following(page, answer)
        return holders

    async def _ask_on(
        self, connection: stream.Stream, request: admin.Request, wanted: type[Wanted]
    ) -> Wanted:
        await connection.send(self._encoder.encode(request))
        try:
            answer = self._decoder.decode(await connection.receive())
        except msgspec.DecodeError as fault:
            raise stream.StreamClosed(f"not an answer of the admin contract: {fault}") from fault
        if isinstance(answer, answers.Refused):
            raise TerminalRefused(answer)
        if not isinstance(answer, wanted):
            raise stream.StreamClosed(f"answered {type(answer).__name__} to another question")
        return answer

    async def _follow(self, what: Callable[[stream.Stream], object]) -> None:
        while True:
            try:
                connection = await stream.connect(self._socket)
                try:
                    await what(connection)  # type: ignore[misc]
                finally:
                    connection.close()
            except (stream.StreamClosed, TerminalRefused):
                pass
            if self.status is not None:
                self.status = None
                self._changed()
            await asyncio.sleep(AGAIN_S)

    async def _status_changes(self, connection: stream.Stream) -> None:
        revision = -1
        while True:
            request = admin.Status(revision, WAIT_MS if revision >= 0 else 0)
            self.status = await self._ask_on(connection, request, answers.StatusAnswer)
            revision = self.status.revision
            self._changed()

    async def _entries(self, connection: stream.Stream) -> None:
        status = await self._ask_on(connection, admin.Status(), answers.StatusAnswer)
        after = self.journal[-1].sequence if self.journal else 0
        if not after <= status.journal_entries:
            self.journal.clear()  # another journal than the one we knew
            after = 0
        after = max(after, status.journal_entries - KEPT)
        while True:
            request = admin.Journal(after, limit=200, wait_ms=WAIT_MS)
            answer = await self._ask_on(connection, request, answers.JournalAnswer)
            for entry in answer.entries:
                await self._take(entry)
                after = entry.sequence

    async def _take(self, entry: answers.Entry) -> None:
        holder = entry.body.get("holder", "")
        if isinstance(holder, str) and holder and holder not in self.names:
            await self.learn_names()
        self.journal.append(entry)
        self._recorded(entry)

"""The appliance as seen from here: one conversation after the other, for ever."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from board.link import stream
from board.link.conversation import Conversation
from board.link.messages import (
    BY_TYPE,
    HEARTBEAT_EVERY_MS,
    FaceReading,
    Heartbeat,
    Hello,
    Message,
)
from board.link.stream import Stream, StreamClosed

SILENCE_S: Final = BY_TYPE[Heartbeat].deadline_ms / 1000
SHORTEST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0
MOST_READINGS: Final = 8
"""Face readings that wait to be sent; older ones are worth nothing once newer ones exist."""


log = logging.getLogger(__name__)


class Session:
    """One conversation. What it is asked is answered to it, or to nobody: a reading or a template
    must never reach a later conversation, whose numbers may mean something else."""

    def __init__(self, hello: Hello, dropped: Counter[str]) -> None:
        self._outgoing: deque[Message] = deque([hello])
        self._something = asyncio.Event()
        self._something.set()
        self._dropped = dropped
        self.open = True

    def send(self, message: Message) -> None:
        """Queue a message; of face readings only the newest wait. Never blocks, never raises."""
        if not self.open:
            self._dropped["too_late"] += 1
            return
        if isinstance(message, FaceReading):
            self._make_room()
        self._outgoing.append(message)
        self._something.set()

    async def next(self) -> Message:
        """Return the next message to put on the wire."""
        while not self._outgoing:
            self._something.clear()
            await self._something.wait()
        return self._outgoing.popleft()

    def _make_room(self) -> None:
        readings = [queued for queued in self._outgoing if isinstance(queued, FaceReading)]
        if len(readings) >= MOST_READINGS:
            # By identity: two readings may be equal.
            index = next(i for i, queued in enumerate(self._outgoing) if queued is readings[0])
            del self._outgoing[index]
            self._dropped["stale_reading"] += 1


Handler = Callable[[Message, Session], None]
"""Called with each message of the appliance, and the session to answer to."""


class Link:
    """Connects to the appliance, says who we are, and keeps at it.

    handle: called with all but hellos and heartbeats. changed: called with the session that has
    begun, or None when it is lost; it is lost after SILENCE_S without a valid message.
    dropped, ignored: what was not sent, and what was not understood, by reason.
    """

    def __init__(
        self,
        path: Path,
        hello: Hello,
        handle: Handler,
        changed: Callable[[Session | None], None],
        account: str = "",
    ) -> None:
        self._path = path
        self._account = account
        self._hello = hello
        self._handle = handle
        self._changed = changed
        self._session: Session | None = None
        self.dropped: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()

    def send(self, message: Message) -> None:
        """Send to whoever is linked now; with nobody there it is dropped and counted."""
        if self._session is None:
            self.dropped["not_linked"] += 1
        else:
            self._session.send(message)

    async def run(self) -> None:
        """Hold one conversation after the other; never returns."""
        pause_s = SHORTEST_PAUSE_S
        while True:
            try:
                connection = await stream.connect(self._path, account=self._account)
            except StreamClosed as fault:
                log.debug("link: %s", fault)
            else:
                if await self._converse(connection):
                    pause_s = SHORTEST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _converse(self, connection: Stream) -> bool:
        """Return whether the appliance said hello before the conversation ended."""
        session = Session(self._hello, self.dropped)
        conversation = Conversation("coprocessor")
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(connection, conversation, session))
                tasks.create_task(_speak(connection, conversation, session))
                tasks.create_task(_beat(session))
        except* StreamClosed as ends:
            log.info("link: %s", ends.exceptions[0])
        except* TimeoutError:
            log.info("link: the appliance is silent")
        finally:
            session.open = False
            connection.close()
            self.ignored += conversation.ignored
            if self._session is session:
                self._session = None
                self._changed(None)
        return conversation.peer is not None

    async def _listen(
        self, connection: Stream, conversation: Conversation, session: Session
    ) -> None:
        clock = asyncio.get_running_loop()
        heard_s = clock.time()
        while True:
            async with asyncio.timeout_at(heard_s + SILENCE_S):
                frame = await connection.receive()
            message = conversation.decode(frame)
            if message is None:
                continue
            heard_s = clock.time()
            if isinstance(message, Hello):
                self._begin(message, session)
            elif not isinstance(message, Heartbeat):
                self._handle(message, session)

    def _begin(self, theirs: Hello, session: Session) -> None:
        for what in ("serial", "bundle"):
            if getattr(theirs, what) != getattr(self._hello, what):
                log.error(
                    "link: the appliance has %s %s, we have %s; make both configurations agree",
                    what,
                    getattr(theirs, what),
                    getattr(self._hello, what),
                )
        if self._session is not session:
            self._session = session
            self._changed(session)


async def _speak(connection: Stream, conversation: Conversation, session: Session) -> None:
    while True:
        await connection.send(conversation.encode(await session.next()))


async def _beat(session: Session) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_EVERY_MS / 1000)
        session.send(Heartbeat())

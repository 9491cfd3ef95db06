"""The co-processor as seen from here: readings, templates, acknowledgements, or silence."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from board.link import admin, messages, stream
from board.link.conversation import Conversation
from board.link.messages import (
    AlertAcked,
    AlertOut,
    Commission,
    Commissioned,
    EnrolPicture,
    EnrolReading,
    FaceReading,
    Heartbeat,
    Hello,
    Message,
    Passed,
    ReadFace,
    Status,
    StopReading,
)

SILENCE_S: Final = messages.BY_TYPE[Heartbeat].deadline_ms / 1000
ENROL_S: Final = messages.BY_TYPE[EnrolPicture].deadline_ms / 1000
COMMISSION_S: Final = messages.BY_TYPE[Commission].deadline_ms / 1000
OUTGOING: Final = 64
"""Messages kept for a co-processor that does not read; the portal never waits for it."""

log = logging.getLogger(__name__)


class Link:
    """Listens for one co-processor at a time; a newer connection replaces an older one.

    up, down: called when the link starts and stops being usable.
    reading, acked, status: called with each such message.
    bundle_counts: whether readings are to be believed at all; bundles.py says so.
    refused: called when a hello is not ours, with `other_serial` or `other_bundle`.
    """

    def __init__(self, path: Path, serial: str, bundle: str, account: str = "") -> None:
        self._path = path
        self._account = account
        self._hello = Hello(messages.VERSION, serial, bundle)
        self._stream: stream.Stream | None = None
        self._outgoing: asyncio.Queue[Message] = asyncio.Queue(OUTGOING)
        self._enrolments: dict[int, asyncio.Future[EnrolReading]] = {}
        self._steps: dict[int, asyncio.Future[Commissioned | None]] = {}
        self._requests = 0
        self.linked = False
        self.bundle_counts = True
        self.status: Status | None = None
        self.on_up: Callable[[], None] = lambda: None
        self.on_down: Callable[[], None] = lambda: None
        self.on_reading: Callable[[FaceReading], None] = lambda _reading: None
        self.on_acked: Callable[[int], None] = lambda _sequence: None
        self.on_status: Callable[[Status], None] = lambda _status: None
        self.on_refused: Callable[[str], None] = lambda _reason: None

    async def start(self) -> None:
        """Listen. Raises OSError when the socket cannot be made."""
        self._server = await stream.listen(self._path, self._serve, account=self._account)

    def close(self) -> None:
        """Stop listening and hang up; that is no loss to tell of."""
        self.linked = False
        self._server.close()
        if self._stream:
            self._stream.close()

    @property
    def face_available(self) -> bool:
        """Whether asking for a face can be answered at all."""
        camera = self.status is not None and self.status.camera_working
        return self.linked and self.bundle_counts and camera

    def sees(self, camera: str) -> bool:
        """Whether a face can be asked for where the site has this camera: `rgb` or `rgb+ir`."""
        both = self.status is not None and self.status.infrared == "working"
        return self.face_available and (both or camera == "rgb")

    def read_face(self, attempt: int, portal: str, deadline_ms: int) -> None:
        self._send(ReadFace(attempt, portal, deadline_ms))

    def stop_reading(self, attempt: int) -> None:
        self._send(StopReading(attempt))

    def passed(self, track: int, similarity_e4: int) -> None:
        """See messages.Passed."""
        self._send(Passed(track, similarity_e4))

    def send_alert(self, alert: AlertOut) -> None:
        self._send(alert)

    async def enrol(self, picture: bytes) -> EnrolReading | None:
        """Return the template of a picture, or None when the co-processor does not answer."""
        if not self.linked:
            return None
        self._requests += 1
        request = self._requests
        future: asyncio.Future[EnrolReading] = asyncio.get_running_loop().create_future()
        self._enrolments[request] = future
        self._send(EnrolPicture(request, picture))
        try:
            async with asyncio.timeout(ENROL_S):
                return await future
        except TimeoutError:
            return None
        finally:
            del self._enrolments[request]

    async def commission(self, step: admin.Commission) -> Commissioned | None:
        """Return how a step of commissioning went, or None when the co-processor does not say."""
        if not self.linked:
            return None
        self._requests += 1
        request = self._requests
        future: asyncio.Future[Commissioned | None] = asyncio.get_running_loop().create_future()
        self._steps[request] = future
        self._send(Commission(request, step.action, step.instrument, step.person, step.observe_ms))
        try:
            return await asyncio.wait_for(future, step.observe_ms / 1000 + COMMISSION_S)
        except TimeoutError:
            return None
        finally:
            del self._steps[request]

    def _send(self, message: Message) -> None:
        if self.linked and not self._outgoing.full():
            self._outgoing.put_nowait(message)

    async def _serve(self, connection: stream.Stream) -> None:
        if self._stream:
            self._stream.close()
            self._lost()
        self._stream = connection
        conversation = Conversation("appliance")
        writer = asyncio.create_task(self._write(connection, conversation))
        try:
            await connection.send(conversation.encode(self._hello))
            heard_s = asyncio.get_running_loop().time()
            while True:
                async with asyncio.timeout_at(heard_s + SILENCE_S):
                    message = conversation.decode(await connection.receive())
                if self._stream is not connection:
                    return  # a newer one has taken over; what this one had still sent is stale
                if message is not None:
                    heard_s = asyncio.get_running_loop().time()
                    self._take(message)
        except TimeoutError:
            log.warning("link: the co-processor has been silent for %.1f s", SILENCE_S)
        finally:
            writer.cancel()
            if conversation.ignored:
                log.warning("link: ignored %s", dict(conversation.ignored))
            if self._stream is connection:
                self._lost()

    async def _write(self, connection: stream.Stream, conversation: Conversation) -> None:
        """Send what is queued, and a heartbeat whenever nothing was."""
        try:
            while True:
                try:
                    async with asyncio.timeout(messages.HEARTBEAT_EVERY_MS / 1000):
                        message = await self._outgoing.get()
                except TimeoutError:
                    message = Heartbeat()
                await connection.send(conversation.encode(message))
        except stream.StreamClosed:
            connection.close()  # the reading side sees it and ends the conversation

    def _take(self, message: Message) -> None:
        match message:
            case Hello():
                self._welcome(message)
            case _ if not self.linked:
                return
            case FaceReading(probe=probe):
                if self.bundle_counts and len(probe) in (0, messages.TEMPLATE_LENGTH):
                    self.on_reading(message)
            case AlertAcked(sequence):
                self.on_acked(sequence)
            case EnrolReading(request) if request in self._enrolments:
                future = self._enrolments[request]
                if not future.done():
                    future.set_result(message)
            case Commissioned(request) if request in self._steps:
                step = self._steps[request]
                if not step.done():
                    step.set_result(message)
            case Status():
                self.status = message
                self.on_status(message)

    def _welcome(self, hello: Hello) -> None:
        """Templates of another model build never match: its readings are not even looked at."""
        if hello.serial != self._hello.serial:
            log.error(
                "link: the co-processor is %s's, this is %s; give both files the same serial",
                hello.serial,
                self._hello.serial,
            )
            self.on_refused("other_serial")
            return
        if hello.bundle != self._hello.bundle:
            log.error(
                "link: the co-processor runs bundle %s, the site names %s; install the same bundle",
                hello.bundle,
                self._hello.bundle,
            )
            self.on_refused("other_bundle")
            return
        if not self.linked:
            self.linked = True
            self.on_up()

    def _lost(self) -> None:
        self._stream = None
        self.status = None
        for step in self._steps.values():
            if not step.done():
                step.set_result(None)
        while not self._outgoing.empty():
            self._outgoing.get_nowait()
        if self.linked:
            self.linked = False
            self.on_down()

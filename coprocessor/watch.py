"""Camera to readings: the newest frame, one at a time, as fast as somebody waits for them."""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import msgspec

from board.link.messages import (
    Commission,
    EnrolPicture,
    EnrolReading,
    FaceReading,
    Message,
    Passed,
    ReadFace,
    Status,
    StopReading,
)
from coprocessor.calibration.conversation import Commissioner
from coprocessor.calibration.site import Site
from coprocessor.camera import Frames
from coprocessor.drift.drift import Drift, Of
from coprocessor.frame import Frame
from coprocessor.infrared import SecondEye
from coprocessor.link import Session
from coprocessor.pace import Pace

IDLE_S: Final = 0.2
"""Frame to frame while no attempt is open: a track survives it, the processor stays cool."""
LONGEST_ATTEMPT_S: Final = 120.0
MOST_AT_ONCE: Final = 8
"""Attempts open, or pictures to enrol: more than any terminal has doors."""
STATUS_EVERY_S: Final = 1.0
NO_DRIFT: Final[tuple[int, Of]] = (0, "")

Made = TypeVar("Made")
log = logging.getLogger(__name__)


class Reader(Protocol):
    """What measures: reading.Pipeline. Called in one thread, one call at a time."""

    def read(self, frame: Frame, attempt: int, portal: str, now_ms: int) -> FaceReading: ...

    def enrol(self, picture: bytes, request: int) -> EnrolReading: ...


class Runs(Protocol):
    """What the models run on at this moment, and whether it is not what was asked for:
    models.model.Bundle."""

    @property
    def backend(self) -> str: ...

    @property
    def fallback(self) -> bool: ...


@dataclass(frozen=True)
class Wanted:
    """An open attempt: readings for this portal are wanted until then (event loop's clock)."""

    portal: str
    until_s: float


class Watch:
    """Follows the camera without end; reads at full rate only while an attempt is open.

    A frame or picture on which the reader fails gives no answer, and silence is an answer. Frames
    go nowhere but through the reader.
    """

    def __init__(
        self,
        frames: Frames,
        reader: Reader,
        runs: Runs,
        broker_connected: Callable[[], bool],
        second: SecondEye | None = None,
        site: Site | None = None,
        drift: Drift | None = None,
    ) -> None:
        """site: None where nothing is calibrated. drift: None where nobody compares."""
        self._frames = frames
        self._second = second
        self._reader = reader
        self._runs = runs
        self._broker_connected = broker_connected
        self._session: Session | None = None
        self._open: dict[int, Wanted] = {}
        self._opened = asyncio.Event()
        self._pace = Pace()
        self._enrolments: set[asyncio.Task[None]] = set()
        self._site = site
        self._drift = drift
        self._commissioner = (
            Commissioner(site, self._measure, self._opened.set) if site is not None else None
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self.failures = 0

    def changed(self, session: Session | None) -> None:
        """See link.Link: what the former conversation asked for is void."""
        self._session = session
        self._open.clear()
        if self._commissioner:
            self._commissioner.stop()
        self.tell_status()

    def handle(self, message: Message, session: Session) -> None:
        """Take a message of the appliance; those for others are none of ours."""
        if isinstance(message, Passed) and self._drift:
            self._drift.passed(message.similarity_e4)
        match message:
            case ReadFace(attempt, portal, deadline_ms) if attempt > 0:
                self._begin(attempt, portal, deadline_ms)
            case StopReading(attempt):
                self._open.pop(attempt, None)
            case EnrolPicture() if len(self._enrolments) < MOST_AT_ONCE:
                task = asyncio.create_task(self._enrol(message, session))
                self._enrolments.add(task)
                task.add_done_callback(self._enrolments.discard)
            case Commission() | Passed() if self._commissioner:
                self._commissioner.handle(message, session)

    def tell_status(self) -> None:
        """Tell the appliance how we fare, now."""
        if self._session is None:
            return
        now_ms = time.monotonic_ns() // 1_000_000
        readings, p50_us, p99_us = self._pace.summary(now_ms)
        drift_e3, drift_of = self._drift.worst() if self._drift else NO_DRIFT
        self._session.send(
            Status(
                broker_connected=self._broker_connected(),
                camera_working=self._frames.working(now_ms),
                backend=self._runs.backend,
                fallback=self._runs.fallback,
                readings=readings,
                p50_us=p50_us,
                p99_us=p99_us,
                calibration=self._site.calibration if self._site else "none",
                infrared=self._second.state(now_ms) if self._second else "none",
                drift_e3=drift_e3,
                drift_of=drift_of,
            )
        )

    async def run(self) -> None:
        """Follow the camera and report; never returns."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow())
                tasks.create_task(self._report())
                if self._second:
                    tasks.create_task(self._second.run())
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _report(self) -> None:
        while True:
            self.tell_status()
            await asyncio.sleep(STATUS_EVERY_S)

    async def _follow(self) -> None:
        clock = asyncio.get_running_loop()
        while True:
            frame = await self._frames.next()
            begun_s = clock.time()
            await self._read(frame)
            if not self._wanted() and not (self._commissioner and self._commissioner.observing):
                self._opened.clear()
                await self._idle(begun_s + IDLE_S)

    async def _idle(self, until_s: float) -> None:
        try:
            async with asyncio.timeout_at(until_s):
                await self._opened.wait()
        except TimeoutError:
            return

    async def _read(self, frame: Frame) -> None:
        session, wanted = self._session, self._wanted()
        attempt = next(iter(wanted), 0)
        portal = wanted[attempt].portal if attempt else ""
        now_ms = time.monotonic_ns() // 1_000_000
        reading = await self._measure(self._reader.read, frame, attempt, portal, now_ms)
        if reading is None:
            return
        now_ms = time.monotonic_ns() // 1_000_000
        if reading.probe:
            self._pace.add(now_ms, reading.took_us)
        if session is not None:
            self._send(reading, session, wanted, max(0, now_ms - frame.captured_ms))
        if self._site is not None:
            await self._measure(self._site.saw, frame, reading)
        if self._drift is not None:
            await self._measure(self._drift.saw, reading, frame.captured_ms)

    def _send(
        self, reading: FaceReading, session: Session, wanted: dict[int, Wanted], age_ms: int
    ) -> None:
        """To each attempt that wanted it and still does; to nobody's only if a person is there."""
        for attempt, whose in wanted.items():
            if self._open.get(attempt) == whose:
                session.send(
                    msgspec.structs.replace(
                        reading, attempt=attempt, portal=whose.portal, age_ms=age_ms
                    )
                )
        if not wanted and reading.refusal != "no_face":
            session.send(msgspec.structs.replace(reading, age_ms=age_ms))

    async def _enrol(self, message: EnrolPicture, session: Session) -> None:
        made = await self._measure(self._reader.enrol, message.picture, message.request)
        if made is not None:
            session.send(made)

    async def _measure(self, measure: Callable[..., Made], *given: object) -> Made | None:
        """Run in the reading thread; None when it fails."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, measure, *given)
        except Exception as fault:  # noqa: BLE001 - a picture that trips a model or a codec costs
            # that picture, not the camera. Logged is where, never the message: it may quote pixels.
            place = traceback.extract_tb(fault.__traceback__)[-1]
            log.error("reading failed: %s in %s", type(fault).__name__, place.name)
            self.failures += 1
            return None

    def _begin(self, attempt: int, portal: str, deadline_ms: int) -> None:
        if len(self._wanted()) >= MOST_AT_ONCE:
            return
        wait_s = min(max(0, deadline_ms) / 1000, LONGEST_ATTEMPT_S)
        self._open[attempt] = Wanted(portal, asyncio.get_running_loop().time() + wait_s)
        self._opened.set()

    def _wanted(self) -> dict[int, Wanted]:
        """The attempts still open; those past their deadline are forgotten."""
        now_s = asyncio.get_running_loop().time()
        self._open = {key: one for key, one in self._open.items() if one.until_s > now_s}
        return dict(self._open)

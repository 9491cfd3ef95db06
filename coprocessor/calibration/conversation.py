"""Steps of commissioning, asked for by the appliance and answered when they are done."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from board.link.messages import Commission, Commissioned, Message, Passed
from coprocessor.calibration.keeper import Refusal
from coprocessor.calibration.site import Site

LONGEST_OBSERVED_S: Final = 60.0
MOST_PEOPLE: Final = 99
MOST_WAITING: Final = 4
"""Steps asked for at once; more than any installer's command asks."""

InThread = Callable[..., Awaitable[object]]
"""Runs a function in the reading thread; None when it fails."""


class Asking(Protocol):
    """Who asked: link.Session."""

    def send(self, message: Message) -> None: ...


class Commissioner:
    """One step at a time; a step whose thread fails is not answered, and silence is an answer.

    observing: frames are wanted at full rate. wake: called when that begins.
    """

    def __init__(self, site: Site, in_thread: InThread, wake: Callable[[], None]) -> None:
        self._site = site
        self._in_thread = in_thread
        self._wake = wake
        self._turn = asyncio.Lock()
        self._steps: set[asyncio.Task[None]] = set()
        self.observing = False

    def handle(self, message: Commission | Passed, session: Asking) -> None:
        """Begin the step; its answer goes to this session."""
        if len(self._steps) >= MOST_WAITING:
            return
        if isinstance(message, Passed):
            self._begin(self._learn(message))
        else:
            self._begin(self._step(message, session))

    def stop(self) -> None:
        """Whoever asked is gone."""
        for step in self._steps:
            step.cancel()

    def _begin(self, step: Awaitable[None]) -> None:
        task = asyncio.ensure_future(step)
        self._steps.add(task)
        task.add_done_callback(self._steps.discard)

    async def _learn(self, message: Passed) -> None:
        await self._in_thread(self._site.passed, message.track)

    async def _step(self, message: Commission, session: Asking) -> None:
        async with self._turn:
            if message.action == "observe":
                answer = await self._observed(message)
            elif message.action == "fit":
                answer = await self._fitted(message.request)
            else:
                answer = await self._in_thread(self._done, message)
        if isinstance(answer, Commissioned):
            session.send(answer)

    def _done(self, message: Commission) -> Commissioned:
        refusal: Refusal = self._site.forget() if message.action == "forget" else ""
        return self._site.report(message.request, refusal)

    async def _fitted(self, request: int) -> object:
        """Reckoned beside the reading thread, which a hundred people would hold up for seconds."""
        observed = self._site.observed
        found = await asyncio.to_thread(self._site.commission, observed)

        def adopted() -> Commissioned:
            refusal = self._site.adopt(found, observed)
            return self._site.report(request, refusal, found.told if found else None)

        return await self._in_thread(adopted)

    async def _observed(self, message: Commission) -> object:
        if not 1 <= message.person <= MOST_PEOPLE or message.observe_ms <= 0:
            return self._site.report(message.request, "nobody")
        await self._in_thread(self._site.begin, message.person, message.instrument)
        self.observing = True
        self._wake()
        try:
            await asyncio.sleep(min(message.observe_ms / 1000, LONGEST_OBSERVED_S))
            return await self._in_thread(self._ended, message.request)
        finally:
            self.observing = False

    def _ended(self, request: int) -> Commissioned:
        return self._site.report(request, self._site.end())

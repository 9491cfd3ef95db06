"""Whoever has been kept for long enough is erased by itself, while the clock may be believed."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from appliance import sections
from appliance.clerk import Clerk
from appliance.erasure import Eraser
from appliance.vault import retention
from appliance.vault.faults import VaultFault
from appliance.vault.retention import DAY_MS, Due, Limits
from appliance.wallclock import Milliseconds, Wallclock, monotonic_ms
from board.link import admin, alerts, answers

EVERY_MS: Final = 3_600_000
LOOK_S: Final = 1.0
BELIEVED_FOR_MS: Final = DAY_MS
"""A clock that at the start is this far past the journal's end may be wrong: it has to run for
EVERY_MS, and time servers to have their say, before anybody is erased by it."""

AHEAD_DAYS: Final = 30
TOLD: Final = 100

log = logging.getLogger(__name__)


class Retention:
    """Looks at the start and once an hour. Each erasure is journalled with reason retention.

    newest_ms: when the journal was last written before the start. elapsed_ms: monotonic.
    """

    def __init__(
        self,
        clerk: Clerk,
        clock: Wallclock,
        limits: sections.Retention,
        eraser: Eraser,
        newest_ms: int,
        elapsed_ms: Milliseconds = monotonic_ms,
    ) -> None:
        self._clerk = clerk
        self._clock = clock
        self._limits = Limits(limits.visitors_days, limits.expired_days, limits.unused_face_days)
        self._eraser = eraser
        self._elapsed_ms = elapsed_ms
        wait_ms = EVERY_MS if clock.now().at_ms - newest_ms > BELIEVED_FOR_MS else 0
        self._next_ms = elapsed_ms() + wait_ms

    async def run(self, beat: Callable[[], None]) -> None:
        """Serve for ever; `beat` also while a search for what is left goes on."""
        work: asyncio.Task[None] | None = None
        while True:
            beat()
            if not self._clock.now().believed:
                self._next_ms = self._elapsed_ms() + EVERY_MS
            elif self._elapsed_ms() >= self._next_ms and (work is None or work.done()):
                self._next_ms = self._elapsed_ms() + EVERY_MS
                work = asyncio.create_task(self._look())
            await asyncio.sleep(LOOK_S)

    async def answer(self, _request: admin.Retention, _uid: int) -> answers.Answer:
        """Who is due, and who will be within AHEAD_DAYS."""
        await self._note_passes()
        now = self._clock.now()
        ahead_ms = now.at_ms + AHEAD_DAYS * DAY_MS
        found = await self._clerk.ask(
            partial(retention.due, limits=self._limits, now_ms=ahead_ms, most=TOLD)
        )
        lines = tuple(
            answers.RetentionLine(one.holder_id, one.name, one.why, alerts.utc(one.at_ms))
            for one in found
        )
        return answers.RetentionAnswer(*self._limits, now.believed, lines)

    async def _look(self) -> None:
        try:
            await self._note_passes()
            while one := await self._first():
                await self._forget(one)
        except VaultFault as fault:
            log.error("retention: %s; it is looked at again within the hour", fault)

    async def _first(self) -> Due | None:
        """Who is due now, asked anew each time: an operator may have given them more days."""
        now = self._clock.now()
        if not now.believed:
            return None
        find = partial(retention.due, limits=self._limits, now_ms=now.at_ms, most=1)
        found = await self._clerk.ask(find)
        return found[0] if found else None

    async def _forget(self, one: Due) -> None:
        if one.why == "unused_face":
            await self._clerk.change(
                lambda store: store.templates.forget(one.holder_id),
                "erased",
                lambda count: {
                    "holder": one.holder_id,
                    "reason": "retention",
                    "factors": ["face"],
                    "count": count,
                },
            )
            await self._eraser.settle()
            return
        answer = await self._eraser.erased(one.holder_id, {"reason": "retention"})
        for found in answer.found:
            log.error("retention: erased, but look at %s", found)

    async def _note_passes(self) -> None:
        while await self._clerk.ask(retention.read_passes):
            pass

"""The clock looked at once a second: its doubt told, kept over a restart, and ended by a word."""

import asyncio
from collections.abc import Callable
from typing import Final

from appliance.clerk import Clerk
from appliance.vault import calendar
from appliance.vault.faults import VaultFault
from appliance.wallclock import Doubt, Wallclock
from board.link import admin, answers

EVERY_S: Final = 1.0


class Timekeeper:
    """Tells of the clock. What decides asks the clock itself, and waits for none of this."""

    def __init__(
        self, clerk: Clerk, clock: Wallclock, time_zone: str, tell: Callable[[Doubt], None]
    ) -> None:
        """tell: called with what is thought of the clock, after each look."""
        self._clerk = clerk
        self._clock = clock
        self._time_zone = time_zone
        self._tell = tell
        self._kept = clock.doubt == "jumped"

    async def run(self, beat: Callable[[], None]) -> None:
        """Look for ever; `beat` each time."""
        while True:
            beat()
            self._tell(self._clock.look())
            await self._keep()
            await asyncio.sleep(EVERY_S)

    async def answer(self, request: admin.Clock, uid: int) -> answers.Answer:
        """Say how the clock stands, after believing it if an installer asks for that."""
        if request.accept:
            refused = await self._accept(uid)
            if refused:
                return refused
        now = self._clock.now()
        hour, minute = divmod(now.minute, 60)
        told = f"{now.today} {hour:02}:{minute:02}"
        return answers.ClockAnswer(told, self._time_zone, self._clock.doubt)

    async def _accept(self, uid: int) -> answers.Refused | None:
        if not self._clock.can_be_right:
            return answers.Refused(
                "never_set", "clock: it is before this software was made; set it first"
            )
        await self._clerk.change(
            lambda store: calendar.doubt_clock(store, False),
            "command",
            lambda _: {"action": "accept_clock", "uid": uid},
        )
        self._clock.accept()
        self._kept = False
        self._tell(self._clock.doubt)
        return None

    async def _keep(self) -> None:
        """Remember a jump in the vault; a vault that fails now is asked again."""
        jumped = self._clock.doubt == "jumped"
        if jumped == self._kept:
            return
        try:
            await self._clerk.ask(lambda store: calendar.doubt_clock(store, jumped))
        except VaultFault:
            return
        self._kept = jumped

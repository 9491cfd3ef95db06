"""Whether a schedule that site.toml names is open now, without a question to the vault."""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import date
from typing import Final

from appliance.clerk import Clerk
from appliance.rights import in_schedule
from appliance.vault import calendar
from appliance.vault.calendar import Rights
from appliance.vault.faults import VaultFault
from appliance.vault.store import Store
from appliance.wallclock import Wallclock

EVERY_S: Final = 1.0

log = logging.getLogger(__name__)


class Timetable:
    """The windows are read once a second, the clock at each question: a card waits for neither."""

    def __init__(self, clerk: Clerk, clock: Wallclock, schedules: Collection[str]) -> None:
        self._clerk = clerk
        self._clock = clock
        self._schedules = schedules
        self._found: dict[str, Rights] = {}
        self._day: date | None = None
        self._missed: set[str] = set()

    def is_open(self, schedule: str) -> bool | None:
        """None where nobody can know: it is not there, or vault or clock do not tell."""
        now = self._clock.now()
        found = self._found.get(schedule)
        if found is None or not found.some or not now.believed or self._day != now.today:
            return None
        return in_schedule(found, now)

    async def run(self, beat: Callable[[], None]) -> None:
        """Read for ever; `beat` each time."""
        while True:
            beat()
            try:
                await self._clerk.ask(self.read)
            except VaultFault:
                log.debug("timetable: the vault does not tell; what was read last counts today")
            await asyncio.sleep(EVERY_S)

    def read(self, store: Store) -> None:
        """Read the windows and holidays of all of them. Raises VaultFault."""
        now = self._clock.now()
        with store.snapshot():
            found = {
                name: calendar.hours(store, name, now.today, now.yesterday)
                for name in self._schedules
            }
        self._found, self._day = found, now.today
        for name, hours in found.items():
            self._say_missing(name, there=hours.some)

    def _say_missing(self, name: str, *, there: bool) -> None:
        """Once, until it is there."""
        if there:
            self._missed.discard(name)
        elif name not in self._missed:
            self._missed.add(name)
            log.warning(
                "no schedule %r: doors that name it in `when` want the strictest of their factors; "
                "make it with `cardea schedules set %s`",
                name,
                name,
            )

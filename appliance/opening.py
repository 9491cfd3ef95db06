"""The schedules that set doors free, looked at once a second."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from appliance.clerk import Clerk
from appliance.portal import Portal
from appliance.rights import in_schedule
from appliance.vault import calendar
from appliance.vault.calendar import Rights
from appliance.vault.faults import VaultFault
from appliance.wallclock import Wallclock

EVERY_S: Final = 1.0

log = logging.getLogger(__name__)


class Opening:
    """A schedule that is not there, or that the vault does not tell, frees nothing."""

    def __init__(
        self,
        clerk: Clerk,
        clock: Wallclock,
        portals: Mapping[str, Portal],
        schedules: Mapping[str, str],
    ) -> None:
        """schedules: the name of the schedule by that of its portal."""
        self._clerk = clerk
        self._clock = clock
        self._portals = portals
        self._schedules = schedules
        self._missed: set[str] = set()

    async def run(self, beat: Callable[[], None]) -> None:
        """Look for ever; `beat` each time."""
        while True:
            beat()
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Tell every door whether its hours are open now."""
        for portal, schedule in self._schedules.items():
            self._portals[portal].keep_hours(await self._is_open(portal, schedule))

    async def _is_open(self, portal: str, schedule: str) -> bool:
        now = self._clock.now()
        try:
            found = await self._clerk.ask(
                lambda store: calendar.hours(store, schedule, now.today, now.yesterday)
            )
        except VaultFault:
            return False
        self._say_missing(portal, schedule, found)
        return in_schedule(found, now)

    def _say_missing(self, portal: str, schedule: str, found: Rights) -> None:
        """Once, until it is there."""
        if found.some:
            self._missed.discard(portal)
        elif portal not in self._missed:
            self._missed.add(portal)
            log.warning(
                "portals.%s.free_schedule: no schedule %r, so it frees nothing; "
                "make it with `cardea schedules set %s`",
                portal,
                schedule,
                schedule,
            )

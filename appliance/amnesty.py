"""Where holders are, told and forgotten: by an operator's word, and each day at its time."""

import asyncio
from collections.abc import Callable
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from appliance import sections
from appliance.admin import Handler
from appliance.clerk import Clerk
from appliance.vault import whereabouts
from appliance.vault.faults import StorageFault, VaultFault
from appliance.vault.journal import Value
from appliance.vault.store import Store
from appliance.vault.whereabouts import Inside
from appliance.wallclock import Now, Wallclock, zone_of
from board.link import admin, alerts, answers

EVERY_S: Final = 1.0


class Amnesty:
    """Each change is one transaction with its line in the journal."""

    def __init__(self, clerk: Clerk, site: sections.Site, clock: Wallclock) -> None:
        self._clerk = clerk
        self._areas = site.areas
        self._clock = clock
        self._zone = zone_of(site.terminal.time_zone)
        self._done_ms: dict[str, int] = {}

    def handlers(self) -> dict[type[admin.Request], Handler]:
        """Who carries out what."""
        return {admin.Areas: self.areas, admin.Amnesty: self.amnesty}

    async def areas(self, request: admin.Areas, _uid: int) -> answers.Answer:
        """Every area with who is in it; their names only where they are asked for."""
        lines = await self._clerk.ask(whereabouts.inside)
        return answers.AreasAnswer(
            tuple(
                _area(name, area, [line for line in lines if line.area == name], request.holders)
                for name, area in self._areas.items()
            )
        )

    async def amnesty(self, request: admin.Amnesty, uid: int) -> answers.Answer:
        if request.area and request.area not in self._areas:
            there = ", ".join(self._areas) or "none"
            return answers.Refused("no_area", f"area: no {request.area!r} here; there is {there}")

        def change(store: Store) -> int:
            if request.holder:
                return whereabouts.forget_holder(store, request.holder)
            return whereabouts.forget(store, request.area)

        whom = {"holder": request.holder} if request.holder else {"area": request.area}
        body: dict[str, Value] = {"action": "amnesty", "uid": uid, **whom}
        try:
            count = await self._clerk.change(change, "command", lambda made: body | {"count": made})
        except VaultFault as fault:
            reason = "vault" if isinstance(fault, StorageFault) else "holder"
            return answers.Refused(reason, str(fault))
        return answers.AmnestyAnswer(count)

    async def run(self, beat: Callable[[], None]) -> None:
        """Forget each area at its time of day, for ever; not by a clock that is not believed."""
        while True:
            beat()
            now = self._clock.now()
            for name, area in self._areas.items():
                if area.amnesty and now.believed:
                    await self._daily(name, last_ms(area.amnesty, now, self._zone))
            await asyncio.sleep(EVERY_S)

    async def _daily(self, name: str, before_ms: int) -> None:
        """Once for each such moment; a vault that fails now is asked again."""
        if self._done_ms.get(name) == before_ms:
            return
        try:
            if await self._clerk.ask(lambda store: whereabouts.due(store, name, before_ms)):
                await self._clerk.change(
                    lambda store: whereabouts.forget(store, name, before_ms),
                    "amnesty",
                    lambda count: {"area": name, "count": count},
                )
        except VaultFault:
            return
        self._done_ms[name] = before_ms


def last_ms(at: str, now: Now, zone: tzinfo) -> int:
    """When it was this time of day (such as 04:00) last, UTC ms; in the hour that autumn has twice,
    the first time."""
    today = datetime.combine(now.today, time.fromisoformat(at), zone)
    begun = _ms(today)
    return begun if begun <= now.at_ms else _ms(today - timedelta(days=1))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000


def _area(name: str, area: sections.Area, lines: list[Inside], named: bool) -> answers.Area:
    holders = tuple(
        answers.Inside(line.holder_id, line.name, alerts.utc(line.since_ms))
        for line in (lines if named else [])
    )
    return answers.Area(
        name, area.anti_passback, area.passback_ms, area.limit, area.amnesty, len(lines), holders
    )

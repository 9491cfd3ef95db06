"""Changes of schedules, holidays, groups and rights, carried out as an installer asks for them."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from appliance.admin import LARGEST_PAGE, Handler
from appliance.clerk import Clerk
from appliance.vault import access, calendar
from appliance.vault.access import GroupLine, Right
from appliance.vault.calendar import ScheduleLine
from appliance.vault.journal import Value
from appliance.vault.store import Store
from board import windows
from board.link import admin, answers
from board.windows import WindowError

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
USERS_TOLD: Final = 20
"""Rights that are named beside a schedule; of thousands the number is enough."""

DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Wrong(Exception):
    """A request that cannot be carried out: reason code and sentence."""


class Permits:
    """Each change is one transaction together with its line in the journal."""

    def __init__(
        self,
        clerk: Clerk,
        portals: Iterable[str],
        time_zone: str,
        resting: Mapping[str, tuple[str, ...]],
    ) -> None:
        """resting: what rests on a schedule by site.toml, in the words of a schedule's uses."""
        self._clerk = clerk
        self._portals = tuple(portals)
        self._time_zone = time_zone
        self._resting = resting

    def handlers(self) -> dict[type[admin.Request], Handler]:
        """Who carries out what."""
        changes: dict[type[admin.Request], Callable[[Any, int], Any]] = {
            admin.Schedules: self.schedules,
            admin.SetSchedule: self.set_schedule,
            admin.RemoveSchedule: self.remove_schedule,
            admin.SetHoliday: self.set_holiday,
            admin.Groups: self.groups,
            admin.SetGroup: self.set_group,
            admin.RemoveGroup: self.remove_group,
            admin.SetMember: self.set_member,
            admin.OwnRights: self.own_rights,
            admin.SetRight: self.set_right,
        }
        return {request: _refusing(work) for request, work in changes.items()}

    async def schedules(self, _request: admin.Schedules, _uid: int) -> answers.Answer:
        lines = await self._clerk.ask(calendar.schedules)
        days = await self._clerk.ask(calendar.holidays)
        holidays = tuple(answers.Holiday(day.date.isoformat(), day.name) for day in days)
        return answers.SchedulesAnswer(self._time_zone, tuple(map(self._schedule, lines)), holidays)

    async def set_schedule(self, request: admin.SetSchedule, uid: int) -> answers.Answer:
        name = _name("schedule", request.name)
        try:
            parsed = windows.parse(request.windows)
        except WindowError as fault:
            raise Wrong("window", str(fault)) from fault
        words = [windows.write(window).replace(" ", "_").replace(",", "+") for window in parsed]
        body: dict[str, Value] = {"action": "set_schedule", "schedule": name, "windows": words}
        return await self._change(
            lambda store: calendar.set_schedule(store, name, parsed), body, uid
        )

    async def remove_schedule(self, request: admin.RemoveSchedule, uid: int) -> answers.Answer:
        name = _name("schedule", request.name)
        body = {"action": "remove_schedule", "schedule": name}
        others = self._resting.get(name, ())
        return await self._change(
            lambda store: calendar.remove_schedule(store, name, others), body, uid
        )

    async def set_holiday(self, request: admin.SetHoliday, uid: int) -> answers.Answer:
        day = _date(request.date)
        action = "remove_holiday" if request.remove else "add_holiday"

        def change(store: Store) -> None:
            if request.remove:
                calendar.remove_holiday(store, day)
            else:
                calendar.add_holiday(store, day, request.name)

        return await self._change(change, {"action": action, "date": day.isoformat()}, uid)

    async def groups(self, request: admin.Groups, _uid: int) -> answers.Answer:
        lines = await self._clerk.ask(lambda store: access.groups(store, request.after))
        return answers.GroupsAnswer(tuple(map(_group, lines)))

    async def set_group(self, request: admin.SetGroup, uid: int) -> answers.Answer:
        name = _name("group", request.name)
        for portal in request.portals:
            self._check_portal(portal)
        body: dict[str, Value] = {"action": "set_group", "group": name, "door": request.portals}
        body["schedule"] = request.schedule
        if request.without:
            body["removed"] = request.without
        return await self._change(
            lambda store: access.set_group(
                store, name, request.portals, request.schedule, request.without
            ),
            body,
            uid,
        )

    async def remove_group(self, request: admin.RemoveGroup, uid: int) -> answers.Answer:
        name = _name("group", request.name)
        body = {"action": "remove_group", "group": name}
        return await self._change(lambda store: access.remove_group(store, name), body, uid)

    async def set_member(self, request: admin.SetMember, uid: int) -> answers.Answer:
        name = _name("group", request.group)
        work, action = (
            (access.add_member, "add_member")
            if request.member
            else (access.drop_member, "drop_member")
        )
        body = {"action": action, "group": name, "holder": request.holder}
        return await self._change(lambda store: work(store, name, request.holder), body, uid)

    async def own_rights(self, request: admin.OwnRights, _uid: int) -> answers.Answer:
        lines = await self._clerk.ask(
            lambda store: access.holder_rights(store, request.after, LARGEST_PAGE)
        )
        return answers.OwnRightsAnswer(
            tuple(
                answers.HolderRight(line.holder_id, line.name, _right(line.right)) for line in lines
            )
        )

    async def set_right(self, request: admin.SetRight, uid: int) -> answers.Answer:
        self._check_portal(request.portal)

        def change(store: Store) -> None:
            if request.allowed:
                access.set_right(store, request.holder, request.portal, request.schedule)
            else:
                access.drop_right(store, request.holder, request.portal)

        action = "set_right" if request.allowed else "drop_right"
        body = {"action": action, "holder": request.holder, "door": request.portal}
        return await self._change(change, body | {"schedule": request.schedule}, uid)

    async def _change(
        self, change: Callable[[Store], None], body: Mapping[str, Value], uid: int
    ) -> answers.Done:
        await self._clerk.change(change, "command", lambda _: {**body, "uid": uid})
        return answers.Done()

    def _schedule(self, line: ScheduleLine) -> answers.Schedule:
        every = (*self._resting.get(line.name, ()), *line.used_by)
        used_by, more = every[:USERS_TOLD], len(every) - USERS_TOLD
        if more > 0:
            used_by = (*used_by, f"and {more:,} more")
        return answers.Schedule(line.name, tuple(map(windows.write, line.windows)), used_by)

    def _check_portal(self, portal: str) -> None:
        if portal not in self._portals:
            there = ", ".join(self._portals)
            raise Wrong("no_portal", f"portal: no {portal!r} here; there is {there}")


def _refusing(work: Callable[[Any, int], Any]) -> Handler:
    """The same work; what is wrong with the request is its answer."""

    async def carried_out(request: Any, uid: int) -> answers.Answer:
        try:
            answer: answers.Answer = await work(request, uid)
        except Wrong as fault:
            return answers.Refused(*fault.args)
        return answer

    return carried_out


def _name(what: str, name: str) -> str:
    if not NAME.fullmatch(name):
        raise Wrong(
            "name", f"{what}: a name is 1 to 32 small letters, digits and -, such as office"
        )
    return name


def _date(text: str) -> date:
    try:
        if not DATE.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as fault:
        raise Wrong("date", f"date: no {text[:20]!r}; write a day like 2026-12-25") from fault


def _group(line: GroupLine) -> answers.Group:
    return answers.Group(line.name, tuple(map(_right, line.rights)), line.members)


def _right(right: Right) -> answers.Right:
    return answers.Right(right.portal, right.schedule)

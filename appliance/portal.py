"""One door: inputs and grants in, strike and sounder out; the journal hears of it afterwards."""

import asyncio
from collections.abc import Callable
from typing import Final

from appliance import chronicle, door, hours, sections
from appliance.clerk import Clerk
from appliance.inputs import Inputs
from appliance.relays import Relays
from board.link import alerts
from board.signals import Board

TICK_S: Final = 0.25
PREALARM: Final = -1
"""Key of the timer before HELD_OUT; it is no event of the door."""

MODES: Final = {
    "normal": door.TO_NORMAL,
    "free": door.TO_FREE,
    "lockdown": door.TO_LOCKDOWN,
}


class Portal:
    """One door. Nothing here waits: not for the vault, the link, or the network.

    changed: called after every change of state.
    on_entered: called once for a grant, when the door opens while it lasts, whoever else may leave.
    on_shut: called when the leaf is shut again. neighbours: the other doors of its interlocks.
    """

    def __init__(
        self,
        name: str,
        site: sections.Portal,
        board: Board,
        inputs: Inputs,
        clerk: Clerk,
        changed: Callable[[], None],
    ) -> None:
        self.name = name
        self.state = door.START
        self.on_entered: Callable[[], None] = lambda: None
        self.on_shut: Callable[[], None] = lambda: None
        self.neighbours: tuple[Portal, ...] = ()
        self._awaited = False
        self._hours = hours.START
        self._site = site
        self._clerk = clerk
        self._changed = changed
        self._relays = Relays(board, site)
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self.contact = inputs.make(name, "contact", site.contact, self._contact)
        self.rex = inputs.make(name, "rex", site.rex, self._rex)
        self.bond = inputs.make(name, "bond", site.bond, lambda _: None) if site.bond else None
        self._relays.be(released=False, sounding=False)

    async def run(self, beat: Callable[[], None]) -> None:
        """Take the inputs as they are found, then repair lost writes for ever."""
        if self.contact.asserted:
            self.handle(door.FOUND_OPEN)
        if self.rex.asserted:
            self.handle(door.REX)
        while True:
            self._write()
            beat()
            await asyncio.sleep(TICK_S)

    @property
    def locked_down(self) -> bool:
        """Whether nobody may enter now."""
        return bool(self.state.mode == door.LOCKDOWN)

    @property
    def interlocked(self) -> bool:
        """Whether another door of the lock is open, or may be opened, now. Fire waits for none."""
        calling = self.state.fire == door.CALLING
        return not calling and any(other.passable for other in self.neighbours)

    @property
    def passable(self) -> bool:
        """Whether the door is open, or may be opened."""
        return self.state.leaf != door.SHUT or door.released(self.state)

    @property
    def breached(self) -> bool:
        """Whether another door of the same lock is open beside this one; who left had the right."""
        others = any(other.state.leaf != door.SHUT for other in self.neighbours)
        return others and self.state.leaf != door.SHUT

    def grant(self, *, extended: bool) -> bool:
        """Release the strike for one passage; return whether it may be.

        It may not in lockdown, nor while another door of the lock is open or may be opened.
        """
        if self.interlocked:
            return False
        self.handle(door.GRANT)
        if self.locked_down:
            return False
        self._awaited = True
        if self.state.lock != door.SECURED:
            self._prolong(self._site.extended_ms if extended else self._site.unlock_ms)
        self._be_hours(hours.arrived(self._hours))
        return True

    def end_grant(self) -> None:
        """Relock before the time is up, where a grant and nothing else releases the strike."""
        self._awaited = False
        self.handle(door.END_GRANT)

    def fire(self, calling: bool) -> None:
        """The fire panel calls, or no longer does."""
        self.handle(door.FIRE if calling else door.FIRE_OVER)

    def set_mode(self, mode: str) -> None:
        """Order normal, free or lockdown."""
        self.handle(MODES[mode])
        if self.locked_down:
            self._be_hours(hours.locked_down(self._hours))

    def keep_hours(self, opened: bool) -> None:
        """Be free while the site's schedule is open, by a clock that is believed."""
        self._be_hours(hours.looked(self._hours, opened))

    def secure(self) -> None:
        """Leave the strike as a stopped terminal must: secured."""
        self._relays.be(released=False, sounding=False)

    def handle(self, event: int) -> None:
        """Take one event: strike first, timers next, words last."""
        before = self.state
        self.state = self._step(event)
        self._write()
        self._set_timers(before, event)
        for line in chronicle.lines(self.name, before, self.state, event):
            self._note(*line)
        self._tell_passage(before, event)
        self._changed()

    def _step(self, event: int) -> door.State:
        after = door.step(self.state, event, self._site.relock)
        if after.leaf == door.AJAR and not self._site.forced_ms:
            after = door.step(after, door.FORCED_OUT)
        return after

    def _be_hours(self, now: hours.Hours) -> None:
        self._hours = now
        free = hours.free(now, self._site.first_person)
        if free != (self.state.hours == door.FREE_HOURS):
            self.handle(door.HOURS_BEGIN if free else door.HOURS_END)

    def _write(self) -> None:
        self._relays.be(released=door.released(self.state), sounding=door.sounding(self.state))

    def _contact(self, open_: bool) -> None:
        self.handle(door.OPENED if open_ else door.CLOSED)

    def _rex(self, asserted: bool) -> None:
        if asserted:
            self.handle(door.REX)

    def _set_timers(self, before: door.State, event: int) -> None:
        if self.state.lock == door.SECURED:
            self._cancel(door.RELOCK)
        elif event == door.REX:
            self._prolong(self._site.unlock_ms)
        if self.state.leaf != door.AJAR:
            self._cancel(door.FORCED_OUT)
        elif before.leaf != door.AJAR:
            self._after(door.FORCED_OUT, self._site.forced_ms)
        waits = self.state.leaf == door.OPEN and not door.open_to_all(self.state)
        waited = before.leaf == door.OPEN and not door.open_to_all(before)
        if waits and not waited:
            self._after(door.HELD_OUT, self._site.held_ms)
        elif not waits:
            self._cancel(door.HELD_OUT)

    def _prolong(self, delay_ms: int) -> None:
        """Relock after `delay_ms`, but never earlier than somebody was promised before."""
        promised = self._timers.get(door.RELOCK)
        if not promised or promised.when() < asyncio.get_running_loop().time() + delay_ms / 1000:
            self._after(door.RELOCK, delay_ms)

    def _after(self, event: int, delay_ms: int) -> None:
        self._cancel(event)
        loop = asyncio.get_running_loop()
        self._timers[event] = loop.call_later(delay_ms / 1000, self._elapsed, event)
        if event == door.HELD_OUT:
            warn_s = (delay_ms - self._site.prealarm_ms) / 1000
            self._timers[PREALARM] = loop.call_later(warn_s, self._prealarm)

    def _cancel(self, event: int) -> None:
        for key in (event, PREALARM) if event == door.HELD_OUT else (event,):
            timer = self._timers.pop(key, None)
            if timer:
                timer.cancel()

    def _elapsed(self, event: int) -> None:
        """A sensor that still asks for exit when the time is up asks again."""
        self._timers.pop(event, None)
        if event == door.RELOCK and self.rex.asserted:
            event = door.REX
        self.handle(event)

    def _prealarm(self) -> None:
        self._note("door_held_warning", alerts.raised("door_held_warning", self.name))

    def _tell_passage(self, before: door.State, event: int) -> None:
        if event == door.OPENED and self._awaited:
            self._awaited = False
            self.on_entered()
        self._awaited &= self.state.lock != door.SECURED and not self.locked_down
        if self.state.leaf == door.SHUT != before.leaf:
            self.on_shut()

    def _note(self, kind: str, alert: alerts.Event | None = None) -> None:
        self._clerk.note(kind, self.name, {}, alert=alert)

"""A door to which anything happens at any moment, and what must be true of it after each step."""

from typing import Final

from appliance import door
from tests.model.broken import demand
from tests.model.chance import Chance

EVENTS: Final = tuple(range(door.HOURS_END + 1))
FREEING: Final = (door.TO_FREE, door.HOURS_BEGIN, door.FIRE)
ENTRIES: Final = (door.OPENED, door.FOUND_OPEN)


class DoorWalk:
    """The pure door alone: events that make no sense there are events, too."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._relock = chance.of(tuple(door.RELOCKS))
        self.state = door.START

    def step(self) -> str:
        """Let something happen, but no grant: that is a decision's. Raises Broken."""
        event = self._chance.of(EVENTS)
        if event != door.GRANT or self.state.mode == door.LOCKDOWN:
            self.happens(event)
        return f"event {event}"

    def grant(self) -> None:
        """Somebody was let in. Raises Broken."""
        self._demand(self.state.mode != door.LOCKDOWN, "no grant in lockdown")
        self.happens(door.GRANT)
        self._demand(door.released(self.state), "a grant releases")

    def happens(self, event: int) -> None:
        """Take an event, and look whether all is as it ought to be. Raises Broken."""
        before, after = self.state, door.step(self.state, event, self._relock)
        self.state = after
        self._demand(event != door.REX or door.released(after), "REX releases")
        self._demand(event != door.REX or after.lock == door.EXITING, "REX is an exit of its own")
        self._demand(
            event not in FREEING or door.released(after) or after.mode == door.LOCKDOWN,
            "whatever frees the door releases",
        )
        self._demand(not after.fire or door.released(after), "while it burns all is released")
        self._unlocked_for_a_reason(before, after, event)
        self._exit_goes_on(before, after, event)
        self._leaf_tells_the_truth(before, after, event)

    def _unlocked_for_a_reason(self, before: door.State, after: door.State, event: int) -> None:
        if door.released(before) or not door.released(after):
            return
        lifted = event in (door.TO_NORMAL, door.TO_FREE) and before.mode == door.LOCKDOWN
        may = event in (door.GRANT, door.REX, *FREEING) or lifted
        self._demand(may, "the strike is released by a grant, REX, freedom or fire alone")
        self._demand(event != door.GRANT or before.mode != door.LOCKDOWN, "no grant in lockdown")

    def _exit_goes_on(self, before: door.State, after: door.State, event: int) -> None:
        ends = event == door.RELOCK
        exiting = before.lock == door.EXITING and after.lock != door.EXITING
        self._demand(ends or not exiting, "an exit ends by time alone")

    def _leaf_tells_the_truth(self, before: door.State, after: door.State, event: int) -> None:
        alarmed = after.leaf in (door.AJAR, door.FORCED)
        began = alarmed and before.leaf not in (door.AJAR, door.FORCED)
        self._demand(not began or not door.released(before), "forced only when nothing released")
        self._demand(not (alarmed and door.open_to_all(after)), "nobody forces a free door")
        self._demand(event != door.CLOSED or after.leaf == door.SHUT, "a shut door is shut")
        opened = before.leaf == door.SHUT and after.leaf != door.SHUT
        self._demand(not opened or event in ENTRIES, "a leaf opens when it is opened")
        sounds = after.leaf in (door.HELD, door.FORCED)
        self._demand(door.sounding(after) == sounds, "the sounder tells of held and forced")

    def _demand(self, holds: bool, what: str) -> None:
        demand(holds, what, self.state)

"""The door's state: what it is after each event, and what that makes of strike and alarm."""

# Five small machines side by side. Each has one table; an event that a table does not list leaves
# that machine as it is, so a garbled or repeated event can do nothing new.
#
#   lock   why the strike is released, if it is
#   leaf   what the door contact tells
#   mode   what an operator has ordered
#   hours  whether a schedule has set the door free; a lockdown hides it
#   fire   whether the fire panel calls; beats everything, forgets nothing of the rest
#
# Outputs are a function of the state, never a list of things to do: relays are told what to be,
# and telling them again repairs a write that was lost.
#
# Pure: no I/O, no clock. Runs unchanged under MicroPython: ints, tuples, one dict per machine.

from collections import namedtuple

SECURED, GRANTED, EXITING = range(3)
SHUT, OPEN, HELD, FORCED, AJAR = range(5)
NORMAL, FREE, LOCKDOWN = range(3)
KEPT, FREE_HOURS = range(2)
QUIET, CALLING = range(2)

(
    GRANT,
    REX,
    OPENED,
    CLOSED,
    RELOCK,
    HELD_OUT,
    TO_NORMAL,
    TO_FREE,
    TO_LOCKDOWN,
    FIRE,
    FIRE_OVER,
    FOUND_OPEN,
    END_GRANT,
    FORCED_OUT,
    HOURS_BEGIN,
    HOURS_END,
) = range(16)

LOCK_WORDS = ("secured", "granted", "exiting")
LEAF_WORDS = ("shut", "open", "held", "forced", "ajar")
MODE_WORDS = ("normal", "free", "lockdown")

State = namedtuple("State", ("lock", "leaf", "mode", "hours", "fire"))

START = State(SECURED, SHUT, NORMAL, KEPT, QUIET)

LOCK = {
    (SECURED, GRANT): GRANTED,
    (SECURED, REX): EXITING,
    (GRANTED, REX): EXITING,
    (GRANTED, RELOCK): SECURED,
    (GRANTED, END_GRANT): SECURED,  # whoever it was for has walked away
    (GRANTED, TO_LOCKDOWN): SECURED,
    (EXITING, RELOCK): SECURED,  # neither opening, closing nor lockdown shortens an exit
}
RELOCKS = {
    "open": {(GRANTED, OPENED): SECURED},  # the latch falls in behind the person
    "close": {(GRANTED, CLOSED): SECURED},  # a bolt must not come out before the leaf is back
}
LEAF = {
    (SHUT, OPENED): OPEN,  # AJAR instead, if nothing had released the strike
    (SHUT, FOUND_OPEN): OPEN,  # at the start: who opened it, and by which right, nobody saw
    (OPEN, CLOSED): SHUT,
    (OPEN, HELD_OUT): HELD,
    (HELD, CLOSED): SHUT,
    (FORCED, CLOSED): SHUT,
    (AJAR, CLOSED): SHUT,  # it only rattled
    (AJAR, FORCED_OUT): FORCED,
    (HELD, GRANT): OPEN,
    (HELD, REX): OPEN,
    (FORCED, GRANT): OPEN,
    (FORCED, REX): OPEN,
    (AJAR, GRANT): OPEN,
    (AJAR, REX): OPEN,
}
MODE = {TO_NORMAL: NORMAL, TO_FREE: FREE, TO_LOCKDOWN: LOCKDOWN}
HOURS = {HOURS_BEGIN: FREE_HOURS, HOURS_END: KEPT}
PANEL = {FIRE: CALLING, FIRE_OVER: QUIET}


def step(state: State, event: int, relock: str = "open") -> State:
    """Return the state after an event. relock: of RELOCKS, what ends a grant before its time."""
    if event == GRANT and state.mode == LOCKDOWN:
        return state
    if event == END_GRANT and open_to_all(state):
        return state
    after = State(
        RELOCKS[relock].get((state.lock, event), LOCK.get((state.lock, event), state.lock)),
        LEAF.get((state.leaf, event), state.leaf),
        MODE.get(event, state.mode),
        HOURS.get(event, state.hours),
        PANEL.get(event, state.fire),
    )
    if event == OPENED and state.leaf == SHUT and not released(state):
        return State(after.lock, AJAR, *after[2:])
    if open_to_all(after) and after.leaf != SHUT:  # nobody holds or forces what is open to all
        return State(after.lock, OPEN, *after[2:])
    return after


def open_to_all(state: State) -> bool:
    """Return whether anybody may pass: no one is asked, and no one holds the door too long."""
    by_hours = state.hours == FREE_HOURS and state.mode != LOCKDOWN
    return bool(state.mode == FREE or by_hours or state.fire == CALLING)


def released(state: State) -> bool:
    """Return whether the strike is to be released."""
    return bool(state.lock != SECURED or open_to_all(state))


def sounding(state: State) -> bool:
    """Return whether the local sounder is to be on."""
    return state.leaf in (HELD, FORCED)


def alarm(state: State, tamper: bool = False, fault: bool = False, breached: bool = False) -> str:
    """Return the door's condition as one of BACnet's DoorAlarmState words (ASHRAE 135).

    tamper: the housing is open. fault: strike, magnet or a line of the door is broken. breached:
    another door of its interlock is open as well. Of several that hold, the first one counts.
    """
    for word, holds in (
        ("forced-open", state.leaf == FORCED),
        ("tamper", tamper),
        ("door-open-too-long", state.leaf == HELD),
        ("egress-open", state.fire == CALLING),
        ("alarm", breached),
        ("door-fault", fault),
        ("lock-down", state.mode == LOCKDOWN),
        ("free-access", open_to_all(state)),
    ):
        if holds:
            return word
    return "normal"

"""Whether a door's free hours free it now: its schedule is open, and somebody came where wanted."""

# Pure: that the schedule is open, by a clock that is believed, is an argument. Runs unchanged under
# MicroPython.

from collections import namedtuple

# open: the schedule is. came: somebody was let in at this door since it opened.
Hours = namedtuple("Hours", ("open", "came"))

START = Hours(False, False)


def looked(hours: Hours, opened: bool) -> Hours:
    """Return the hours after a look at the schedule; who came counts for one opening."""
    return Hours(opened, opened and hours.came)


def arrived(hours: Hours) -> Hours:
    """Return the hours after somebody was let in; before the opening nobody is the first."""
    return Hours(hours.open, hours.open)


def locked_down(hours: Hours) -> Hours:
    """Return the hours after a lockdown was ordered: once it is lifted, somebody comes first."""
    return Hours(hours.open, False)


def free(hours: Hours, first_person: bool) -> bool:
    """Return whether the door is free. first_person: only once somebody came."""
    return bool(hours.open and (hours.came or not first_person))

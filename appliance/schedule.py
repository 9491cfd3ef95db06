"""When something may be used: weekly windows, with holidays that replace the day of the week."""

# Pure: the civil moment is an argument, so daylight saving is none of this room's business. Runs
# unchanged under MicroPython.

from collections import namedtuple

# Days are numbers: 0 Monday to 6 Sunday.
HOLIDAY = 7
"""Stands in the place of the day of the week where the calendar says so."""

# days: a bit for each day it begins on, 1 << 0 for Monday. begin_min: minutes since midnight.
# end_min: exclusive. An end that is not after the beginning lies on the next day: 22:00 to 06:00 is
# one night, and belongs to the day it begins on.
Window = namedtuple("Window", ("days", "begin_min", "end_min"))

# One moment on the wall clock. day, day_before: 0 to HOLIDAY. minute: since midnight.
Moment = namedtuple("Moment", ("day", "day_before", "minute"))


def moment(weekday: int, minute: int, holiday: bool, holiday_before: bool) -> Moment:
    """Return a moment; `weekday` is that of the calendar, whether today is a holiday or not."""
    before = (weekday - 1) % 7
    return Moment(HOLIDAY if holiday else weekday, HOLIDAY if holiday_before else before, minute)


def covers(windows: tuple[Window, ...], at: Moment) -> bool:
    """Return whether any window is open at that moment."""
    return any(_covers(window, at) for window in windows)


def _covers(window: Window, at: Moment) -> bool:
    begun = _on(window, at.day) and at.minute >= window.begin_min
    if window.end_min > window.begin_min:
        return begun and at.minute < window.end_min
    return begun or (_on(window, at.day_before) and at.minute < window.end_min)


def _on(window: Window, day: int) -> bool:
    return bool(window.days >> day & 1)

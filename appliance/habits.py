"""Whether an hour is unusual for a holder, by how often they passed at which hours before."""

# Pure: counts in, a word out; the hour is an argument. Runs unchanged under MicroPython.

HOURS = 24

ENOUGH = 20
"""Passes before which nothing is unusual: of a newcomer nobody knows what is usual."""

MOST = 200
"""Passes kept of a holder. Past them all counts are halved: what is no longer done is forgotten."""

WEEKEND = 5
"""From this day of the week on, 0 being Monday."""

# counts: passes by hour of the local day, first the 24 hours of working days, then those of others.


def other_day(weekday: int, holiday: bool) -> bool:
    """Return whether a day is no working day."""
    return holiday or weekday >= WEEKEND


def grown(counts: tuple[int, ...]) -> bool:
    """Return whether the counts are to be halved."""
    return sum(counts) > MOST


def unusual(counts: tuple[int, ...], other_day: bool, hour: int) -> bool:
    """Return whether there are passes enough, and none within an hour of this on such a day."""
    if sum(counts) < ENOUGH:
        return False
    begin = HOURS if other_day else 0
    return not any(counts[begin + (hour + away) % HOURS] for away in (-1, 0, 1))

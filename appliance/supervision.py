"""A supervised line: what its voltage means, and which meaning is to be believed."""

# Two resistors end the line: one in series with the contact's loop, one across the contact. So a
# contact that is closed shows one resistor, one that is open shows two, a line that is cut shows
# no end at all, and one that is shorted shows none. Voltages are in permille of the supply.
#
# The states are in the order of their gravity. A graver one is believed at the second poll that
# says so, a milder one only after ten: a wire that chatters is as bad as it was at its worst.
#
# Pure: no I/O, no clock. Runs unchanged under MicroPython.

from collections import namedtuple

NORMAL, ACTIVE, SHORT, CUT = range(4)
WORDS = ("normal", "active", "short", "cut")

HYSTERESIS = 15
GRAVER_POLLS = 2
MILDER_POLLS = 10

# short_below, two_from, cut_from: the limits between shorted, one resistor, two, and cut.
# high: whether two resistors are the active state; else one is.
Limits = namedtuple("Limits", ("short_below", "two_from", "cut_from", "high"))

# seen: the state of the last poll. believed: the state that counts. same: polls in a row that saw
# the same.
Line = namedtuple("Line", ("seen", "believed", "same"))


def state_of(permille: int, limits: Limits) -> int:
    """Return what a voltage means."""
    if permille < limits.short_below:
        return SHORT
    if permille >= limits.cut_from:
        return CUT
    return ACTIVE if (permille >= limits.two_from) == limits.high else NORMAL


def found(permille: int, limits: Limits) -> Line:
    """Return the line as it is found at the start: its first voltage is believed."""
    state = state_of(permille, limits)
    return Line(state, state, 1)


def polled(line: Line, permille: int, limits: Limits) -> Line:
    """Return the line after one more poll."""
    state = _seen(line.seen, permille, limits)
    same = line.same + 1 if state == line.seen else 1
    believed = line.believed
    if same >= MILDER_POLLS:
        believed = state
    elif same >= GRAVER_POLLS:
        believed = max(state, believed)
    return Line(state, believed, same)


def _seen(before: int, permille: int, limits: Limits) -> int:
    """Near a limit it is still what it was: noise is no change."""
    near = state_of(permille - HYSTERESIS, limits), state_of(permille + HYSTERESIS, limits)
    return before if before in near else state_of(permille, limits)

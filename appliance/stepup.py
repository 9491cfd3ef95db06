"""A head turn on demand: what is asked for next, and whether it was done as asked."""

# Pure: values in, new values out; the time and the sides drawn are arguments. Runs unchanged under
# MicroPython.
#
# A flat picture that is turned measures a yaw of 12 degrees at most, and a recording does not know
# which sides will be drawn: the trial report and the decision are in docs/decisions/0013.

from collections import namedtuple

NONE, ASKED, PASSED, FAILED = range(4)
"""What became of it: not asked for, not answered yet, done as asked, or not."""

CLOSER = "closer"
FACING = "facing"
LEFT = "left"
RIGHT = "right"
SIGNS = {LEFT: 1, RIGHT: -1}
"""A yaw is positive to the person's own left."""

TURNS = 2
TURNED_DEG = 25
TURNED_READINGS = 2
"""So many in a row: one reading may be a slip of the mesh."""
FACING_DEG = 12
CLOSE_PX = 36
"""Between the eyes: a face of about 80 pixels, as the spoof net and the mesh want it."""
ASK_MS = 4_000
"""For each thing asked. Who did not hear asks for the whole anew, by trying again."""

# result: one of the four above. asks: all that is asked for, in order; number: which of them now.
# track: whom it was asked of. turned: readings in a row that show the turn. since_ms: when this was
# asked; seen_ms: the newest reading.
StepUp = namedtuple(
    "StepUp", ("result", "asks", "number", "track", "turned", "since_ms", "seen_ms")
)
NOT_ASKED = StepUp(NONE, (), 0, 0, 0, 0, 0)

# One reading as far as it matters here. seen: exactly one face, uncovered; else nothing else of it
# is believed.
Look = namedtuple("Look", ("track", "seen", "yaw_deg", "eyes_px"))


def ask(sides: tuple[str, ...], look: Look, now_ms: int) -> StepUp:
    """Return the step-up asked of whom `look` shows: to each of `sides` in turn, and back."""
    asks = [CLOSER] if look.eyes_px < CLOSE_PX else []
    for side in sides:
        asks += [FACING, side]
    asks += [FACING]
    return StepUp(ASKED, tuple(asks), 0, look.track, 0, now_ms, now_ms)


def asked(step_up: StepUp) -> str:
    """Return what is asked for now; empty when nothing is."""
    return str(step_up.asks[step_up.number]) if step_up.result == ASKED else ""


def longest_ms(step_up: StepUp) -> int:
    """Return how long the whole may take."""
    return len(step_up.asks) * ASK_MS


def look_at(step_up: StepUp, look: Look, holder: bool, now_ms: int) -> StepUp:
    """Return the step-up after one more reading.

    holder: the reading shows the face it is asked of, well enough to match. Facing the camera
    counts only so: before, between and after the turns it is the same person.
    """
    result, asks, number, track, turned, since_ms, seen_ms = step_up
    if result != ASKED:
        return step_up
    if now_ms < seen_ms or now_ms - since_ms > ASK_MS or _other(step_up, look):
        return StepUp(FAILED, asks, number, track, turned, since_ms, now_ms)
    if not _done(asks[number], look, holder):
        return StepUp(ASKED, asks, number, track, 0, since_ms, now_ms)
    if asks[number] in SIGNS and turned + 1 < TURNED_READINGS:
        return StepUp(ASKED, asks, number, track, turned + 1, since_ms, now_ms)
    if number + 1 == len(asks):
        return StepUp(PASSED, asks, number, track, 0, since_ms, now_ms)
    return StepUp(ASKED, asks, number + 1, track, 0, now_ms, now_ms)


def _other(step_up: StepUp, look: Look) -> bool:
    """Return whether somebody else is there, or the head goes where it was not asked to."""
    if not look.seen:
        return False
    sign = SIGNS.get(asked(step_up), 0)
    return bool(look.track != step_up.track or sign * look.yaw_deg <= -TURNED_DEG)


def _done(ask: str, look: Look, holder: bool) -> bool:
    if not look.seen:
        return False
    if ask == CLOSER:
        return bool(look.eyes_px >= CLOSE_PX)
    if ask == FACING:
        return bool(holder and abs(look.yaw_deg) < FACING_DEG)
    return bool(SIGNS[ask] * look.yaw_deg >= TURNED_DEG)

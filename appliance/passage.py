"""Whether it is still the same person, from the grant until the door is shut again."""

# Pure: values in, new values out; the time (monotonic) is an argument. Runs unchanged under
# MicroPython.
#
# What is seen here can end a grant, or be told. It never begins or prolongs one.

from collections import namedtuple

IDLE, WAITING, OPEN = range(3)
"""Nobody is followed; granted, and the door still shut; opened, and not yet shut again."""

NOTHING, SWAPPED, WALKED_AWAY, TAILGATED = range(4)
"""What follows."""

HOLDER, OTHER, UNSURE = range(3)
"""Whose face it is. UNSURE is no evidence against anybody."""

READINGS = 2
"""So many of one track must show another person: one reading may be a slip."""

NEAR_PERMILLE = 700
"""Of the holder's size: somebody smaller stands behind them, and waits for their turn."""

# holder_px: between the holder's eyes; 0 where it was not measured. seen_ms: when anybody was seen
# who may be the holder. walk_away_ms: unseen for so long they are gone; 0 for never. track, others:
# whose readings show another person, and how many. suspect: enough of them.
Passage = namedtuple(
    "Passage", ("stage", "holder_px", "seen_ms", "walk_away_ms", "track", "others", "suspect")
)

NOBODY = Passage(IDLE, 0, 0, 0, -1, 0, False)

# One reading beside those who were granted. usable: good enough to match.
Sight = namedtuple("Sight", ("track", "eyes_px", "usable", "likeness_e4"))


def granted(holder_px: int, walk_away_ms: int, is_open: bool, now_ms: int) -> Passage:
    """Return the passage of somebody who was granted; what an earlier one had seen is void.

    Whoever was the other person may be the one who is granted now.
    """
    return Passage(OPEN if is_open else WAITING, holder_px, now_ms, walk_away_ms, -1, 0, False)


def opened(passage: Passage) -> Passage:
    """Return the passage when the door opens; from here on only another person matters."""
    if passage.stage != WAITING:
        return passage
    return Passage(OPEN, passage.holder_px, passage.seen_ms, 0, -1, 0, False)


def whose(sight: Sight, match_e4: int) -> int:
    """Return whose face this is: clearly unlike is less than half of what a match takes."""
    if not sight.usable:
        return UNSURE
    if sight.likeness_e4 >= match_e4:
        return HOLDER
    return OTHER if 2 * sight.likeness_e4 < match_e4 else UNSURE


def seen(passage: Passage, sight: Sight, match_e4: int, now_ms: int) -> Passage:
    """Return the passage after one more reading."""
    stage, holder_px, seen_ms, walk_away_ms, track, others, suspect = passage
    if stage == IDLE:
        return passage
    whom = whose(sight, match_e4)
    if whom == UNSURE:
        return Passage(stage, holder_px, now_ms, walk_away_ms, track, others, suspect)
    if whom == HOLDER:
        return Passage(stage, sight.eyes_px, now_ms, walk_away_ms, -1, 0, suspect)
    if not _near(holder_px, sight):
        return passage
    others = others + 1 if track == sight.track else 1
    enough = suspect or others >= READINGS
    return Passage(stage, holder_px, seen_ms, walk_away_ms, sight.track, others, enough)


def _near(holder_px: int, sight: Sight) -> bool:
    """Return whether they stand where the holder stood. Of unknown sizes nothing is said."""
    return bool(holder_px and 1000 * sight.eyes_px >= NEAR_PERMILLE * holder_px)


def follows(passage: Passage, now_ms: int) -> int:
    """Return what follows now; the door is not shut again."""
    if passage.stage != WAITING:
        return NOTHING
    if passage.suspect:
        return SWAPPED
    gone = passage.walk_away_ms and now_ms - passage.seen_ms >= passage.walk_away_ms
    return WALKED_AWAY if gone else NOTHING


def closes(passage: Passage) -> int:
    """Return what follows when the door is shut again, or has been open too long."""
    return TAILGATED if passage.stage == OPEN and passage.suspect else NOTHING

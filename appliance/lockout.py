"""Whether a PIN, or a card, counts now: after wrong ones it has to wait, and longer each time."""

# Pure: values in, new values out; the time (monotonic) is an argument. Runs unchanged under
# MicroPython.
#
# How long somebody may guess: docs/decisions/0017.

from collections import namedtuple

FREE_TRIES = 2
"""So many wrong PINs cost nothing."""

SHORT_MS = 10_000
"""After one more the next has to wait so long, and after each further one twice as long."""

LOCKING = 5
LONG_MS = 900_000
LONGEST_MS = 3_600_000
"""From this wrong PIN on a PIN counts no more for a quarter of an hour, then twice that, then an
hour each time. The bound is for holders: somebody else may have entered those in their name."""

FORGOTTEN_MS = 86_400_000
"""After so long without a wrong PIN the count begins anew: five in a day are fewer than the
twenty-four that the longest wait allows."""

MOST_HOLDERS = 1_000
"""Of more the least wrong are forgotten, the oldest first. Whoever has the cards of more holders
than these guesses hardly faster for it: a reader is held to fewer than GUESSES a minute."""

GUESSES = 20
GUESSES_MS = 60_000
SHUT_MS = 30_000
"""So many guesses at one reader within so long, and it takes no card for so long: no more than that
for everybody, and it takes as many guesses anew."""

# Wrong PINs of one holder since the last right one. until_ms: no PIN of theirs counts before.
Count = namedtuple("Count", ("holder", "wrong", "at_ms", "until_ms"))

NO_COUNTS = ()

# One reader. guesses_ms: when each was, oldest first; until_ms: it takes no card before.
Reader = namedtuple("Reader", ("guesses_ms", "until_ms"))

QUIET = Reader((), 0)


def waits(counts: tuple[Count, ...], holder: str, now_ms: int) -> bool:
    """Return whether no PIN of this holder counts now, be it right or wrong."""
    return any(count.holder == holder and now_ms < count.until_ms for count in counts)


def locked(counts: tuple[Count, ...], holder: str) -> bool:
    """Return whether this holder has had LOCKING wrong PINs or more."""
    return any(count.holder == holder and count.wrong >= LOCKING for count in counts)


def right(counts: tuple[Count, ...], holder: str) -> tuple[Count, ...]:
    """Return the counts after a right PIN of this holder: theirs is gone."""
    return tuple(count for count in counts if count.holder != holder)


def wrong(counts: tuple[Count, ...], holder: str, now_ms: int) -> tuple[Count, ...]:
    """Return the counts after one more wrong PIN of this holder; it is the last of them."""
    recent = [count for count in counts if now_ms - count.at_ms < FORGOTTEN_MS]
    number = 1 + sum(count.wrong for count in recent if count.holder == holder)
    kept = _without_least([count for count in recent if count.holder != holder])
    kept.append(Count(holder, number, now_ms, now_ms + wait_ms(number)))
    return tuple(kept)


def wait_ms(number: int) -> int:
    """Return for how long no PIN counts after the so many-th wrong one."""
    if number <= FREE_TRIES:
        return 0
    if number < LOCKING:
        return int(SHORT_MS << (number - FREE_TRIES - 1))
    return min(LONG_MS << min(number - LOCKING, 2), LONGEST_MS)


def _without_least(counts: list[Count]) -> list[Count]:
    """Return the counts with room for one more."""
    if len(counts) < MOST_HOLDERS:
        return counts
    least = min(counts, key=_weight)
    return [count for count in counts if count is not least]


def _weight(count: Count) -> tuple[int, int]:
    return (count.wrong, count.at_ms)


def shut(reader: Reader, now_ms: int) -> bool:
    """Return whether the reader takes no card now."""
    return bool(now_ms < reader.until_ms)


def guessed(reader: Reader, now_ms: int) -> Reader:
    """Return the reader after one more guess; after GUESSES it is shut, and counts anew."""
    recent = [at_ms for at_ms in reader.guesses_ms if now_ms - at_ms < GUESSES_MS]
    recent.append(now_ms)
    if len(recent) < GUESSES:
        return Reader(tuple(recent), reader.until_ms)
    return Reader((), now_ms + SHUT_MS)

"""Weekly windows as people write them, `mon-fri 07:00-19:00`, and as the vault keeps them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")
HOLIDAY: Final = DAYS.index("holiday")
DAY_MIN: Final = 24 * 60
MOST: Final = 12
"""Windows of one schedule; all of them fit into one line of the journal."""

LONGEST: Final = 63
HOURS: Final = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")

Window = tuple[int, int, int]
"""Days it begins on, a bit for each, 1 << 0 for Monday and 1 << 7 for holidays; begin, end:
minutes since midnight, 0 to 1439 and 1 to 1440. An end not after the beginning is the next day's.
"""


class WindowError(ValueError):
    """No window; the message says what is wrong, and how one is written."""


def parse(texts: Sequence[str]) -> tuple[Window, ...]:
    """Return the windows that these texts mean, sorted, each once. Raises WindowError."""
    if len(texts) > MOST:
        raise WindowError(f"{len(texts)} windows; a schedule has at most {MOST}")
    windows: set[Window] = set()
    never = 0
    for text in texts:
        days, hours = _halves(text)
        if hours == "never":
            never |= days
        else:
            windows.add((days, *_hours(hours, text)))
    for window in windows:
        if window[0] & never:
            raise WindowError(f"{write(window)}: the same day is `never` besides; leave one out")
    return tuple(sorted(windows))


def write(window: Window) -> str:
    """Return a window as `parse` takes it: its one way to be written."""
    days, begin_min, end_min = window
    listed = ",".join(_runs([day for day in range(HOLIDAY) if days >> day & 1]))
    holiday = DAYS[HOLIDAY] if days >> HOLIDAY else ""
    hours = "always" if (begin_min, end_min) == (0, DAY_MIN) else _span(begin_min, end_min)
    return f"{','.join(filter(None, (listed, holiday)))} {hours}"


def _runs(days: list[int]) -> Iterator[str]:
    """`mon-fri` for three days in a row or more, else each by its name."""
    while days:
        run = [day for place, day in enumerate(days) if day == days[0] + place]
        days = days[len(run) :]
        if len(run) > 2:
            yield f"{DAYS[run[0]]}-{DAYS[run[-1]]}"
        else:
            yield from (DAYS[day] for day in run)


def _span(begin_min: int, end_min: int) -> str:
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (begin_min, end_min))


def _halves(text: str) -> tuple[int, str]:
    days, _, hours = text[: LONGEST + 1].partition(" ")
    if len(text) > LONGEST:
        raise _wrong(text[:LONGEST])
    return _bits(_day_list(days, text)), hours


def _bits(days: Iterable[int]) -> int:
    return sum(1 << day for day in set(days))


def _day_list(days: str, text: str) -> Iterator[int]:
    for part in days.split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS[:HOLIDAY]):
            raise _wrong(text)
        begin, end = DAYS.index(first), DAYS.index(last if dash else first)
        if end < begin:
            raise WindowError(f"{text}: days go from mon to sun; write `sat,sun,mon`")
        yield from range(begin, end + 1)


def _hours(hours: str, text: str) -> tuple[int, int]:
    if hours == "always":
        return 0, DAY_MIN
    match = HOURS.fullmatch(hours)
    if not match:
        raise _wrong(text)
    from_h, from_min, to_h, to_min = map(int, match.groups())
    begin_min, end_min = from_h * 60 + from_min, to_h * 60 + to_min
    if max(from_min, to_min) > 59 or begin_min >= DAY_MIN or end_min > DAY_MIN:
        raise WindowError(f"{text}: times go from 00:00 to 24:00")
    return begin_min, end_min or DAY_MIN


def _wrong(text: str) -> WindowError:
    return WindowError(
        f"{text!r}: write days and hours, such as `mon-fri 07:00-19:00`, `sat,sun 22:00-06:00`, "
        f"`holiday always` or `holiday never`"
    )

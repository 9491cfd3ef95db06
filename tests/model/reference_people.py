"""Who somebody is, and what speaks against them at some minute: told as plainly as it can be."""

# Written from docs/, not from the code: see reference_door.py.

from dataclasses import dataclass
from datetime import UTC, datetime

JUMP_MS = 120_000
"""A wall clock further off than this is not believed."""

Windows = list[tuple[set[int], int, int]]
"""Of (days, from, until), in minutes of the day."""

ORDER = (
    "unknown_credential",
    "lost",
    "suspended",
    "outside_validity",
    "lockdown",
    "no_right",
    "outside_schedule",
    "anti_passback",
    "area_full",
    "interlock",
)
"""The first of these that holds is the one that is told."""


@dataclass
class Person:
    """A holder, and when they may pass. hours None: always. escort: `needs` or `may` be one."""

    pin: str = ""
    duress: str = ""
    face: bool = False
    suspended: bool = False
    lost: bool = False
    extended: bool = False
    until_ms: int | None = None
    right: bool = True
    hours: Windows | None = None
    escort: str = ""


@dataclass
class Clock:
    """The wall clock. off_ms: by how much somebody has set it wrong."""

    wall_ms: int
    off_ms: int = 0

    @property
    def believed(self) -> bool:
        return abs(self.off_ms) <= JUMP_MS

    def at(self, now_ms: int) -> datetime:
        """What it shows so long after the start."""
        return datetime.fromtimestamp((self.wall_ms + now_ms + self.off_ms) / 1000, UTC)

    def within(self, windows: Windows, now_ms: int) -> bool:
        return self.believed and any(_open(self.at(now_ms), *window) for window in windows)

    def before(self, until_ms: int, now_ms: int) -> bool:
        return self.believed and self.wall_ms + now_ms + self.off_ms < until_ms


def _open(now: datetime, days: set[int], begin: int, end: int) -> bool:
    """A window that ends before it begins is a night, and belongs to the day it begins on."""
    minute, yesterday = now.hour * 60 + now.minute, (now.weekday() - 1) % 7
    if begin < end:
        return now.weekday() in days and begin <= minute < end
    return (now.weekday() in days and begin <= minute) or (yesterday in days and minute < end)


def against(person: Person | None, clock: Clock, now_ms: int) -> set[str]:
    """All that speaks against whoever shows this person's card, wherever they show it."""
    if person is None:
        return {"unknown_credential"}
    checks = {
        "lost": person.lost,
        "suspended": person.suspended,
        "outside_validity": person.until_ms is not None
        and not clock.before(person.until_ms, now_ms),
        "no_right": not person.right,
        "outside_schedule": person.hours is not None and not clock.within(person.hours, now_ms),
    }
    return {reason for reason, holds in checks.items() if holds}


def first(reasons: set[str]) -> str:
    """The one that is told, or nothing."""
    return next((reason for reason in ORDER if reason in reasons), "")

"""The civil moment in the site's zone, with a verdict on whether the clock may be believed."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

BOUND_MS: Final = 120_000
"""How far the wall clock may be from where monotonic time says it should be. Time servers move a
clock that runs by far less; a schedule is not cut finer than a minute."""

BUILT_MS: Final = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) * 1_000
"""Before this code was written no clock is right. It moves on with each release."""

Doubt = Literal["", "never_set", "jumped"]
"""Why the clock is not believed; empty: it is."""

Milliseconds = Callable[[], int]


class Now(NamedTuple):
    """One moment. at_ms: UTC since 1970. weekday: 0 Monday. minute: since midnight, civil.

    believed: whether anything but `always` may rest on it.
    """

    at_ms: int
    believed: bool
    today: date
    weekday: int
    minute: int

    @property
    def yesterday(self) -> date:
        return self.today - timedelta(days=1)


def civil(at_ms: int, zone: tzinfo, *, believed: bool = True) -> Now:
    """Return the moment as clocks on the wall tell it: by daylight saving, where there is one."""
    told = datetime.fromtimestamp(at_ms / 1000, zone)
    return Now(at_ms, believed, told.date(), told.weekday(), told.hour * 60 + told.minute)


def zone_of(name: str) -> ZoneInfo:
    """Return the zone with this IANA name. Raises ValueError when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as fault:
        raise ValueError(f"no zone {name!r}") from fault


def system_ms() -> int:
    """The wall clock: milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def monotonic_ms() -> int:
    """Time that only goes on, whatever the wall clock is set to."""
    return time.monotonic_ns() // 1_000_000


class Wallclock:
    """Looks at the clock, and at how far it is from where it should be.

    Once believed, it is anchored to monotonic time: many small steps are found like a large one.
    """

    def __init__(
        self,
        zone: tzinfo,
        newest_ms: int,
        *,
        doubted: bool = False,
        wall_ms: Milliseconds = system_ms,
        elapsed_ms: Milliseconds = monotonic_ms,
    ) -> None:
        """newest_ms: when the journal was last written. doubted: it had jumped before the start."""
        self._zone = zone
        self._known_ms = max(newest_ms - BOUND_MS, BUILT_MS)
        self._wall_ms = wall_ms
        self._elapsed_ms = elapsed_ms
        self._anchor_ms: int | None = None
        self._lost = doubted
        self.doubt: Doubt = ""
        self.look()

    def now(self) -> Now:
        """Return this moment, judged anew."""
        self.look()
        return civil(self._wall_ms(), self._zone, believed=not self.doubt)

    def look(self) -> Doubt:
        """Judge the clock; to be called about once a second. Returns why it is not believed."""
        self.doubt = self._judged(self._wall_ms())
        return self.doubt

    @property
    def can_be_right(self) -> bool:
        """Whether it was set at all."""
        return self._wall_ms() >= BUILT_MS

    def accept(self) -> None:
        """An installer says that it is right."""
        self._begin(self._wall_ms())
        self.look()

    def _judged(self, wall_ms: int) -> Doubt:
        if self._lost:
            return "jumped"
        if self._anchor_ms is None:
            if wall_ms < self._known_ms:
                return "never_set"
            self._begin(wall_ms)
        away_ms = wall_ms - self._elapsed_ms() - (self._anchor_ms or 0)
        return "jumped" if abs(away_ms) > BOUND_MS else ""

    def _begin(self, wall_ms: int) -> None:
        self._anchor_ms = wall_ms - self._elapsed_ms()
        self._lost = False

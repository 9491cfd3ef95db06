"""The civil moment through both changes of the clock, and a clock that is believed or not."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import schedule, wallclock
from appliance.rights import in_schedule, in_validity
from appliance.schedule import Window
from appliance.vault.calendar import Rights
from appliance.vault.records import Holder
from appliance.wallclock import BOUND_MS, BUILT_MS, Wallclock, civil
from board import windows

START_MS = BUILT_MS + 1_000_000_000

# Each zone's nights of change in 2027, as UTC dates around them; UTC itself has none.
CHANGES = (
    ("Europe/Berlin", (2027, 3, 28)),
    ("Europe/Berlin", (2027, 10, 31)),
    ("America/New_York", (2027, 3, 14)),
    ("America/New_York", (2027, 11, 7)),
    ("Australia/Lord_Howe", (2027, 4, 3)),
    ("Australia/Lord_Howe", (2027, 10, 2)),
    ("UTC", (2027, 3, 28)),
)
OPENING_TIMES = (
    ("mon-fri 07:00-19:00", "sat 01:30-02:30", "sun 01:00-03:00"),
    ("sat 22:00-02:15", "sun 02:00-03:00"),
    ("sat,holiday 23:00-01:45", "mon 00:00-24:00"),
    ("sun 01:45-01:45",),
)


def reference(at: datetime, zone: ZoneInfo, texts: tuple[str, ...], holidays: set[str]) -> bool:
    """The plain way: for each window, from when to when on today's date and on yesterday's."""
    local = at.astimezone(zone).replace(tzinfo=None)
    for days, begin, end in windows.parse(texts):
        for ago in (0, 1):
            day = datetime(local.year, local.month, local.day) - timedelta(days=ago)
            name = "holiday" if f"{day:%Y-%m-%d}" in holidays else f"{day:%a}".lower()
            if not days >> windows.DAYS.index(name) & 1:
                continue
            over = end if end > begin else end + 24 * 60
            if timedelta(minutes=begin) <= local - day < timedelta(minutes=over):
                return True
    return False


@pytest.mark.parametrize("holiday", [0, 1, 2], ids=["no holiday", "saturday", "sunday"])
@pytest.mark.parametrize("texts", OPENING_TIMES, ids=lambda texts: texts[0])
@pytest.mark.parametrize(("name", "date"), CHANGES)
def test_every_five_minutes_of_the_nights_that_change(
    name: str, date: tuple[int, int, int], texts: tuple[str, ...], holiday: int
) -> None:
    zone = ZoneInfo(name)
    first = datetime(*date, tzinfo=UTC) - timedelta(days=2)
    saturday = datetime(*date) - timedelta(days=(datetime(*date).weekday() - 5) % 7)
    marked = {f"{saturday + timedelta(days=holiday - 1):%Y-%m-%d}"} if holiday else set()
    opened = 0
    for step in range(4 * 24 * 12):
        at = first + timedelta(minutes=5 * step)
        now = civil(int(at.timestamp() * 1_000), zone)
        today, before = str(now.today) in marked, str(now.yesterday) in marked
        rights = Rights(True, False, windows.parse(texts), today, before)
        assert in_schedule(rights, now) == reference(at, zone, texts, marked), (at, now)
        opened += in_schedule(rights, now)
    assert opened or holiday
    assert opened < 4 * 24 * 12


def test_these_nights_do_change() -> None:
    for name, date in CHANGES[:-1]:
        middle = datetime(*date, 12, tzinfo=UTC)
        offsets = {
            (middle + timedelta(hours=hours)).astimezone(ZoneInfo(name)).utcoffset()
            for hours in (-36, 36)
        }
        assert len(offsets) == 2, name


def test_the_hour_that_is_left_out_and_the_hour_that_comes_twice() -> None:
    """What docs/schedules.md says of a window in that hour."""
    berlin, night = ZoneInfo("Europe/Berlin"), windows.parse(["sun 02:00-03:00"])
    opened = {}
    for date in ((2027, 3, 28), (2027, 10, 31)):
        minutes = range(24 * 60)
        midnight_ms = int(datetime(*date, tzinfo=UTC).timestamp()) * 1_000
        rights = Rights(True, False, night, False, False)
        opened[date] = sum(
            in_schedule(rights, civil(midnight_ms + 60_000 * minute, berlin)) for minute in minutes
        )
    assert opened == {(2027, 3, 28): 0, (2027, 10, 31): 120}


class Clocks:
    """A wall clock that can be set, and time that only goes on."""

    def __init__(self, wall_ms: int = START_MS, newest_ms: int = 0, *, doubted: bool = False):
        self.wall_ms, self.elapsed_ms = wall_ms, 5_000
        self.clock = Wallclock(
            UTC,
            newest_ms,
            doubted=doubted,
            wall_ms=lambda: self.wall_ms,
            elapsed_ms=lambda: self.elapsed_ms,
        )

    def passes(self, elapsed_ms: int, wall_ms: int | None = None) -> str:
        """Time goes on, by the wall clock by another amount; what is thought of it then."""
        self.elapsed_ms += elapsed_ms
        self.wall_ms += elapsed_ms if wall_ms is None else wall_ms
        return self.clock.look()


def test_a_clock_that_goes_on_is_believed() -> None:
    clocks = Clocks()
    assert {clocks.passes(1_000) for _ in range(100)} == {""}
    assert clocks.passes(400 * 24 * 3_600_000) == ""
    assert clocks.clock.now() == civil(clocks.wall_ms, UTC, believed=True)


@pytest.mark.parametrize("jump_ms", [BOUND_MS + 1, -BOUND_MS - 1, 10**12, -(10**12)])
def test_a_jump_is_doubted_until_it_is_undone(jump_ms: int) -> None:
    clocks = Clocks()
    assert clocks.passes(1_000, 1_000 + jump_ms) == "jumped"
    assert not clocks.clock.now().believed
    assert {clocks.passes(1_000) for _ in range(300)} == {"jumped"}
    assert clocks.passes(1_000, 1_000 - jump_ms) == ""
    assert clocks.clock.now().believed


@pytest.mark.parametrize("jump_ms", [BOUND_MS, -BOUND_MS])
def test_a_small_correction_is_none(jump_ms: int) -> None:
    assert Clocks().passes(1_000, 1_000 + jump_ms) == ""


def test_many_small_jumps_are_found_like_a_large_one() -> None:
    clocks = Clocks()
    told = [clocks.passes(1_000, 61_000) for _ in range(3)]
    assert told == ["", "", "jumped"]


def test_a_jump_is_seen_by_whoever_asks_first() -> None:
    clocks = Clocks()
    clocks.wall_ms += BOUND_MS + 1
    assert not clocks.clock.now().believed


@pytest.mark.parametrize(
    ("wall_ms", "newest_ms", "doubt"),
    [
        (0, 0, "never_set"),
        (BUILT_MS - 1, 0, "never_set"),
        (BUILT_MS, 0, ""),
        (START_MS, START_MS + BOUND_MS, ""),
        (START_MS, START_MS + BOUND_MS + 1, "never_set"),
    ],
)
def test_before_what_is_known_to_be_past_it_was_never_set(
    wall_ms: int, newest_ms: int, doubt: str
) -> None:
    assert Clocks(wall_ms, newest_ms).clock.doubt == doubt


def test_it_is_believed_once_it_is_set() -> None:
    clocks = Clocks(wall_ms=0)
    assert clocks.passes(1_000, 1_000) == "never_set"
    assert clocks.passes(1_000, START_MS) == ""
    assert clocks.passes(1_000, BOUND_MS + 2_000) == "jumped"


def test_an_installer_may_say_that_it_is_right() -> None:
    clocks = Clocks()
    clocks.passes(1_000, 10**9)
    assert clocks.clock.can_be_right
    clocks.clock.accept()
    assert clocks.clock.doubt == ""
    assert clocks.passes(1_000) == ""
    assert clocks.passes(1_000, -(10**9)) == "jumped"
    assert Clocks(wall_ms=BUILT_MS).clock.can_be_right
    assert not Clocks(wall_ms=BUILT_MS - 1).clock.can_be_right


def test_a_jump_is_not_forgotten_by_a_restart() -> None:
    assert Wallclock(UTC, 0, wall_ms=lambda: START_MS).doubt == ""
    clocks = Clocks(doubted=True)
    assert clocks.clock.doubt == "jumped"
    assert clocks.passes(1_000) == "jumped"
    clocks.clock.accept()
    assert clocks.clock.doubt == ""


@given(st.integers(0, 7 * 24 * 60 - 1), st.booleans())
def test_by_a_clock_that_is_not_believed_only_always_counts(minute: int, always: bool) -> None:
    now = civil(START_MS + 60_000 * minute, UTC, believed=False)
    whole = windows.parse(["mon-sun,holiday always"])
    assert in_schedule(Rights(True, always, whole, False, False), now) is always
    assert schedule.covers(
        (Window(*whole[0]),), schedule.moment(now.weekday, now.minute, False, False)
    )


@pytest.mark.parametrize(
    ("begins_ms", "ends_ms", "believed", "valid"),
    [
        (None, None, False, True),
        (None, None, True, True),
        (START_MS, None, True, True),
        (START_MS + 1, None, True, False),
        (None, START_MS, True, False),
        (None, START_MS + 1, True, True),
        (0, None, False, False),
        (None, START_MS + 1, False, False),
        (0, START_MS + 1, False, False),
    ],
)
def test_days_of_validity_want_a_clock_that_is_believed(
    begins_ms: int | None, ends_ms: int | None, believed: bool, valid: bool
) -> None:
    holder = Holder("h", "Ada", "active", begins_ms, ends_ms, False)
    assert in_validity(holder, civil(START_MS, UTC, believed=believed)) is valid


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "Europe"])
def test_no_zone_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="no zone"):
        wallclock.zone_of(name)

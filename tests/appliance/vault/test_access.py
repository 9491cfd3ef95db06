"""A right is found by whatever way it was given; what others rest on cannot be taken from below."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from appliance.vault import access, calendar
from appliance.vault.access import GroupLine, HolderRight, Right
from appliance.vault.calendar import Rights
from appliance.vault.faults import Conflict, VaultFault
from appliance.vault.records import Enrolment
from appliance.vault.store import Store
from board.windows import parse

OFFICE = parse(["mon-fri 07:00-19:00", "sat 08:00-12:00"])
NIGHTS = parse(["fri 22:00-06:00"])
MONDAY, SUNDAY = date(2026, 11, 23), date(2026, 11, 22)


@pytest.fixture
def ada(store: Store) -> str:
    """A holder without any right."""
    return store.enrol(Enrolment("Ada"))


def held(store: Store, holder: str, portal: str = "front") -> Rights:
    return access.rights(store, holder, portal, MONDAY, SUNDAY)


def test_nobody_has_a_right_that_was_not_given(store: Store, ada: str) -> None:
    assert held(store, ada) == held(store, "nobody") == Rights(False, False, (), False, False)


def test_a_right_of_their_own_is_always_until_it_has_a_schedule(store: Store, ada: str) -> None:
    store.allow(ada, "front")
    assert held(store, ada) == Rights(True, True, (), False, False)
    calendar.set_schedule(store, "office", OFFICE)
    access.set_right(store, ada, "front", "office")
    assert held(store, ada) == Rights(True, False, OFFICE, False, False)
    assert access.holder_rights(store) == (HolderRight(ada, "Ada", Right("front", "office")),)
    access.set_right(store, ada, "front", "")
    assert held(store, ada).always
    access.drop_right(store, ada, "front")
    assert not held(store, ada).some
    with pytest.raises(VaultFault, match="has no right of their own at front"):
        access.drop_right(store, ada, "front")


def test_a_group_gives_what_it_has_to_its_members_and_nobody_else(store: Store, ada: str) -> None:
    ben = store.enrol(Enrolment("Ben"))
    calendar.set_schedule(store, "office", OFFICE)
    access.set_group(store, "cleaners", ["front"], "office")
    access.set_group(store, "cleaners", ["back"], "")
    access.add_member(store, "cleaners", ada)
    access.add_member(store, "cleaners", ada)
    assert held(store, ada) == Rights(True, False, OFFICE, False, False)
    assert held(store, ada, "back").always
    assert not held(store, ada, "side").some
    assert not held(store, ben).some
    rights = (Right("back", ""), Right("front", "office"))
    assert access.groups(store) == (GroupLine("cleaners", rights, (ada,)),)
    assert access.groups_of(store, ada) == ("cleaners",)
    access.drop_member(store, "cleaners", ada)
    assert not held(store, ada).some
    with pytest.raises(VaultFault, match="is not in group cleaners"):
        access.drop_member(store, "cleaners", ada)


def test_of_several_rights_any_counts(store: Store, ada: str) -> None:
    calendar.set_schedule(store, "office", OFFICE)
    calendar.set_schedule(store, "nights", NIGHTS)
    access.set_right(store, ada, "front", "nights")
    access.set_group(store, "staff", ["front"], "office")
    access.add_member(store, "staff", ada)
    assert sorted(held(store, ada).windows) == sorted(OFFICE + NIGHTS)
    access.set_group(store, "keepers", ["front"], "")
    access.add_member(store, "keepers", ada)
    assert held(store, ada).always


def test_a_schedule_without_windows_is_never_and_not_always(store: Store, ada: str) -> None:
    calendar.set_schedule(store, "closed", ())
    access.set_right(store, ada, "front", "closed")
    assert held(store, ada) == Rights(True, False, (), False, False)


def test_a_schedule_gets_new_windows_in_place_of_the_old(store: Store, ada: str) -> None:
    calendar.set_schedule(store, "office", OFFICE)
    access.set_right(store, ada, "front", "office")
    calendar.set_schedule(store, "office", NIGHTS)
    assert held(store, ada).windows == NIGHTS
    (line,) = calendar.schedules(store)
    assert (line.name, line.windows, line.used_by) == (
        "office",
        NIGHTS,
        (f"holder {ada} at front",),
    )


def test_a_schedule_in_use_stays_and_says_by_whom(store: Store, ada: str) -> None:
    calendar.set_schedule(store, "office", OFFICE)
    access.set_right(store, ada, "front", "office")
    access.set_group(store, "staff", ["front", "back"], "office")
    alone = f"holder {ada} at front; give"
    for uses in (f"group staff at back, group staff at front, {alone}", alone):
        with pytest.raises(Conflict, match=f"schedule office is in use by {uses}"):
            calendar.remove_schedule(store, "office")
        if uses != alone:
            access.remove_group(store, "staff")
    assert held(store, ada).windows == OFFICE
    store.erase(ada)
    calendar.remove_schedule(store, "office")
    assert calendar.schedules(store) == ()
    assert store.database.rows("SELECT * FROM windows") == []


def test_today_and_yesterday_may_be_holidays(store: Store, ada: str) -> None:
    store.allow(ada, "front")
    calendar.add_holiday(store, MONDAY, "Founders' day")
    assert (held(store, ada).holiday, held(store, ada).holiday_before) == (True, False)
    calendar.add_holiday(store, SUNDAY, "")
    assert (held(store, ada).holiday, held(store, ada).holiday_before) == (True, True)
    assert [(line.date, line.name) for line in calendar.holidays(store)] == [
        (SUNDAY, ""),
        (MONDAY, "Founders' day"),
    ]
    calendar.remove_holiday(store, MONDAY)
    assert (held(store, ada).holiday, held(store, ada).holiday_before) == (False, True)
    with pytest.raises(VaultFault, match="2026-11-23 is no holiday"):
        calendar.remove_holiday(store, MONDAY)


@pytest.mark.parametrize("name", ["x" * 61, "a\nb", "\0"])
def test_a_holidays_name_can_be_read(store: Store, name: str) -> None:
    with pytest.raises(VaultFault, match="printable characters"):
        calendar.add_holiday(store, MONDAY, name)


def test_of_many_users_three_are_named(store: Store) -> None:
    calendar.set_schedule(store, "office", OFFICE)
    access.set_group(store, "staff", ["a", "b", "c", "d"], "office")
    with pytest.raises(Conflict, match="a, group staff at b, group staff at c and 1 more; give"):
        calendar.remove_schedule(store, "office")


def test_there_is_an_end_to_holidays(store: Store) -> None:
    days = [MONDAY + timedelta(days=number) for number in range(calendar.MOST_HOLIDAYS)]
    with store.transaction():
        for day in days:
            calendar.add_holiday(store, day, "x" * calendar.LONGEST_NAME)
    calendar.add_holiday(store, days[-1], "named anew")
    with pytest.raises(VaultFault, match="1000 holidays are kept; remove those that are past"):
        calendar.add_holiday(store, SUNDAY, "")
    assert len(calendar.holidays(store)) == calendar.MOST_HOLIDAYS


def test_what_is_not_there_is_named_with_the_remedy(store: Store, ada: str) -> None:
    for wrong in (
        lambda: access.set_right(store, ada, "front", "none"),
        lambda: access.set_group(store, "staff", ["front"], "none"),
        lambda: calendar.remove_schedule(store, "none"),
    ):
        with pytest.raises(VaultFault, match="no schedule none: `cardea schedules` lists them"):
            wrong()
    for wrong in (
        lambda: access.add_member(store, "none", ada),
        lambda: access.drop_member(store, "none", ada),
        lambda: access.remove_group(store, "none"),
    ):
        with pytest.raises(VaultFault, match="no group none: `cardea groups` lists them"):
            wrong()
    access.set_group(store, "staff", [], "")
    with pytest.raises(VaultFault, match="no holder nobody"):
        access.add_member(store, "staff", "nobody")
    assert access.groups(store) == (GroupLine("staff", (), ()),)


def test_who_is_erased_is_in_no_group(store: Store, ada: str) -> None:
    access.set_group(store, "staff", ["front"], "")
    access.add_member(store, "staff", ada)
    store.erase(ada)
    assert access.groups_of(store, ada) == ()


def test_a_doubt_about_the_clock_outlives_a_restart(store: Store, path: Path) -> None:
    assert not calendar.clock_doubted(store)
    calendar.doubt_clock(store, True)
    store.close()
    again = Store.open(path, bytes(range(32)))
    assert calendar.clock_doubted(again)
    calendar.doubt_clock(again, False)
    assert not calendar.clock_doubted(again)
    again.close()

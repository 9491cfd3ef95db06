"""Habits are counted, halved, and gone with their holder."""

from datetime import date

from appliance.vault import calendar, habits
from appliance.vault.records import Enrolment
from appliance.vault.store import Store

TUESDAY = date(2026, 11, 24)


def passed(store: Store, holder: str, hour: int, times: int, *, off: bool = False) -> None:
    for _ in range(times):
        habits.add(store, holder, off, hour)


def test_passes_are_counted_by_hour_and_kind_of_day(store: Store) -> None:
    anna, ben = (store.enrol(Enrolment(name=name)) for name in ("Anna", "Ben"))
    passed(store, anna, 8, 3)
    passed(store, anna, 8, 1, off=True)
    passed(store, anna, 23, 2)
    counts = habits.counts(store, anna)
    assert (counts[8], counts[23], counts[24 + 8]) == (3, 2, 1)
    assert sum(counts) == 6
    assert len(counts) == 2 * habits.HOURS
    assert sum(habits.counts(store, ben)) == 0


def test_half_of_one_holders_are_forgotten(store: Store) -> None:
    anna, ben = (store.enrol(Enrolment(name=name)) for name in ("Anna", "Ben"))
    passed(store, anna, 3, 1)
    passed(store, anna, 8, 5)
    passed(store, ben, 8, 2)
    habits.halve(store, anna)
    assert (habits.counts(store, anna)[8], sum(habits.counts(store, anna))) == (2, 2)
    assert habits.counts(store, ben)[8] == 2
    assert store.database.rows("SELECT count(*) FROM habits")[0][0] == 2


def test_they_go_with_the_holder(store: Store) -> None:
    anna = store.enrol(Enrolment(name="Anna"))
    passed(store, anna, 8, 5)
    store.erase(anna)
    assert store.database.rows("SELECT count(*) FROM habits")[0][0] == 0


def test_a_holiday_is_one(store: Store) -> None:
    assert not habits.is_holiday(store, TUESDAY)
    calendar.add_holiday(store, TUESDAY, "a holiday")
    assert habits.is_holiday(store, TUESDAY)

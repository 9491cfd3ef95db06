"""The vault's tables of time: schedules, their windows, holidays, whether the clock is doubted."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from appliance.vault.faults import Conflict, VaultFault
from appliance.vault.store import Store
from board.windows import Window

MOST_HOLIDAYS: Final = 1_000
LONGEST_NAME: Final = 60


class Rights(msgspec.Struct, frozen=True):
    """All that a holder may do at one portal.

    some: there is a right at all. always: one of them has no schedule. windows: of all the others.
    holiday, holiday_before: whether today is one, and whether yesterday was.
    """

    some: bool
    always: bool
    windows: tuple[Window, ...]
    holiday: bool
    holiday_before: bool


class ScheduleLine(msgspec.Struct, frozen=True):
    """A schedule, its windows, and the rights that rest on it, in words."""

    name: str
    windows: tuple[Window, ...]
    used_by: tuple[str, ...]


class Holiday(msgspec.Struct, frozen=True):
    """A day that takes the place of its day of the week."""

    date: date
    name: str


def schedules(store: Store) -> tuple[ScheduleLine, ...]:
    """Every schedule by name, with its windows, and which rights rest on it."""
    rows = store.database.rows("SELECT name FROM schedules ORDER BY name")
    return tuple(ScheduleLine(name, _windows(store, name), _uses(store, name)) for (name,) in rows)


def check_schedule(store: Store, name: str) -> None:
    """Whether there is such a schedule. Raises VaultFault."""
    if not store.database.rows("SELECT 1 FROM schedules WHERE name = ?", name):
        raise VaultFault(f"no schedule {name}: `cardea schedules` lists them, `set` makes one")


def hours(store: Store, name: str, today: date, yesterday: date) -> Rights:
    """When a schedule is open, as a right that rests on it: `some` where it is there at all."""
    there = store.database.rows("SELECT 1 FROM schedules WHERE name = ?", name)
    days = {day.date for day in holidays(store)}
    windows = _windows(store, name)
    return Rights(bool(there), False, windows, today in days, yesterday in days)


def set_schedule(store: Store, name: str, windows: Sequence[Window]) -> None:
    """Make a schedule, or give one these windows in place of its own; without any it is shut."""
    with store.transaction():
        store.database.run("INSERT OR IGNORE INTO schedules VALUES (?)", name)
        store.database.run("DELETE FROM windows WHERE schedule = ?", name)
        for window in windows:
            store.database.run("INSERT INTO windows VALUES (?, ?, ?, ?)", name, *window)


def remove_schedule(store: Store, name: str, others: Sequence[str] = ()) -> None:
    """Forget a schedule. Raises Conflict while a right rests on it: who had it would have what?

    others: what else rests on it.
    """
    with store.transaction():
        check_schedule(store, name)
        uses = (*others, *_uses(store, name))
        if uses:
            others = f" and {len(uses) - 3} more" if len(uses) > 3 else ""
            raise Conflict(
                f"schedule {name} is in use by {', '.join(uses[:3])}{others}; "
                f"give these another schedule first"
            )
        store.database.run("DELETE FROM schedules WHERE name = ?", name)


def holidays(store: Store) -> tuple[Holiday, ...]:
    """Every holiday, the earliest first."""
    rows = store.database.rows("SELECT date, name FROM holidays ORDER BY date")
    return tuple(Holiday(date.fromisoformat(row[0]), row[1]) for row in rows)


def add_holiday(store: Store, day: date, name: str) -> None:
    """Mark a day, or name it anew. Raises VaultFault."""
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise VaultFault(f"name: give at most {LONGEST_NAME} printable characters")
    with store.transaction():
        store.database.run("INSERT OR REPLACE INTO holidays VALUES (?, ?)", day.isoformat(), name)
        if store.database.rows("SELECT count(*) FROM holidays")[0][0] > MOST_HOLIDAYS:
            raise VaultFault(f"{MOST_HOLIDAYS} holidays are kept; remove those that are past")


def remove_holiday(store: Store, day: date) -> None:
    """Let a day be what it was. Raises VaultFault when it is no holiday."""
    with store.transaction():
        if not store.database.run("DELETE FROM holidays WHERE date = ?", day.isoformat()):
            raise VaultFault(f"{day} is no holiday: `cardea schedules` lists them")


def clock_doubted(store: Store) -> bool:
    """Whether the clock had jumped when the terminal stopped."""
    return bool(store.database.rows("SELECT value FROM meta WHERE name = 'clock_doubted'")[0][0])


def doubt_clock(store: Store, doubted: bool) -> None:
    """Remember over a restart that the clock has jumped, or that it is believed again."""
    with store.transaction():
        store.database.run("UPDATE meta SET value = ? WHERE name = 'clock_doubted'", int(doubted))


def newest_ms(store: Store) -> int:
    """When the last entry of the journal was made; 0 for an empty one."""
    rows = store.database.rows("SELECT at_ms FROM journal ORDER BY seq DESC LIMIT 1")
    return int(rows[0][0]) if rows else 0


def _windows(store: Store, name: str) -> tuple[Window, ...]:
    rows = store.database.rows(
        "SELECT days, begin_min, end_min FROM windows WHERE schedule = ?"
        " ORDER BY days, begin_min, end_min",
        name,
    )
    return tuple((row[0], row[1], row[2]) for row in rows)


def _uses(store: Store, name: str) -> tuple[str, ...]:
    rows = store.database.rows(
        "SELECT 'group ' || group_name || ' at ' || portal FROM group_rights WHERE schedule = ?"
        " UNION ALL"
        " SELECT 'holder ' || holder_id || ' at ' || portal FROM rules WHERE schedule = ?",
        name,
        name,
    )
    return tuple(sorted(row[0] for row in rows))

"""The vault's table of habits: how often a holder passed at which hour, on which kind of day."""

from datetime import date
from typing import Final

from appliance.vault.store import Store

HOURS: Final = 24


def is_holiday(store: Store, day: date) -> bool:
    """Whether the calendar says that a day is a holiday."""
    return bool(store.database.rows("SELECT 1 FROM holidays WHERE date = ?", day.isoformat()))


def counts(store: Store, holder_id: str) -> tuple[int, ...]:
    """Passes by hour: first the 24 of working days, then those of other days."""
    rows = store.database.rows(
        "SELECT other_day * 24 + hour, passes FROM habits WHERE holder_id = ?", holder_id
    )
    found: dict[int, int] = {row[0]: row[1] for row in rows}
    return tuple(found.get(place, 0) for place in range(2 * HOURS))


def add(store: Store, holder_id: str, other_day: bool, hour: int) -> None:
    """Count one pass more."""
    with store.transaction():
        store.database.run(
            "INSERT INTO habits VALUES (?, ?, ?, 1)"
            " ON CONFLICT (holder_id, other_day, hour) DO UPDATE SET passes = passes + 1",
            holder_id,
            int(other_day),
            hour,
        )


def halve(store: Store, holder_id: str) -> None:
    """Halve all counts of a holder; what was counted once is gone."""
    with store.transaction():
        store.database.run("UPDATE habits SET passes = passes / 2 WHERE holder_id = ?", holder_id)
        store.database.run("DELETE FROM habits WHERE holder_id = ? AND passes = 0", holder_id)

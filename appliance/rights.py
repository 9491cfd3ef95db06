"""Whether a holder's rights count at this moment, by the calendar and by the clock's word."""

from appliance import schedule
from appliance.vault.calendar import Rights
from appliance.vault.records import Holder
from appliance.wallclock import Now


def in_schedule(rights: Rights, now: Now) -> bool:
    """Return whether some right counts now. By a clock that is not believed, only `always` does."""
    if rights.always:
        return True
    at = schedule.moment(now.weekday, now.minute, rights.holiday, rights.holiday_before)
    windows = tuple(schedule.Window(*window) for window in rights.windows)
    return now.believed and schedule.covers(windows, at)


def in_validity(holder: Holder, now: Now) -> bool:
    """Return whether a holder's days have begun and are not over, if they have any."""
    begins_ms, ends_ms = holder.valid_from_ms, holder.valid_until_ms
    if begins_ms is None and ends_ms is None:
        return True
    begun = begins_ms is None or begins_ms <= now.at_ms
    over = ends_ms is not None and ends_ms <= now.at_ms
    return now.believed and begun and not over

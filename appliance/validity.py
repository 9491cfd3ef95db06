"""From when and until when a holder counts: as people write it in the site's zone, and as UTC."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

GRAMMAR: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{3})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
YEARS: Final = range(1971, 3000)


class NoMoment(Exception):
    """This text is no day and no time; the message says how to write one."""


def moment(text: str, zone: tzinfo, *, end: bool = False) -> int | None:
    """Return UTC milliseconds; None for "", which is open. Raises NoMoment.

    end: a day without an hour counts to its last moment, else from its first.
    """
    if not text:
        return None
    fits = GRAMMAR.fullmatch(text)
    try:
        if not fits or int(text[:4]) not in YEARS:
            raise ValueError(text)
        if not fits[2]:
            return _midnight(date.fromisoformat(text) + timedelta(days=int(end)), zone)
        told = datetime.fromisoformat(text)
    except ValueError as fault:
        raise NoMoment(
            f"no {text[:30]!r}; write a day like 2026-12-31, or 2026-12-31T18:00"
        ) from fault
    aware = told if told.tzinfo else _existing(told, zone)
    return _utc_ms(aware)


def written(at_ms: int | None, zone: tzinfo, *, end: bool = False) -> str:
    """Return the shortest text that `moment` takes for this moment."""
    if at_ms is None:
        return ""
    told = datetime.fromtimestamp(at_ms // 1000, zone).replace(microsecond=at_ms % 1000 * 1000)
    day = told.date() - timedelta(days=int(end))
    if _midnight(told.date(), zone) == at_ms:
        return day.isoformat()
    # An hour that is told twice, when summer ends, needs to say which of the two it is.
    plain = told.replace(tzinfo=None, fold=0)
    if _utc_ms(plain.replace(tzinfo=zone)) == at_ms:
        told = plain
    return told.isoformat(timespec="milliseconds" if at_ms % 1000 else _coarsest(told))


def _coarsest(told: datetime) -> str:
    return "seconds" if told.second else "minutes"


def _existing(told: datetime, zone: tzinfo) -> datetime:
    aware = told.replace(tzinfo=zone)
    if aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != told:
        raise NoMoment(f"{told.isoformat(' ')} does not exist: summer time skips it; write another")
    return aware


def _midnight(day: date, zone: tzinfo) -> int:
    return _utc_ms(datetime(day.year, day.month, day.day, tzinfo=zone))


def _utc_ms(aware: datetime) -> int:
    since = aware.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(milliseconds=1)

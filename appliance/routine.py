"""Whether somebody comes at an hour that is unusual for them, at the doors that ask."""

from collections.abc import Collection

from appliance import habits
from appliance.vault import habits as kept
from appliance.vault.store import Store
from appliance.wallclock import Now


class Routine:
    """Where no door asks, nothing is kept. By a clock that is not believed no hour is unusual."""

    def __init__(self, portals: Collection[str]) -> None:
        """portals: the doors that ask."""
        self._portals = frozenset(portals)

    def unusual(self, store: Store, holder: str, portal: str, now: Now) -> bool:
        """Whether this hour is unusual for this holder at this portal."""
        if portal not in self._portals or not now.believed:
            return False
        return habits.unusual(kept.counts(store, holder), _other(store, now), now.minute // 60)

    def remember(self, store: Store, holder: str, portal: str, now: Now) -> None:
        """Count that they pass now. To be called in the transaction of the grant."""
        if portal not in self._portals or not now.believed:
            return
        kept.add(store, holder, _other(store, now), now.minute // 60)
        if habits.grown(kept.counts(store, holder)):
            kept.halve(store, holder)


def _other(store: Store, now: Now) -> bool:
    return habits.other_day(now.weekday, kept.is_holiday(store, now.today))

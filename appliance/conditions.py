"""Conditions of the terminal, each told once when it begins to hold and once when it is over."""

import time
from collections.abc import Callable, Mapping
from math import inf
from typing import Final, NamedTuple

from appliance.clerk import Clerk
from appliance.vault.journal import Value
from board.link import alerts

REST_S: Final = 60.0
"""From one beginning that is told to the next of the same: what flaps is told once a minute."""


class Condition(NamedTuple):
    """What is told when it holds; `body` is for the journal.

    after_s: it must have held for so long. rest_s: see REST_S; 0 for what somebody does by hand,
    where each time counts.
    """

    event: alerts.Event
    body: Mapping[str, Value]
    after_s: float = 0.0
    rest_s: float = REST_S


class Conditions:
    """Knows each by a name of its own, for two of one kind may hold at once."""

    def __init__(self, clerk: Clerk, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clerk = clerk
        self._clock_s = clock_s
        self._holding: dict[str, tuple[Condition, float]] = {}
        self._told: dict[str, alerts.Event] = {}
        self._told_s: dict[str, float] = {}

    def begin(self, name: str, condition: Condition) -> None:
        """It holds. Already holding: nothing new, whatever it says now."""
        self._holding.setdefault(name, (condition, self._clock_s()))
        self._settle(name)

    def end(self, name: str) -> None:
        """It does not hold."""
        self._holding.pop(name, None)
        self._settle(name)

    def settle(self) -> None:
        """Tell what was not yet due. To be called about once a second."""
        for name in tuple(self._holding):
            self._settle(name)

    def _settle(self, name: str) -> None:
        held, told = self._holding.get(name), self._told.get(name)
        if held and not told and self._due(name, *held):
            self._raise(name, held[0])
        elif told and not held:
            del self._told[name]
            over = alerts.cleared(told.kind, told.portal, told.reason)
            self._clerk.note(f"{told.kind}_over", told.portal, _why(told), alert=over)

    def _due(self, name: str, condition: Condition, since_s: float) -> bool:
        now_s = self._clock_s()
        rested = now_s - self._told_s.get(name, -inf) >= condition.rest_s
        return rested and now_s - since_s >= condition.after_s

    def _raise(self, name: str, condition: Condition) -> None:
        event = condition.event
        self._told[name], self._told_s[name] = event, self._clock_s()
        self._clerk.note(event.kind, event.portal, {**_why(event), **condition.body}, alert=event)


def _why(event: alerts.Event) -> dict[str, Value]:
    return {"reason": event.reason} if event.reason else {}

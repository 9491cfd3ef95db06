"""The attempts at one door that were granted but for the company that it wants."""

from collections.abc import Callable
from typing import Final

from appliance import company, decision, sections
from appliance.case import Case
from appliance.company import Shown
from appliance.wallclock import monotonic_ms

ALONE: Final[tuple[Case, ...]] = ()


class Party:
    """Whoever waits has shown all their factors; nobody is let in by that."""

    def __init__(self, site: sections.Portal, now_ms: Callable[[], int] = monotonic_ms) -> None:
        self._people = site.people
        self._second_ms = site.second_ms
        self._now_ms = now_ms
        self._shown: tuple[Shown, ...] = ()
        self._cases: dict[str, Case] = {}

    def join(self, case: Case) -> tuple[Case, ...]:
        """Return whose attempts end in one grant now, this one last; ALONE: it waits with others.

        They are waited for until they leave: a fault on the way is no end of their waiting.
        """
        newcomer = Shown(case.person.holder, case.person.escort, self._now_ms())
        passing = company.passing(self._shown, newcomer, self._people)
        if passing:
            return (*(self._cases[one.holder] for one in passing[:-1]), case)
        self._shown = company.joined(self._shown, newcomer)
        self._cases[newcomer.holder] = case
        return ALONE

    def waiting(self, holder: str) -> Case | None:
        """The attempt with which this holder waits, if they do."""
        return self._cases.get(holder)

    @property
    def wanted(self) -> int:
        """decision.ENOUGH while nobody waits, or who is wanted by those who do."""
        return company.wanted(self._shown, self._people) if self._shown else decision.ENOUGH

    def late(self) -> tuple[Case, ...]:
        """Return those who have waited for too long."""
        late = company.late(self._shown, self._now_ms(), self._second_ms)
        return tuple(self._cases[one.holder] for one in late)

    def all(self) -> tuple[Case, ...]:
        """Return all who wait."""
        return tuple(self._cases.values())

    def leave(self, cases: tuple[Case, ...]) -> None:
        """These wait no longer."""
        for holder in [case.person.holder for case in cases]:
            self._shown = company.without(self._shown, holder)
            self._cases.pop(holder, None)

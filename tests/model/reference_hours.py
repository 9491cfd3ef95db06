"""What the schedules of a door ought to come to: which factors it wants, and whether it is free."""

# Written from docs/schedules.md, docs/access.md and docs/door.md, not from the code.

from dataclasses import dataclass, field
from datetime import date

from tests.model.reference_people import Clock, Windows

STRICTNESS = ("face", "card", "any-two", "face+pin", "card+pin", "card+face", "card+pin+face")


@dataclass
class Hours:
    """Looked at once a second. when: (schedule, factor set). free: a schedule, or none.

    read_on: the day on which the vault told last. opened: at the last look. came: since then
    somebody was let in.
    """

    clock: Clock
    factors: str
    schedules: dict[str, Windows] = field(default_factory=dict)
    when: tuple[tuple[str, str], ...] = ()
    free: str = ""
    first_person: bool = False
    read_on: date | None = None
    opened: bool = False
    came: bool = False

    def look(self, now_ms: int, *, vault: bool) -> None:
        if vault:
            self.read_on = self.clock.at(now_ms).date()
        windows = self.schedules.get(self.free, [])
        self.opened = vault and self.clock.within(windows, now_ms)
        self.came = self.came and self.opened

    def arrives(self) -> None:
        """Somebody is let in: before the hours begin nobody is the first."""
        self.came = self.opened

    def free_now(self) -> bool:
        return self.opened and (self.came or not self.first_person)

    def wanted(self, now_ms: int) -> str:
        """The first whose schedule is open; the strictest of all where that cannot be known."""
        for schedule, factors in self.when:
            if not self._known(schedule, now_ms):
                return max((self.factors, *(each for _, each in self.when)), key=STRICTNESS.index)
            if self.clock.within(self.schedules[schedule], now_ms):
                return factors
        return self.factors

    def _known(self, schedule: str, now_ms: int) -> bool:
        there = schedule in self.schedules
        today = self.read_on == self.clock.at(now_ms).date()
        return there and self.clock.believed and today

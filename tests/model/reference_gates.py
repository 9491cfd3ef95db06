"""What two doors of one terminal ought to decide together: areas, interlock, company."""

# Written from docs/areas.md, docs/access.md and docs/door.md, not from the code, in the plainest
# words: see reference_door.py. Cards are all that these doors want.

from dataclasses import dataclass, field

from tests.model.reference_door import Door
from tests.model.reference_people import Clock, Person, against, first

OUTSIDE = ""


@dataclass
class Area:
    """As in site.toml."""

    anti_passback: str = "off"
    passback_ms: int = 0
    limit: int = 0


@dataclass
class Going:
    """Somebody was let in and may still open the door. told: against a soft rule."""

    area: str
    told: bool
    until_ms: int


@dataclass
class Waits:
    """Somebody has shown their card and waits for company. against: as it was then."""

    since_ms: int
    against: set[str]


@dataclass
class Gate:
    """One of the doors. leads: from which area into which; None where neither is one.

    awaited: somebody was let in, and has not opened the door yet.
    """

    door: Door
    leads: tuple[str, str] = (OUTSIDE, OUTSIDE)
    people: int = 1
    second_ms: int = 15_000
    waiting: dict[int, Waits] = field(default_factory=dict)
    going: dict[int, Going] = field(default_factory=dict)
    awaited: bool = False
    verdicts: list[str] = field(default_factory=list)


@dataclass
class House:
    """Both doors. where: area and since when, of whom something is known. passed: who, where, and
    whether it was against a rule."""

    gates: dict[str, Gate]
    people: dict[int, Person]
    clock: Clock
    areas: dict[str, Area]
    interlock: bool = False
    vault: bool = True
    now_ms: int = 0
    where: dict[int, tuple[str, int]] = field(default_factory=dict)
    passed: list[tuple[int, str, bool]] = field(default_factory=list)

    # Areas

    def _place(self, card: int, at: Gate) -> tuple[str, int] | None:
        """Whom another door has just let in is there already."""
        for gate in self.gates.values():
            going = self._may_go(gate).get(card)
            if going and gate is not at:
                return going.area, self.now_ms
        return self.where.get(card)

    def _may_go(self, gate: Gate) -> dict[int, Going]:
        return {card: one for card, one in gate.going.items() if self.now_ms < one.until_ms}

    def _rule(self, card: int, gate: Gate) -> str:
        """The harder answer of both areas: `off`, `soft` or `hard`."""
        place, (leaves, enters) = self._place(card, gate), gate.leads
        if place is None:
            return "off"
        area, since_ms = place
        rules = ["off"]
        if enters and area == enters:
            rules.append(self._entering(self.areas[enters], since_ms))
        if leaves and area != leaves and self.areas[leaves].anti_passback != "timed":
            rules.append(self.areas[leaves].anti_passback)
        return max(rules, key=("off", "soft", "hard").index)

    def _entering(self, area: Area, since_ms: int) -> str:
        if area.anti_passback != "timed":
            return area.anti_passback
        return "hard" if self.now_ms - since_ms < area.passback_ms else "off"

    def _full(self, card: int, gate: Gate) -> bool:
        """Who may still come through some door is counted as there."""
        enters = gate.leads[1]
        place = self._place(card, gate)
        if not enters or not self.areas[enters].limit or (place and place[0] == enters):
            return False
        inside = {who for who, (area, _) in self.where.items() if area == enters}
        for other in self.gates.values():
            inside |= {who for who, one in self._may_go(other).items() if one.area == enters}
        return len(inside - {card}) >= self.areas[enters].limit

    def amnesty(self, area: str) -> None:
        """Of an area those in it and those outside are forgotten; without one, everybody is."""
        kept = {who: at for who, at in self.where.items() if area and at[0] not in (area, OUTSIDE)}
        self.where = kept

    # Who may pass

    def _against(self, card: int, gate: Gate) -> set[str]:
        """What the vault says."""
        reasons = against(self.people.get(card), self.clock, self.now_ms)
        if card in self.people and gate.leads != (OUTSIDE, OUTSIDE):
            reasons |= {"anti_passback"} if self._rule(card, gate) == "hard" else set()
            reasons |= {"area_full"} if self._full(card, gate) else set()
        return reasons

    def _at_the_door(self, gate: Gate) -> set[str]:
        """What the door says."""
        reasons = {"lockdown"} if gate.door.mode == "lockdown" else set()
        others = [other.door for other in self.gates.values() if other is not gate]
        passable = any(other.contact_open or other.released() for other in others)
        locked = self.interlock and passable and not gate.door.burning
        return reasons | ({"interlock"} if locked else set())

    def card(self, name: str, card: int) -> None:
        gate = self.gates[name]
        if not self.vault:
            return
        reason = first(self._against(card, gate) | self._at_the_door(gate))
        if reason:
            gate.verdicts.append(reason)
            return
        gate.waiting.pop(card, None)
        together = self._company(gate, card)
        if together:
            self._let_in(gate, together)
        else:
            gate.waiting[card] = Waits(self.now_ms, set())

    def _company(self, gate: Gate, card: int) -> list[int]:
        """Who passes now. Who needs nobody, and whom nobody waits for, passes alone."""
        for those in ([*gate.waiting, card], [card]):
            escorts = [self.people[one].escort for one in those]
            if "needs" in escorts and "may" not in escorts:
                continue
            if len(those) >= gate.people:
                return those
        return []

    def _let_in(self, gate: Gate, together: list[int]) -> None:
        """All or none: each is asked once more, the ones before them as good as gone through."""
        before, stand = dict(gate.going), True
        for card in together:
            if stand and not self._against(card, gate):
                told = self._rule(card, gate) == "soft"
                gate.going[card] = Going(gate.leads[1], told, self.now_ms + 1)
            else:
                stand = False
        if stand:
            gate.verdicts.append("granted")
            self._release(gate, together, before)
        else:
            reasons = [self._taken_away(gate, card, len(together)) for card in together]
            gate.verdicts += reasons
            gate.going = before
        for card in together:
            gate.waiting.pop(card, None)

    def _taken_away(self, gate: Gate, card: int, people: int) -> str:
        reason = first(self._against(card, gate) | self._at_the_door(gate))
        return reason or (self._alone(card) if people > 1 else "fault")

    def _alone(self, card: int) -> str:
        return "escort" if self.people[card].escort == "needs" else "two_person"

    def _release(self, gate: Gate, together: list[int], before: dict[int, Going]) -> None:
        extended = any(self.people[card].extended for card in together)
        gate.door.grant(extended=extended)
        times = gate.door.times
        until_ms = self.now_ms + (times.extended_ms if extended else times.unlock_ms)
        gate.awaited = True
        for card, one in self._may_go(gate).items():
            longest_ms = before[card].until_ms if card in before else 0
            one.until_ms = max(longest_ms, until_ms)
        if gate.door.contact_open:
            self._enter(gate)

    def _enter(self, gate: Gate) -> None:
        """Whoever was let in here goes through."""
        for card, one in self._may_go(gate).items():
            if gate.leads != (OUTSIDE, OUTSIDE):
                self.where[card] = (one.area, self.now_ms)
                self.passed.append((card, one.area, one.told))
        gate.going = {}

    # What happens

    def wait(self, for_ms: int) -> None:
        self.now_ms += for_ms
        for gate in self.gates.values():
            gate.door.wait(for_ms)
            self._look(gate)

    def _look(self, gate: Gate) -> None:
        """A grant ends with its time, or by a lockdown; who waits too long is refused."""
        by_somebody = gate.door.granted() or gate.door.exiting()
        gate.awaited = gate.awaited and by_somebody and gate.door.mode != "lockdown"

    def nobody_came(self) -> None:
        """To be called when they have surely been told: it is looked at twice a second."""
        for gate in self.gates.values():
            locked_down = gate.door.mode == "lockdown"
            for card, waits in list(gate.waiting.items()):
                if locked_down or self.now_ms - waits.since_ms >= gate.second_ms:
                    del gate.waiting[card]
                    if self.vault:
                        gate.verdicts.append("lockdown" if locked_down else self._alone(card))

    def open(self, name: str) -> None:
        gate = self.gates[name]
        if gate.door.contact_open:
            return
        if gate.awaited:
            gate.awaited = False
            self._enter(gate)
        gate.door.open()
        self._look(gate)

    def shut(self, name: str) -> None:
        self.gates[name].door.shut()
        self._look(self.gates[name])

    def walk_away(self, name: str) -> None:
        gate = self.gates[name]
        gate.door.walk_away()
        gate.awaited, gate.going = False, {}

    def order(self, name: str, mode: str) -> None:
        self.gates[name].door.order(mode)
        self._look(self.gates[name])

    def fire(self, burning: bool) -> None:
        for gate in self.gates.values():
            gate.door.fire(burning)

    def alarm(self, name: str) -> str:
        """As the door alone, but that both being open is an alarm of its own."""
        door = self.gates[name].door
        both = all(gate.door.contact_open for gate in self.gates.values())
        alone = door.alarm()
        graver = alone in ("forced-open", "door-open-too-long", "egress-open")
        return "alarm" if self.interlock and both and not graver else alone

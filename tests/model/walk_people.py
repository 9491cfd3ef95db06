"""People who try the door at any minute of two weeks, and what must be decided of each."""

from datetime import UTC, datetime, timedelta
from typing import Final

from appliance import decision, door, rights, stepup
from appliance.vault.calendar import Rights
from appliance.wallclock import civil
from tests.model.broken import demand
from tests.model.chance import Chance
from tests.model.reference_people import Clock, Person, against, first

MONDAY: Final = datetime(2027, 3, 1, tzinfo=UTC)
WEEKS_MIN: Final = 2 * 7 * 24 * 60
LIMITS: Final = decision.Limits(300, 700, 4_000, 500)
PINS: Final = {
    decision.PIN_NONE: "second_factor",
    decision.PIN_LOCKED: "locked_out",
    decision.PIN_WRONG: "wrong_pin",
    decision.PIN_MISSING: "no_pin",
}


class PeopleWalk:
    """Twenty holders and an unknown card; decision and schedule beside the reference."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._people = {number: self._person() for number in range(1, 21)}
        self._clock = Clock(int(MONDAY.timestamp() * 1000))

    def _person(self) -> Person:
        """Somebody, with hours of one to three windows of a day, or at any time."""
        windows = [self._window() for _ in range(1 + self._chance.below(3))]
        return Person(
            suspended=self._chance.part() < 0.1,
            lost=self._chance.part() < 0.1,
            right=self._chance.part() < 0.9,
            hours=windows if self._chance.part() < 0.5 else None,
        )

    def _window(self) -> tuple[set[int], int, int]:
        begin, end = self._chance.below(24 * 60), 1 + self._chance.below(24 * 60)
        return {day for day in range(7) if self._chance.part() < 0.6} or {0}, begin, end

    def step(self, mode: int) -> str:
        """Somebody, with a PIN and a face or without, at some minute of two weeks.

        mode: the door's. Returns the reason. Raises Broken.
        """
        card = self._chance.below(21)
        minute = self._chance.below(WEEKS_MIN)
        jumped_ms = self._chance.of((0, 0, 0, 3_600_000))
        facts = self._facts(card, minute, jumped_ms, mode)
        decided = decision.decide(facts, LIMITS)
        why = self._standing(card, minute, mode) or _no_place(facts.standing) or _lacks(facts)
        demand(decided.reason == (why or "granted"), f"{decided.reason} ought to be {why}", facts)
        demand(decided.granted is (not why), "granted with every fact, and only then", facts)
        return str(decided.reason)

    def _standing(self, card: int, minute: int, mode: int) -> str:
        locked_down = {"lockdown"} if mode == door.LOCKDOWN else set()
        person = self._people.get(card)
        return first(against(person, self._clock, minute * 60_000) | locked_down)

    def _facts(self, card: int, minute: int, jumped_ms: int, mode: int) -> decision.Facts:
        at = MONDAY + timedelta(minutes=minute)
        self._clock.off_ms = jumped_ms
        at_ms = int(at.timestamp() * 1000) + jumped_ms
        person = self._people.get(card)
        known = person or Person()
        now = civil(at_ms, UTC, believed=not jumped_ms)
        standing = decision.Standing(
            known=person is not None,
            lost=known.lost,
            suspended=known.suspended,
            valid=True,
            lockdown=mode == door.LOCKDOWN,
            right=known.right,
            in_schedule=rights.in_schedule(_rights(known), now),
            passback=self._chance.part() < 0.05,
            full=self._chance.part() < 0.05,
            interlock=self._chance.part() < 0.05,
        )
        return decision.Facts(
            standing,
            wants_pin=self._chance.part() < 0.5,
            pin=self._chance.below(6),
            wants_face=self._chance.part() < 0.5,
            face=self._face(),
            step_up=stepup.NONE,
            either=False,
            company=decision.ENOUGH,
        )

    def _face(self) -> decision.Face | None:
        if self._chance.part() < 0.2:
            return None
        return decision.Face(
            self._chance.part() < 0.9,
            self._chance.of((0, 300, 301, 699, 700, 1_000)),
            self._chance.part() < 0.1,
            self._chance.of((3_999, 4_000, 9_000)),
            self._chance.of((499, 500, 5_000)),
        )


def _no_place(standing: decision.Standing) -> str:
    """Why whoever has a right must wait outside, in the order of the glossary; empty: nothing."""
    if standing.passback:
        return "anti_passback"
    if standing.full:
        return "area_full"
    return "interlock" if standing.interlock else ""


def _lacks(facts: decision.Facts) -> str:
    """Which factor is not as it ought to be, in the order of the glossary; empty: none."""
    if facts.wants_pin and facts.pin in PINS:
        return PINS[facts.pin]
    if not facts.wants_face:
        return ""
    face = facts.face
    if face is None or not face.enough:
        return "no_face_reading"
    checks = [
        (face.attack_permille > 300, "attack_suspected"),
        (face.refused, "quality_too_low"),
        (face.similarity_e4 < 4_000, "no_match"),
        (face.margin_e4 < 500, "ambiguous_match"),
    ]
    return next((reason for holds, reason in checks if holds), "")


def _rights(person: Person) -> Rights:
    """What the vault says of them: windows are days as bits, and two times of a day."""
    hours = person.hours or []
    windows = tuple((sum(1 << day for day in days), begin, end) for days, begin, end in hours)
    return Rights(person.right, person.hours is None, windows, False, False)

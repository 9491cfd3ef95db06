"""What one door with its reader ought to decide: the judge of the rooms that do it."""

# Written from DESIGN.md and docs/, not from the code, in the plainest words: see reference_door.py.

from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.model.reference_door import Door

JUMP_MS = 120_000
"""A wall clock further off than this is not believed."""


@dataclass
class Person:
    """A holder, and when they may pass. hours: (days, from, until) in minutes; None: always."""

    pin: str = ""
    duress: str = ""
    face: bool = False
    suspended: bool = False
    lost: bool = False
    extended: bool = False
    until_ms: int | None = None
    right: bool = True
    hours: list[tuple[set[int], int, int]] | None = None


@dataclass
class Wrongs:
    """The wrong PINs of one holder."""

    number: int = 0
    last_ms: int = 0
    wait_until_ms: int = 0


@dataclass
class Attempt:
    """Somebody stands there. reason: why their card alone would be refused, or empty."""

    card: int
    wanted: list[str]
    until_ms: int
    reason: str = ""
    strangers: int = 0
    duress: bool = False


@dataclass
class Entrance:
    """The door with its reader. cards: whose is whose. verdicts: all so far, oldest first."""

    door: Door
    people: dict[int, Person]
    factors: str
    wall_ms: int
    without_face: str = "card+pin"
    camera: bool = True
    attempt: Attempt | None = None
    verdicts: list[str] = field(default_factory=list)
    calls: int = 0
    wrongs: dict[int, Wrongs] = field(default_factory=dict)
    guesses_ms: list[int] = field(default_factory=list)
    shut_until_ms: int = 0
    off_ms: int = 0

    def standing(self, card: int) -> str:
        """Why whoever has this card may not pass now, whatever else they show."""
        person = self.people.get(card)
        if person is None:
            return "unknown_credential"
        believed = abs(self.off_ms) <= JUMP_MS
        checks = [
            (person.lost, "lost"),
            (person.suspended, "suspended"),
            (not self._valid(person, believed), "outside_validity"),
            (self.door.mode == "lockdown", "lockdown"),
            (not person.right, "no_right"),
            (not self._in_hours(person, believed), "outside_schedule"),
        ]
        return next((reason for holds, reason in checks if holds), "")

    def _now_ms(self) -> int:
        return self.wall_ms + self.door.now_ms + self.off_ms

    def _valid(self, person: Person, believed: bool) -> bool:
        return person.until_ms is None or (believed and self._now_ms() < person.until_ms)

    def _in_hours(self, person: Person, believed: bool) -> bool:
        if person.hours is None:
            return True
        return believed and any(self._open(*window) for window in person.hours)

    def _open(self, days: set[int], begin: int, end: int) -> bool:
        """A window that ends before it begins is a night, and belongs to the day it begins on."""
        now = datetime.fromtimestamp(self._now_ms() / 1000, UTC)
        minute, yesterday = now.hour * 60 + now.minute, (now.weekday() - 1) % 7
        if begin < end:
            return now.weekday() in days and begin <= minute < end
        return (now.weekday() in days and begin <= minute) or (yesterday in days and minute < end)

    # What happens

    def wait(self, for_ms: int) -> None:
        until_ms = self.door.now_ms + for_ms
        if self.attempt and self.attempt.until_ms <= until_ms:
            self.door.wait(self.attempt.until_ms - self.door.now_ms)
            self._decide(self._missing_reason())
        self.door.wait(until_ms - self.door.now_ms)

    def jump(self, by_ms: int) -> None:
        """Somebody sets the wall clock."""
        self.off_ms += by_ms

    def card(self, card: int) -> None:
        if self.door.now_ms < self.shut_until_ms:
            return
        self.attempt = Attempt(
            card, [], self.door.now_ms + self.door.times.factor_ms, self.standing(card)
        )
        if not self.attempt.reason:
            self.attempt.wanted = self._wanted(self.people[card])
        self._go_on()

    def _wanted(self, person: Person) -> list[str]:
        factors = self.factors
        if "face" in factors and not (self.camera and person.face):
            factors = self.without_face if self.without_face != "refuse" else factors
        return [factor for factor in ("pin", "face") if factor in factors.split("+")]

    def _go_on(self) -> None:
        attempt = self.attempt
        if attempt is None:
            return
        if attempt.reason or not attempt.wanted:
            self._decide(attempt.reason)
        elif attempt.wanted[0] == "face" and not self.camera:
            self._decide("no_face_reading")

    def pin(self, entered: str) -> None:
        attempt = self.attempt
        if attempt is None or not attempt.wanted or attempt.wanted[0] != "pin":
            return
        person = self.people[attempt.card]
        wrongs = self.wrongs.setdefault(attempt.card, Wrongs())
        duress = bool(person.duress) and entered == person.duress
        if self.door.now_ms < wrongs.wait_until_ms:
            self.calls += duress
            self._decide("locked_out")
        elif not duress and not (person.pin and entered == person.pin):
            self.wrong_pin(wrongs)
            self._decide("wrong_pin")
        else:
            self.wrongs[attempt.card] = Wrongs()
            attempt.wanted.pop(0)
            attempt.duress = duress
            self._go_on()

    def wrong_pin(self, wrongs: Wrongs) -> None:
        """The third costs 10 s, the fourth 20 s, then a quarter of an hour, a half, and hours."""
        now_ms = self.door.now_ms
        if now_ms - wrongs.last_ms >= 24 * 3_600_000:
            wrongs.number = 0
        wrongs.number += 1
        wrongs.last_ms = now_ms
        waits_s = [0, 0, 10, 20, 15 * 60, 30 * 60]
        wait_s = waits_s[wrongs.number - 1] if wrongs.number <= len(waits_s) else 3_600
        wrongs.wait_until_ms = now_ms + wait_s * 1000

    def look(self, face: str) -> None:
        """The camera sees `own`, `stranger` or `attack`."""
        attempt = self.attempt
        if attempt is None or not attempt.wanted or attempt.wanted[0] != "face":
            return
        if face == "attack":
            self._decide("attack_suspected")
        elif face == "own":
            attempt.wanted.pop(0)
            self._go_on()
        else:
            attempt.strangers += 1
            if attempt.strangers == 6:
                self._decide("no_match")

    def _missing_reason(self) -> str:
        if self.attempt is None or not self.attempt.wanted:
            return ""
        if self.attempt.wanted[0] == "pin":
            return "no_pin"
        return "no_match" if self.attempt.strangers else "no_face_reading"

    def _decide(self, reason: str) -> None:
        """Refused for what was shown, or for what has changed since the card; else granted."""
        attempt, self.attempt = self.attempt, None
        if attempt is None:
            return
        now = self.standing(attempt.card)
        if not attempt.reason and now == "lockdown":
            reason = now
        reason = reason or now
        self.calls += attempt.duress  # whoever is forced and refused calls for help as well
        if not reason:
            self.door.grant(extended=self.people[attempt.card].extended)
        self.verdicts.append(reason or "granted")
        if reason in ("unknown_credential", "wrong_pin", "locked_out"):
            self.guess()

    def guess(self) -> None:
        """Twenty in a minute shut the reader for 30 s."""
        now_ms = self.door.now_ms
        self.guesses_ms = [at for at in self.guesses_ms if now_ms - at < 60_000] + [now_ms]
        if len(self.guesses_ms) == 20:
            self.guesses_ms, self.shut_until_ms = [], now_ms + 30_000

"""What one door with its reader and camera ought to decide: the judge of the rooms that do it."""

# Written from DESIGN.md and docs/, not from the code, in the plainest words: see reference_door.py.

from dataclasses import dataclass, field

from tests.model.reference_door import Door
from tests.model.reference_hours import Hours
from tests.model.reference_people import Clock, Person, against, first
from tests.model.reference_tries import Tries

LOOK_MS = 3_000
ASK_MS = 4_000
STRANGERS = 6


@dataclass
class Attempt:
    """Somebody stands there. card: shown, or None. who: whom it is about, as far as is known.

    wanted: what is to be shown, in this order: pin, face, either, card, card_or_pin. against: what
    spoke against them when that was found. unclear: (track, since). among_all: whose face it is is
    looked for among all. askable: whether they would pass, were the face clear.
    """

    card: int | None
    wanted: list[str]
    until_ms: int
    factors: str
    against: set[str] = field(default_factory=set)
    who: int | None = None
    among_all: bool = False
    strangers: int = 0
    doubted: bool = False
    unclear: tuple[int, int] | None = None
    turning: bool = False
    askable: bool = True
    duress: bool = False


@dataclass
class Entrance:
    """The door with its reader. verdicts: all so far, oldest first. vault: whether it answers."""

    door: Door
    people: dict[int, Person]
    clock: Clock
    hours: Hours
    without_face: str = "card+pin"
    calibrated: bool = True
    camera: bool = True
    vault: bool = True
    attempt: Attempt | None = None
    verdicts: list[str] = field(default_factory=list)
    calls: int = 0
    tries: Tries = field(default_factory=Tries)
    done_track: int = -1
    looked_ms: int = -1_000

    def standing(self, card: int) -> str:
        """Why whoever has this card may not pass now, whatever else they show."""
        return first(self._against(card) | self._mode())

    def _against(self, card: int) -> set[str]:
        return against(self.people.get(card), self.clock, self.door.now_ms)

    def _mode(self) -> set[str]:
        return {"lockdown"} if self.door.mode == "lockdown" else set()

    # What happens

    def wait(self, for_ms: int) -> None:
        """Schedules are looked at each second; an attempt ends when its time is up."""
        until_ms = self.door.now_ms + for_ms
        while True:
            looks_ms = self.looked_ms + 1_000
            ends_ms = self.attempt.until_ms if self.attempt else until_ms
            next_ms = min(until_ms, looks_ms, ends_ms)
            self.door.wait(next_ms - self.door.now_ms)
            if self.attempt and next_ms == ends_ms:
                self._decide(self._missing_reason())
            if next_ms == looks_ms:
                self._look_at_hours()
            elif next_ms == until_ms:
                return

    def _look_at_hours(self) -> None:
        self.looked_ms = self.door.now_ms
        self.hours.look(self.door.now_ms, vault=self.vault)
        self.door.free_by_hours(self.hours.free_now())

    def order(self, mode: str) -> None:
        self.door.order(mode)
        if mode == "lockdown":
            self.hours.came = False
            self.door.free_by_hours(self.hours.free_now())

    def card(self, shown: int) -> None:
        if self.tries.shut(self.door.now_ms):
            return
        attempt, self.attempt = self.attempt, None
        if not self.vault:
            return
        if attempt and self._is_second(attempt, shown):
            attempt.against = set()
            self.attempt = attempt
            self._decide("")
            return
        factors = self.hours.wanted(self.door.now_ms)
        self._begin(shown, factors, self._beyond_card(shown, factors))

    def _is_second(self, attempt: Attempt, shown: int) -> bool:
        """Whether this is the card of whose face was seen, and opens here."""
        wanted = attempt.wanted[0] in ("card", "card_or_pin")
        return wanted and shown == attempt.who and not self.standing(shown)

    def _begin(self, card: int | None, factors: str, wanted: list[str]) -> None:
        self.attempt = Attempt(
            card, wanted, self.door.now_ms + self.door.times.factor_ms, factors, who=card
        )
        self.attempt.among_all = card is None or factors == "face"
        self.attempt.against = self._against(card) if card is not None else set()
        self._go_on()

    def _beyond_card(self, card: int, factors: str) -> list[str]:
        if self.standing(card):
            return []
        person = self.people[card]
        sees = self.camera and person.face
        if factors == "any-two":
            return ["pin"] if not sees else ["either"] if person.pin else ["face"]
        if "face" in factors and not sees and self.without_face != "refuse":
            factors = self.without_face
        return [factor for factor in ("pin", "face") if factor in factors.split("+")]

    def _go_on(self) -> None:
        attempt = self.attempt
        if attempt is None:
            return
        if not attempt.wanted:
            self._decide("")
        elif attempt.wanted[0] == "face" and not self.camera:
            self._decide("no_face_reading")

    def pin(self, entered: str) -> None:
        attempt = self.attempt
        if attempt is None or attempt.who is None or attempt.turning:
            return
        if attempt.wanted[0] not in ("pin", "either", "card_or_pin"):
            return
        if not self.vault:
            self.attempt = None
            return
        person, now_ms = self.people[attempt.who], self.door.now_ms
        duress = bool(person.duress) and entered == person.duress
        if self.tries.waits(attempt.who, now_ms):
            self.calls += duress
            self._decide("locked_out")
        elif not duress and not (person.pin and entered == person.pin):
            self.tries.wrong_pin(attempt.who, now_ms)
            self._decide("wrong_pin")
        else:
            self.tries.right_pin(attempt.who)
            attempt.wanted = attempt.wanted[1:]
            attempt.duress = duress
            self._go_on()

    def look(self, seen: int, how: str, track: int) -> None:
        """The camera sees somebody: `clear`, `unclear` or an `attack`. track: a visit of theirs."""
        attempt = self.attempt
        if attempt is None:
            self._comes(how, track)
        elif attempt.wanted[0] not in ("face", "either") or attempt.turning:
            return
        elif how == "attack":
            self._decide("attack_suspected")
        elif self._theirs(attempt, seen):
            self._holder_seen(attempt, how, track)
        elif self.attempt:
            self._stranger_seen(attempt, how)

    def _comes(self, how: str, track: int) -> None:
        """A face begins an attempt, where that is wanted: once for each visit."""
        factors = self.hours.wanted(self.door.now_ms)
        begins = factors in ("face", "face+pin", "any-two") and how != "attack"
        if begins and track != self.done_track:
            self.done_track = track
            self._begin(None, factors, ["face"])

    def _theirs(self, attempt: Attempt, seen: int) -> bool:
        """Whether the face is that of whoever the attempt is about, or may be about from now on."""
        known = seen in self.people and self.people[seen].face
        if not attempt.among_all or seen == attempt.who or not known:
            return known and seen == attempt.who
        if not self.vault:
            self.attempt = None
            return False
        attempt.who, attempt.unclear = seen, None
        attempt.against = self._against(seen)
        attempt.askable = not self.standing(seen)
        return True

    def _stranger_seen(self, attempt: Attempt, how: str) -> None:
        if how == "unclear":
            attempt.doubted = True
            return
        attempt.strangers += 1
        if attempt.strangers >= STRANGERS and attempt.wanted[0] == "face":
            self._decide("no_match")

    def _holder_seen(self, attempt: Attempt, how: str, track: int) -> None:
        """Who stays unclear is asked for a head turn, if nothing else is in their way."""
        if how == "clear":
            self._passes(attempt)
            return
        now_ms, attempt.doubted = self.door.now_ms, True
        if attempt.unclear is None or attempt.unclear[0] != track:
            attempt.unclear = (track, now_ms)
        elif now_ms - attempt.unclear[1] >= LOOK_MS and attempt.askable:
            attempt.turning, attempt.until_ms = True, now_ms + ASK_MS

    def turned(self, as_asked: bool) -> None:
        attempt = self.attempt
        if attempt and attempt.turning:
            if as_asked:
                attempt.turning = False
                self._passes(attempt)
            else:
                self._decide("step_up_failed")

    def _passes(self, attempt: Attempt) -> None:
        """The face does; without a card beside it, it may not be enough."""
        attempt.wanted = []
        if attempt.among_all and attempt.card != attempt.who and attempt.who is not None:
            has_pin = bool(self.people[attempt.who].pin)
            if not first(attempt.against | self._mode()):
                attempt.wanted = self._beyond_face(attempt.factors, has_pin)
                attempt.until_ms = self.door.now_ms + self.door.times.factor_ms
                if attempt.wanted == ["nothing else"]:
                    self._decide("second_factor")
                    return
        self._go_on()

    def _beyond_face(self, factors: str, has_pin: bool) -> list[str]:
        if factors == "face+pin":
            return ["pin"] if has_pin else ["nothing else"]
        if factors == "any-two" or not self.calibrated:
            return ["card_or_pin"] if has_pin else ["card"]
        return []

    def _missing_reason(self) -> str:
        attempt = self.attempt
        if attempt is None or attempt.turning:
            return "step_up_failed"
        if attempt.wanted[0] in ("pin", "card_or_pin"):
            return "no_pin"
        if attempt.wanted[0] == "card":
            return "second_factor"
        if attempt.strangers:
            return "no_match"
        return "attack_suspected" if attempt.doubted else "no_face_reading"

    def _decide(self, reason: str) -> None:
        """Refused for what was so at the card, for what was shown, or for what has changed."""
        attempt, self.attempt = self.attempt, None
        if attempt is None or not self.vault:
            return
        reason = first(attempt.against | self._mode()) or reason
        if not reason and attempt.who is not None:
            reason = self.standing(attempt.who)
        self.calls += attempt.duress  # whoever is forced and refused calls for help as well
        if not reason and attempt.who is not None:
            self.door.grant(extended=self.people[attempt.who].extended)
            self.hours.arrives()
            self.door.free_by_hours(self.hours.free_now())
        self.verdicts.append(reason or "granted")
        if reason in ("unknown_credential", "wrong_pin", "locked_out"):
            self.tries.guess(self.door.now_ms)

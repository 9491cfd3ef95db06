"""The people's side of one portal: reads and readings in, one decision per attempt out."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from appliance import attempt, decision, sections, stepup, wording
from appliance.attempt import Attempt
from appliance.deadline import Deadline, TimeUp
from appliance.factors import Factors
from appliance.link import Link
from appliance.outcome import Outcomes
from appliance.people import ANYBODY, NOBODY, People, Person
from appliance.portal import Portal
from appliance.readers.reader import CardRead, KeyRead, Read, Reader
from appliance.recognition import Recognition, look
from appliance.sides import Sides
from appliance.tries import Tries
from board.link.messages import FaceReading

WAITING: Final = 64
LONGEST_PIN: Final = 12
GUESSES: Final = (decision.UNKNOWN_CREDENTIAL, decision.WRONG_PIN, decision.LOCKED_OUT)
"""Refusals that count against the reader: whoever guesses cards or PINs gets these."""

log = logging.getLogger(__name__)


class LinkLost(NamedTuple):
    """The co-processor fell silent: no face will come."""


Happening = Read | FaceReading | TimeUp | LinkLost


class Admission:
    """One attempt at a time, one happening after the other. A fault anywhere is a refusal."""

    def __init__(
        self,
        portal: Portal,
        site: sections.Portal,
        people: People,
        link: Link,
        outcomes: Outcomes,
        numbers: Callable[[], int],
        tries: Tries,
        *,
        learn: bool = False,
    ) -> None:
        """learn: the co-processor may count who passed by face and another factor as living."""
        self._portal = portal
        self._site = site
        self._people = people
        self._link = link
        self._outcomes = outcomes
        self._numbers = numbers
        self._tries = tries
        self._learn = learn
        self._factors = Factors(site, link)
        self._sides = Sides()
        self._by_face = site.factors == attempt.FACE
        self._recognition = Recognition(people, portal.name, by_face=self._by_face)
        self._limits = self._recognition.limits
        self._happenings: asyncio.Queue[Happening] = asyncio.Queue()
        self._attempt: Attempt | None = None
        self._person = NOBODY
        self._carded = NOBODY
        self._keys = ""
        self._done_track = -1
        self._deadline = Deadline(self.happen)

    def happen(self, happening: Happening) -> None:
        """Queue what happened. Of too many reads the newest are lost, and more will follow.

        That time is up, or the link gone, is said once: it is never lost.
        """
        once = isinstance(happening, TimeUp | LinkLost)
        if once or self._happenings.qsize() < WAITING:
            self._happenings.put_nowait(happening)

    async def listen(self, reader: Reader) -> None:
        """Queue what the reader reads, for ever."""
        async for read in reader.reads():
            self.happen(read)

    async def run(self, beat: Callable[[], None]) -> None:
        """Take happenings for ever; `beat` at least once a second."""
        while True:
            beat()
            try:
                async with asyncio.timeout(1):
                    happening = await self._happenings.get()
            except TimeoutError:
                continue
            beat()  # taking it may last as long as the vault's patience, more than once
            await self._take(happening)

    async def _take(self, happening: Happening) -> None:
        try:
            match happening:
                case CardRead(bits):
                    await self._card(bits)
                case KeyRead(key):
                    await self._key(key)
                case FaceReading():
                    await self._reading(happening)
                case TimeUp() if self._attempt and self._deadline.is_over(happening):
                    await self._conclude(self._attempt)
                case LinkLost():
                    await self._link_lost()
        except Exception:  # promise 2: whatever goes wrong here is a refusal, and never silent
            log.exception("portal %s: an attempt failed", self._portal.name)
            self._outcomes.fault(self._end())

    async def _card(self, bits: tuple[int, ...]) -> None:
        if self._tries.shut(self._portal.name):
            self._outcomes.turned_away()
            return
        self._outcomes.open_again()
        if self._attempt:
            self._outcomes.superseded(self._end())
        number = self._numbers()
        self._attempt = attempt.begin(number, (), self._facts(NOBODY))
        person = await self._people.of_card(bits, self._portal.name)
        self._carded = person
        facts = self._facts(person)
        admissible = decision.decide(facts, self._limits).granted
        self._begin(number, self._factors.beyond_card(person) if admissible else (), person, facts)
        await self._go_on()

    def _facts(self, person: Person) -> decision.Facts:
        return self._as_it_stands(person.facts())

    def _as_it_stands(self, facts: decision.Facts) -> decision.Facts:
        """The facts with what the door says at this moment."""
        standing = facts.standing._replace(
            lockdown=self._portal.locked_down, interlock=self._portal.interlocked
        )
        return facts._replace(standing=standing)

    def _begin(
        self, number: int, wanted: tuple[str, ...], person: Person, facts: decision.Facts
    ) -> None:
        self._attempt = attempt.begin(number, wanted, facts)
        self._person = person
        self._keys = ""
        self._deadline.begin(number, self._site.factor_ms)

    async def _go_on(self) -> None:
        """Ask for the factor that is missing, or decide when none is, or none can come."""
        current = self._attempt
        if current is None:
            return
        missing = attempt.missing(current)
        no_face = missing == attempt.FACE and not self._factors.face_possible
        if not missing or no_face or attempt.hopeless(current, self._limits):
            await self._conclude(current)
            return
        self._outcomes.prompt(wording.PROMPTS[missing])
        if missing == attempt.FACE:
            self._link.read_face(current.number, self._portal.name, self._site.factor_ms)

    async def _key(self, key: str) -> None:
        current = self._attempt
        if current is None or attempt.missing(current) != attempt.PIN:
            return
        if key == "*":
            self._keys = ""
        elif key != "#":
            self._keys = (self._keys + key)[: LONGEST_PIN + 1]
        else:
            entered, self._keys = self._keys, ""
            pin = await self._people.check_pin(self._person.holder, entered)
            self._attempt = attempt.with_pin(current, self._counted(pin, current.number))
            await self._go_on()

    def _counted(self, pin: int, number: int) -> int:
        """What the PIN counts as. While none does it is asked for and hashed all the same.

        Whoever guesses learns nothing then, and who is forced to guess can still call for help.
        """
        counted = self._tries.pin(self._person.holder, pin)
        if counted == decision.PIN_LOCKED and pin == decision.PIN_DURESS:
            self._outcomes.help_wanted(number, self._person.holder)
        return counted

    async def _reading(self, reading: FaceReading) -> None:
        current = self._attempt
        if current is None or attempt.missing(current) != attempt.FACE:
            await self._watch(reading)
        elif reading.attempt == current.number:
            self._outcomes.track = reading.track
            self._attempt = await self._compare(current, reading)
            await self._looked(current, self._attempt, reading)

    async def _looked(self, before: Attempt, current: Attempt, reading: FaceReading) -> None:
        """Go on after a reading: decide, look on, or ask for a head turn, one part at a time."""
        if not attempt.missing(current):
            await self._seen(current)
        elif attempt.hopeless(current, self._limits):
            await self._conclude(current)
        elif attempt.wants_step_up(current, self._limits):
            self._ask(current, reading)
        elif current.step_up.number != before.step_up.number:
            self._ask_next(current)
        elif reading.refusal and current.step_up.result == stepup.NONE:
            self._outcomes.prompt(wording.HINTS[reading.refusal])

    def _ask(self, current: Attempt, reading: FaceReading) -> None:
        """Ask for the head turn: to sides that nobody could know before."""
        sides = self._sides.drawn(_now_ms())
        current = attempt.with_step_up(current, sides, look(reading), _now_ms())
        self._attempt = current
        longest_ms = stepup.longest_ms(current.step_up)
        self._link.read_face(current.number, self._portal.name, longest_ms)
        self._ask_next(current)

    def _ask_next(self, current: Attempt) -> None:
        self._outcomes.prompt(wording.ASKS[stepup.asked(current.step_up)])
        self._deadline.prolong(stepup.ASK_MS)

    async def _seen(self, current: Attempt) -> None:
        """The face passes; but where nothing else says who it is, a PIN may have to."""
        if self._by_face and not self._own_card() and self._factors.face_needs_another:
            facts = self._as_it_stands(current.facts)
            if decision.decide(facts, self._limits).granted:
                wanted = (attempt.FACE, attempt.PIN)
                pin = self._factors.pin(self._person)
                self._attempt = attempt.with_second_factor(current, wanted, pin)
                self._link.stop_reading(current.number)
                self._deadline.prolong(self._site.factor_ms)
        await self._go_on()

    def _own_card(self) -> bool:
        """Whether the holder whose face this is has shown their card, too."""
        return bool(self._carded.holder) and self._carded.holder == self._person.holder

    async def _compare(self, current: Attempt, reading: FaceReading) -> Attempt:
        """Take the reading beside whom it may be; another holder than so far begins anew."""
        person, face = await self._recognition.whose(current, self._person, reading)
        if person is not self._person:
            self._person = person
            facts = self._facts(person)._replace(wants_face=True)
            current = current._replace(facts=facts, unclear=None)
        return attempt.with_face(current, face, self._limits, look(reading), _now_ms())

    async def _watch(self, reading: FaceReading) -> None:
        """Nobody's attempt: an attack is told all the same; at a face door a face begins one."""
        face = self._people.compare(reading, NOBODY.templates)
        if decision.clear_attack(face, self._limits):
            self._outcomes.attack_seen(reading.track)
        elif self._attempt or not self._by_face or reading.refusal:
            return  # whoever enters a PIN before the camera is not interrupted by their own face
        elif reading.track != self._done_track:
            self._done_track = reading.track
            self._carded = NOBODY
            self._begin(self._numbers(), (attempt.FACE,), ANYBODY, self._facts(ANYBODY))
            await self._go_on()

    async def _link_lost(self) -> None:
        """No face will come now, and the next co-processor counts its tracks anew."""
        if self._attempt and self._attempt.facts.wants_face:
            await self._without_face(self._attempt)
        self._done_track = -1
        self._outcomes.forget_tracks()

    async def _without_face(self, current: Attempt) -> None:
        """A PIN that was entered still counts; the factors that are left get their full time.

        Where no card says who it is, nothing can stand in for the face. Nor for a head turn that
        was asked for: nothing else takes the suspicion away.
        """
        if not self._carded.holder or current.step_up.result != stepup.NONE:
            await self._conclude(current)
            return
        wanted = self._factors.instead_of_face()
        if current.facts.pin != decision.PIN_MISSING and attempt.PIN not in wanted:
            wanted = (attempt.PIN, *wanted)
        facts = self._facts(self._carded)._replace(pin=current.facts.pin)
        self._begin(current.number, wanted, self._carded, facts)
        await self._go_on()

    async def _conclude(self, current: Attempt) -> None:
        """Decide, journal, and only then release: no journal, no grant."""
        facts = self._as_it_stands(current.facts)
        decided = decision.decide(facts, self._limits)
        number, holder, turned = current.number, self._person.holder, facts.step_up
        factors = self._shown(current)
        if not decided.granted:
            self._end()
            await self._refuse(number, decided.reason, holder, factors, turned)
            return
        stands = self._people.stands(self._person, self._portal.name)
        if not await self._outcomes.granted(
            number, holder, factors, provided=stands, duress=decided.duress, step_up=turned
        ):
            reason = await self._taken_away()
            self._end()
            self._outcomes.refused(number, reason, holder, factors, turned)
            return
        self._end()
        if not self._portal.grant(extended=self._person.extended):
            # lockdown came while the grant was being written
            self._outcomes.refused(number, decision.LOCKDOWN, holder, factors, turned)
            return
        self._outcomes.welcome()
        if self._learn and facts.wants_face and factors != attempt.FACE:
            self._link.passed(self._outcomes.track, facts.face.similarity_e4)

    async def _refuse(
        self, number: int, reason: str, holder: str, factors: str, turned: int
    ) -> None:
        """Tell a refusal, and which guess was one too many."""
        shut = reason in GUESSES and self._tries.guessed(self._portal.name)
        if reason == decision.WRONG_PIN:
            await self._outcomes.wrong_pin(number, holder, factors, turned)
            if self._tries.locked(holder):
                self._outcomes.locked_out(holder)
        else:
            self._outcomes.refused(number, reason, holder, factors, turned)
        if shut:
            self._outcomes.locked_out()

    async def _taken_away(self) -> str:
        """Why who was about to pass may not any more: suspended, lost or erased meanwhile."""
        now = await self._people.again(self._person, self._portal.name)
        decided = decision.decide(self._facts(now), self._limits)
        return decision.FAULT if decided.granted else decided.reason

    def _shown(self, current: Attempt) -> str:
        """The factors that this attempt rests on; a card at a face door only if it is their own."""
        face_alone = self._by_face and current.facts.wants_face and not self._own_card()
        card = () if face_alone else (attempt.CARD,)
        return "+".join((*card, *current.wanted))

    def _end(self) -> int:
        """Return the number of the attempt that is no more; 0 where there was none."""
        ended, self._attempt = self._attempt, None
        if ended is None:
            return 0
        if ended.facts.wants_face:
            self._link.stop_reading(ended.number)
        if ended.step_up.result in (stepup.ASKED, stepup.FAILED):
            self._sides.failed(_now_ms())  # whoever shows the card again has not answered, either
        return int(ended.number)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000

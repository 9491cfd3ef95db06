"""The people's side of one portal: reads and readings in, one decision per attempt out."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from appliance import attempt, config, decision, wording
from appliance.attempt import Attempt
from appliance.link import Link
from appliance.outcome import Outcomes
from appliance.people import ANYBODY, NOBODY, People, Person
from appliance.portal import Portal
from appliance.readers.reader import CardRead, KeyRead, Read, Reader
from board.link.messages import FaceReading

WAITING: Final = 64
LONGEST_PIN: Final = 12

log = logging.getLogger(__name__)


class TimeUp(NamedTuple):
    """The attempt with this number has waited long enough."""

    attempt: int


class LinkLost(NamedTuple):
    """The co-processor fell silent: no face will come."""


Happening = Read | FaceReading | TimeUp | LinkLost


class Admission:
    """One attempt at a time, one happening after the other. A fault anywhere is a refusal."""

    def __init__(
        self,
        portal: Portal,
        site: config.Portal,
        people: People,
        link: Link,
        outcomes: Outcomes,
        numbers: Callable[[], int],
    ) -> None:
        self._portal = portal
        self._site = site
        self._people = people
        self._link = link
        self._outcomes = outcomes
        self._numbers = numbers
        self._by_face = site.factors == attempt.FACE
        self._limits = people.identifying if self._by_face else people.verifying
        self._happenings: asyncio.Queue[Happening] = asyncio.Queue()
        self._attempt: Attempt | None = None
        self._person = NOBODY
        self._keys = ""
        self._done_track = -1
        self._deadline: asyncio.TimerHandle | None = None

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
                case TimeUp(number) if self._attempt and self._attempt.number == number:
                    await self._conclude(self._attempt)
                case LinkLost():
                    await self._link_lost()
        except Exception:  # promise 2: whatever goes wrong here is a refusal, and never silent
            log.exception("portal %s: an attempt failed", self._portal.name)
            self._outcomes.fault(self._end())

    async def _card(self, bits: tuple[int, ...]) -> None:
        if self._attempt:
            self._outcomes.superseded(self._end())
        number = self._numbers()
        self._attempt = attempt.begin(number, (), self._facts(NOBODY))
        person = await self._people.of_card(bits, self._portal.name, _utc_ms())
        facts = self._facts(person)
        admissible = decision.decide(facts, self._limits).granted
        self._begin(number, self._wanted(person) if admissible else (), person, facts)
        await self._go_on()

    def _facts(self, person: Person) -> decision.Facts:
        """What is known before any further factor was shown."""
        return decision.Facts(
            known=person.known,
            suspended=person.suspended,
            valid=person.valid,
            lockdown=self._portal.locked_down,
            right=person.right,
            wants_pin=False,
            pin=decision.PIN_MISSING,
            wants_face=False,
            face=None,
        )

    def _wanted(self, person: Person) -> tuple[str, ...]:
        """Return the factors beyond the card; a face only where one can be asked for."""
        wanted = _beyond_card(self._site.factors)
        seen = self._link.sees(self._site.camera)
        if attempt.FACE in wanted and not (seen and len(person.templates)):
            return self._fallback()
        return wanted

    def _fallback(self) -> tuple[str, ...]:
        if self._site.without_face == "refuse":
            return _beyond_card(self._site.factors)
        return _beyond_card(self._site.without_face)

    def _begin(
        self, number: int, wanted: tuple[str, ...], person: Person, facts: decision.Facts
    ) -> None:
        self._attempt = attempt.begin(number, wanted, facts)
        self._person = person
        self._keys = ""
        if self._deadline:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(
            self._site.factor_ms / 1000, self.happen, TimeUp(number)
        )

    async def _go_on(self) -> None:
        """Ask for the factor that is missing, or decide when none is, or none can come."""
        current = self._attempt
        if current is None:
            return
        missing = attempt.missing(current)
        no_face = missing == attempt.FACE and not self._link.sees(self._site.camera)
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
            self._attempt = attempt.with_pin(current, pin)
            await self._go_on()

    async def _reading(self, reading: FaceReading) -> None:
        current = self._attempt
        if current is None or not current.facts.wants_face:
            await self._watch(reading)
        elif reading.attempt == current.number:
            current = await self._compare(current, reading)
            self._attempt = current
            self._outcomes.track = reading.track
            if not attempt.missing(current) or attempt.hopeless(current, self._limits):
                await self._conclude(current)
            elif reading.refusal:
                self._outcomes.prompt(wording.HINTS[reading.refusal])

    async def _compare(self, current: Attempt, reading: FaceReading) -> Attempt:
        """Take the reading beside the reference: the card's holder, or the most similar one."""
        if not self._by_face:
            face = self._people.compare(reading, self._person.templates)
            return attempt.with_face(current, face, self._limits)
        holder, face = self._people.identify(reading)
        if not decision.face_reason(face, self._limits):
            self._person = await self._people.of_holder(holder, self._portal.name, _utc_ms())
            current = current._replace(facts=self._facts(self._person)._replace(wants_face=True))
        return attempt.with_face(current, face, self._limits)

    async def _watch(self, reading: FaceReading) -> None:
        """Nobody's attempt: an attack is told all the same; at a face door a face begins one."""
        face = self._people.compare(reading, NOBODY.templates)
        if attempt.clear_attack(face, self._limits):
            self._outcomes.attack_seen(reading.track)
        elif self._attempt or not self._by_face or reading.refusal:
            return  # whoever enters a PIN before the camera is not interrupted by their own face
        elif reading.track != self._done_track:
            self._done_track = reading.track
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

        Where nobody but the face was to say who it is, nothing can stand in for it.
        """
        if not self._person.holder:
            await self._conclude(current)
            return
        wanted = self._fallback()
        if current.facts.pin != decision.PIN_MISSING and attempt.PIN not in wanted:
            wanted = (attempt.PIN, *wanted)
        self._begin(current.number, wanted, self._person, current.facts._replace(face=None))
        await self._go_on()

    async def _conclude(self, current: Attempt) -> None:
        """Decide, journal, and only then release: no journal, no grant."""
        facts = current.facts._replace(lockdown=self._portal.locked_down)
        decided = decision.decide(facts, self._limits)
        face_alone = self._by_face and current.facts.wants_face
        factors = "+".join((attempt.FACE,) if face_alone else (attempt.CARD, *current.wanted))
        if not decided.granted:
            self._end()
            self._outcomes.refused(current.number, decided.reason, self._person.holder, factors)
            return
        await self._outcomes.granted(
            current.number, self._person.holder, factors, duress=decided.duress
        )
        self._end()
        if self._portal.grant(extended=self._person.extended):
            self._outcomes.welcome()
        else:  # lockdown came while the grant was being written
            self._outcomes.refused(current.number, decision.LOCKDOWN, self._person.holder, factors)

    def _end(self) -> int:
        """Return the number of the attempt that is no more; 0 where there was none."""
        ended, self._attempt = self._attempt, None
        if ended is None:
            return 0
        if ended.facts.wants_face:
            self._link.stop_reading(ended.number)
        return int(ended.number)


def _beyond_card(factors: str) -> tuple[str, ...]:
    """Return what a card's holder has to show besides; at a face door that is the face."""
    return tuple(factor for factor in factors.split("+") if factor != attempt.CARD)


def _utc_ms() -> int:
    return time.time_ns() // 1_000_000

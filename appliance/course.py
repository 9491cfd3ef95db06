"""The course of one attempt: each factor that is missing asked for, until it can be decided."""

from collections.abc import Callable
from typing import Final

from appliance import attempt, decision, sections, stepup, wording
from appliance.case import Case
from appliance.conclusion import Conclusion
from appliance.deadline import Deadline, TimeUp
from appliance.factors import Factors
from appliance.link import Link
from appliance.looking import OVER, SEEN, Looking
from appliance.outcome import Outcomes
from appliance.people import ANYBODY, NOBODY, People, Person
from appliance.portal import Portal
from appliance.recognition import Recognition
from appliance.tries import Tries
from board.link.messages import FaceReading

LONGEST_PIN: Final = 12


class Course:
    """Of one portal, one attempt at a time: `case`, None while nobody is there."""

    def __init__(
        self,
        portal: Portal,
        site: sections.Portal,
        people: People,
        link: Link,
        outcomes: Outcomes,
        numbers: Callable[[], int],
        tries: Tries,
        conclusion: Conclusion,
        time_is_up: Callable[[TimeUp], None],
    ) -> None:
        self.case: Case | None = None
        self.by_face = site.factors == attempt.FACE
        self._name = portal.name
        self._site = site
        self._people = people
        self._link = link
        self._outcomes = outcomes
        self._numbers = numbers
        self._tries = tries
        self._conclusion = conclusion
        self._factors = Factors(site, link)
        self._deadline = Deadline(time_is_up)
        recognition = Recognition(people, portal.name, by_face=self.by_face)
        self._limits = recognition.limits
        self._looking = Looking(
            portal.name, site, link, outcomes, recognition, conclusion, self._deadline
        )

    async def card(self, bits: tuple[int, ...]) -> None:
        """A card: another attempt, in place of one that was running. Raises VaultFault."""
        if self._tries.shut(self._name):
            self._outcomes.turned_away()
            return
        self._outcomes.open_again()
        if self.case:
            self._outcomes.superseded(self.end())
        number = self._numbers()
        self.case = Case(attempt.begin(number, (), self._conclusion.facts(NOBODY)), NOBODY)
        person = await self._people.of_card(bits, self._name)
        admissible = decision.decide(self._conclusion.facts(person), self._limits).granted
        wanted = self._factors.beyond_card(person) if admissible else ()
        self._begin(number, wanted, person, person)
        await self._go_on()

    async def face(self) -> None:
        """A face alone before the camera of a face door. Raises VaultFault."""
        self._begin(self._numbers(), (attempt.FACE,), ANYBODY, NOBODY)
        await self._go_on()

    def _begin(self, number: int, wanted: tuple[str, ...], person: Person, card: Person) -> Case:
        begun = attempt.begin(number, wanted, self._conclusion.facts(person))
        self.case = Case(begun, person, card)
        self._deadline.begin(number, self._site.factor_ms)
        return self.case

    async def _go_on(self) -> None:
        """Ask for the factor that is missing, or decide when none is, or none can come."""
        case = self.case
        if case is None:
            return
        missing = attempt.missing(case.attempt)
        no_face = missing == attempt.FACE and not self._factors.face_possible
        if not missing or no_face or attempt.hopeless(case.attempt, self._limits):
            await self._conclude(case)
            return
        self._outcomes.prompt(wording.PROMPTS[missing])
        if missing == attempt.FACE:
            self._looking.begin(case.number)

    async def key(self, key: str) -> None:
        """A key at the reader; none counts while no PIN is asked for. Raises VaultFault."""
        case = self.case
        if case is None or attempt.missing(case.attempt) != attempt.PIN:
            return
        if key == "*":
            case.keys = ""
        elif key != "#":
            case.keys = (case.keys + key)[: LONGEST_PIN + 1]
        else:
            entered, case.keys = case.keys, ""
            pin = await self._people.check_pin(case.person.holder, entered)
            case.attempt = attempt.with_pin(case.attempt, self._counted(case, pin))
            await self._go_on()

    def _counted(self, case: Case, pin: int) -> int:
        """What the PIN counts as. While none does it is asked for and hashed all the same.

        Whoever guesses learns nothing then, and who is forced to guess can still call for help.
        """
        counted = self._tries.pin(case.person.holder, pin)
        if counted == decision.PIN_LOCKED and pin == decision.PIN_DURESS:
            self._outcomes.help_wanted(case.number, case.person.holder)
        return counted

    async def reading(self, reading: FaceReading) -> bool:
        """Take a reading; False where no attempt waits for a face. Raises VaultFault."""
        case = self.case
        if case is None or attempt.missing(case.attempt) != attempt.FACE:
            return False
        if reading.attempt == case.number:
            seen = await self._looking.take(case, reading)
            if seen == SEEN:
                await self._seen(case)
            elif seen == OVER:
                await self._conclude(case)
        return True

    async def _seen(self, case: Case) -> None:
        """The face passes; but where nothing else says who it is, a PIN may have to."""
        if self.by_face and not case.own_card and self._factors.face_needs_another:
            facts = self._conclusion.as_it_stands(case.attempt.facts)
            if decision.decide(facts, self._limits).granted:
                wanted = (attempt.FACE, attempt.PIN)
                pin = self._factors.pin(case.person)
                case.attempt = attempt.with_second_factor(case.attempt, wanted, pin)
                self._link.stop_reading(case.number)
                self._deadline.prolong(self._site.factor_ms)
        await self._go_on()

    async def time_up(self, time_up: TimeUp) -> None:
        """Decide by what was shown, if it is this attempt's time. Raises VaultFault."""
        if self.case and self._deadline.is_over(time_up):
            await self._conclude(self.case)

    async def link_lost(self) -> None:
        """No face will come now. Raises VaultFault."""
        if self.case and self.case.attempt.facts.wants_face:
            await self._without_face(self.case)

    async def _without_face(self, case: Case) -> None:
        """A PIN that was entered still counts; the factors that are left get their full time.

        Where no card says who it is, nothing can stand in for the face. Nor for a head turn that
        was asked for: nothing else takes the suspicion away.
        """
        current = case.attempt
        if not case.card.holder or current.step_up.result != stepup.NONE:
            await self._conclude(case)
            return
        wanted = self._factors.instead_of_face()
        pin = current.facts.pin
        if pin != decision.PIN_MISSING and attempt.PIN not in wanted:
            wanted = (attempt.PIN, *wanted)
        again = self._begin(case.number, wanted, case.card, case.card)
        again.attempt = attempt.with_pin(again.attempt, pin)
        await self._go_on()

    async def _conclude(self, case: Case) -> None:
        await self._conclusion.conclude(case, self._limits, self._shown(case))
        self.end()

    def _shown(self, case: Case) -> str:
        """The factors that an attempt rests on; a card at a face door only if it is their own."""
        face_alone = self.by_face and case.attempt.facts.wants_face and not case.own_card
        card = () if face_alone else (attempt.CARD,)
        return "+".join((*card, *case.attempt.wanted))

    def end(self) -> int:
        """Return the number of the attempt that is no more; 0 where there was none."""
        ended, self.case = self.case, None
        if ended is None:
            return 0
        self._looking.end(ended.attempt)
        return ended.number

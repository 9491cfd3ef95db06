"""The course of one attempt: each factor that is missing asked for, until it can be decided."""

from collections.abc import Callable
from typing import Final

from appliance import attempt, decision, factor_sets, sections, stepup, wording
from appliance.case import Case
from appliance.conclusion import Conclusion
from appliance.deadline import Deadline, TimeUp
from appliance.factors import Factors, Wish
from appliance.link import Link
from appliance.looking import OVER, SEEN, Looking
from appliance.outcome import Outcomes
from appliance.people import ANYBODY, NOBODY, People, Person
from appliance.portal import Portal
from appliance.recognition import Recognition
from appliance.timetable import Timetable
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
        timetable: Timetable,
        time_is_up: Callable[[TimeUp], None],
    ) -> None:
        self.case: Case | None = None
        self._name = portal.name
        self._site = site
        self._people = people
        self._link = link
        self._outcomes = outcomes
        self._numbers = numbers
        self._tries = tries
        self._conclusion = conclusion
        self._factors = Factors(site, link, timetable)
        self._deadline = Deadline(time_is_up)
        self._recognition = Recognition(people, portal.name)
        self._looking = Looking(
            portal.name,
            site,
            link,
            outcomes,
            self._recognition,
            conclusion,
            self._deadline,
            self._factors,
        )

    @property
    def factors(self) -> str:
        """The factor set that counts now."""
        return self._factors.wanted

    @property
    def by_face(self) -> bool:
        """Whether a face without a card begins an attempt now."""
        return factor_sets.begins_by_face(self.factors)

    async def card(self, bits: tuple[int, ...]) -> None:
        """A card: the second factor after a face, or another attempt. Raises VaultFault."""
        if self._tries.shut(self._name):
            self._outcomes.turned_away()
            return
        self._outcomes.open_again()
        if self.case and attempt.takes_card(self.case.attempt):
            person = await self._people.of_card(bits, self._name)
            if await self._second(self.case, person):
                return
        if self.case:
            self._outcomes.superseded(self.end())
        number = self._numbers()
        unknown = attempt.begin(number, (), self._conclusion.facts(NOBODY))
        self.case = Case(unknown, NOBODY, self._people.verifying)
        await self._first(number, await self._people.of_card(bits, self._name))

    async def _first(self, number: int, person: Person) -> None:
        factors = self._factors.wanted
        admissible = decision.decide(self._conclusion.facts(person), self._people.verifying).granted
        wish = self._factors.beyond_card(factors, person) if admissible else Wish(())
        self._begin(number, factors, wish, person, person)
        await self._go_on()

    async def _second(self, case: Case, person: Person) -> bool:
        """A card after the face: whether it is one of that holder's that opens here."""
        facts = self._conclusion.facts(person)
        own = person.holder == case.person.holder and decision.decide(facts, case.limits).granted
        if own:
            case.person = case.card = person
            case.attempt = attempt.with_card(case.attempt, facts.standing)
            await self._go_on()
        return own

    async def face(self) -> None:
        """A face without a card, where that begins an attempt. Raises VaultFault."""
        self._begin(self._numbers(), self._factors.wanted, Wish((attempt.FACE,)), ANYBODY, NOBODY)
        await self._go_on()

    def _begin(self, number: int, factors: str, wish: Wish, person: Person, card: Person) -> Case:
        facts = self._conclusion.facts(person)._replace(either=wish.either)
        begun = attempt.begin(number, wish.wanted, facts)
        among_all = factor_sets.looks_among_all(factors) or not card.holder
        limits = self._recognition.limits(among_all=among_all)
        self.case = Case(begun, person, limits, factors, card, among_all, wish.turn)
        self._deadline.begin(number, self._site.factor_ms)
        return self.case

    async def _go_on(self) -> None:
        """Ask for the factor that is missing, or decide when none is, or none can come."""
        case = self.case
        if case is None:
            return
        missing = attempt.missing(case.attempt)
        no_face = missing == attempt.FACE and not self._factors.face_possible
        if not missing or no_face or attempt.hopeless(case.attempt, case.limits):
            await self._conclude(case)
            return
        self._outcomes.prompt(wording.PROMPTS[missing])
        if attempt.takes_face(case.attempt):
            self._looking.begin(case.number)

    async def key(self, key: str) -> None:
        """A key at the reader; none counts while no PIN is asked for. Raises VaultFault."""
        case = self.case
        if case is None or not attempt.takes_pin(case.attempt):
            return
        if key == "*":
            case.keys = ""
            if not attempt.missing(case.attempt):
                await self._go_on()  # the face passed meanwhile, and nobody is typing any more
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
        if case is None or not attempt.takes_face(case.attempt):
            return False
        if reading.attempt == case.number:
            seen = await self._looking.take(case, reading)
            if seen == SEEN:
                await self._seen(case)
            elif seen == OVER:
                await self._conclude(case)
        return True

    async def _seen(self, case: Case) -> None:
        """The face passes; but where nothing else says who it is, another factor may have to.

        Who has begun to enter a PIN instead may finish: it may be the one that calls for help.
        """
        if attempt.takes_pin(case.attempt) and case.keys:
            return
        wanted = self._factors.beyond_face(case.factors, case.person)
        if wanted and case.among_all and not case.own_card:
            facts = self._conclusion.as_it_stands(case.attempt.facts)
            if decision.decide(facts, case.limits).granted:
                self._want_another(case, or_card=attempt.CARD in wanted)
        await self._go_on()

    def _want_another(self, case: Case, *, or_card: bool) -> None:
        pin = self._factors.pin(case.person)
        both = (attempt.FACE, attempt.PIN)
        case.attempt = attempt.with_second_factor(case.attempt, both, pin, or_card)
        self._link.stop_reading(case.number)
        self._deadline.prolong(self._site.factor_ms)

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
        wish = self._factors.instead_of_face(case.factors, case.card)
        pin = current.facts.pin
        if pin != decision.PIN_MISSING and attempt.PIN not in wish.wanted:
            wish = wish._replace(wanted=(attempt.PIN, *wish.wanted))
        again = self._begin(case.number, case.factors, wish, case.card, case.card)
        again.attempt = attempt.with_pin(again.attempt, pin)
        await self._go_on()

    async def _conclude(self, case: Case) -> None:
        await self._conclusion.conclude(case)
        self.end()

    def end(self) -> int:
        """Return the number of the attempt that is no more; 0 where there was none."""
        ended, self.case = self.case, None
        if ended is None:
            return 0
        self._looking.end(ended.attempt)
        return ended.number

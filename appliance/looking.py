"""Readings beside whom they may be about: seen, over, or a head turn asked for part by part."""

from typing import Final

from appliance import attempt, sections, stepup, wording
from appliance.attempt import Attempt
from appliance.case import Case
from appliance.conclusion import Conclusion
from appliance.deadline import Deadline
from appliance.factors import Factors
from appliance.link import Link
from appliance.outcome import Outcomes
from appliance.recognition import Recognition, look
from appliance.sides import Sides
from appliance.wallclock import monotonic_ms
from board.link.messages import FaceReading, Refusal

LOOK_ON: Final = "look_on"
SEEN: Final = "seen"
OVER: Final = "over"
"""What a reading makes of its attempt: wait for more, the face is all right, or it cannot help."""


class Looking:
    """At one portal."""

    def __init__(
        self,
        portal: str,
        site: sections.Portal,
        link: Link,
        outcomes: Outcomes,
        recognition: Recognition,
        conclusion: Conclusion,
        deadline: Deadline,
        factors: Factors,
    ) -> None:
        self._portal = portal
        self._site = site
        self._link = link
        self._outcomes = outcomes
        self._recognition = recognition
        self._conclusion = conclusion
        self._deadline = deadline
        self._factors = factors
        self._sides = Sides()

    def begin(self, number: int) -> None:
        """Ask the co-processor for readings of this attempt."""
        self._link.read_face(number, self._portal, self._site.factor_ms)

    async def take(self, case: Case, reading: FaceReading) -> str:
        """Return what a reading makes of its attempt. Raises VaultFault."""
        before = case.attempt
        self._outcomes.track = reading.track
        current = case.attempt = await self._compare(case, reading)
        if self._turns(case) and attempt.wants_turn(current, case.limits):
            self._ask(case, reading)
            return LOOK_ON
        if not attempt.missing(current):
            return SEEN
        if attempt.hopeless(current, case.limits):
            return OVER
        if attempt.wants_step_up(current, case.limits) and not case.keys:
            self._ask(case, reading)
        elif current.step_up.number != before.step_up.number:
            self._ask_next(current)
        elif reading.refusal and current.step_up.result == stepup.NONE:
            self._hint(current, reading.refusal)
        return LOOK_ON

    def _turns(self, case: Case) -> bool:
        """Whether the head is turned, however clear the face."""
        if case.among_all and not case.own_card:
            return self._factors.turn(case.factors, case.person)
        return case.turn

    def _hint(self, current: Attempt, refusal: Refusal) -> None:
        """What would help; who may enter their PIN instead need not stand before the camera."""
        if refusal != "no_face" or not current.facts.either:
            self._outcomes.prompt(wording.HINTS[refusal])

    def end(self, ended: Attempt) -> None:
        """The attempt is no more."""
        if ended.facts.wants_face:
            self._link.stop_reading(ended.number)
        if ended.step_up.result in (stepup.ASKED, stepup.FAILED):
            # whoever shows the card again has not answered, either
            self._sides.failed(monotonic_ms())

    async def _compare(self, case: Case, reading: FaceReading) -> Attempt:
        """Take the reading beside whom it may be; another holder than so far begins anew."""
        current = case.attempt
        person, face = await self._recognition.whose(case, reading)
        if person is not case.person:
            case.person = person
            facts = self._conclusion.facts(person)._replace(wants_face=True)
            current = current._replace(facts=facts, unclear=None)
        return attempt.with_face(current, face, case.limits, look(reading), monotonic_ms())

    def _ask(self, case: Case, reading: FaceReading) -> None:
        """Ask for the head turn: to sides that nobody could know before."""
        sides = self._sides.drawn(monotonic_ms())
        case.attempt = attempt.with_step_up(case.attempt, sides, look(reading), monotonic_ms())
        longest_ms = stepup.longest_ms(case.attempt.step_up)
        self._link.read_face(case.number, self._portal, longest_ms)
        self._ask_next(case.attempt)

    def _ask_next(self, current: Attempt) -> None:
        self._outcomes.prompt(wording.ASKS[stepup.asked(current.step_up)])
        self._deadline.prolong(stepup.ASK_MS)

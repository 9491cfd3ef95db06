"""Which factors somebody has to show at one portal, as co-processor and reader stand now."""

from typing import NamedTuple

from appliance import attempt, decision, factor_sets, sections
from appliance.link import Link
from appliance.people import Person
from appliance.timetable import Timetable

CALIBRATED = "site"


class Wish(NamedTuple):
    """What is wanted beyond a card. either: one of the two. turn: of the head, in any case."""

    wanted: tuple[str, ...]
    either: bool = False
    turn: bool = False


class Factors:
    """What the site wants at one portal."""

    def __init__(self, site: sections.Portal, link: Link, timetable: Timetable) -> None:
        self._site = site
        self._link = link
        self._timetable = timetable

    @property
    def wanted(self) -> str:
        """The factor set that counts now."""
        is_open = self._timetable.is_open
        when = tuple((each.factors, is_open(each.schedule)) for each in self._site.when)
        return factor_sets.in_force(self._site.factors, when)

    @property
    def face_possible(self) -> bool:
        """Whether asking for a face can be answered at all."""
        return self._link.sees(self._site.camera)

    @property
    def face_needs_another(self) -> bool:
        """Whether a face alone is not enough: the attack score was never fitted to this site.

        Asked anew at each attempt: it becomes void when the camera is moved or changed.
        """
        status = self._link.status
        return status is None or status.calibration != CALIBRATED

    def beyond_card(self, factors: str, person: Person) -> Wish:
        """The factors beyond the card; a face only where one can be asked for.

        Of any two both that can be shown: one of them is enough.
        """
        wanted = factor_sets.beyond_card(factors)
        if attempt.FACE in wanted and not self._has_face(person):
            wanted = self._instead_of_face(factors)
        elif factors == factor_sets.ANY_TWO and not person.has_pin:
            wanted = (attempt.FACE,)
        return self._wish(factors, wanted, person)

    def instead_of_face(self, factors: str, person: Person) -> Wish:
        """The factors beyond the card where no face can be had."""
        return self._wish(factors, self._instead_of_face(factors), person)

    def _instead_of_face(self, factors: str) -> tuple[str, ...]:
        if factors == factor_sets.ANY_TWO:
            return (attempt.PIN,)
        if self._site.without_face == "refuse":
            return factor_sets.beyond_card(factors)
        return factor_sets.beyond_card(self._site.without_face)

    def _wish(self, factors: str, wanted: tuple[str, ...], person: Person) -> Wish:
        """One factor more of whoever comes at an hour that is unusual for them, if there is one."""
        either = factors == factor_sets.ANY_TWO and len(wanted) > 1
        if not person.unusual or either:
            return Wish(wanted, either=either and not person.unusual)
        if attempt.PIN not in wanted and self.pin(person) == decision.PIN_MISSING:
            return Wish((attempt.PIN, *wanted))
        if attempt.FACE not in wanted and self._has_face(person):
            return Wish((*wanted, attempt.FACE))
        return Wish(wanted, turn=attempt.FACE in wanted)

    def beyond_face(self, factors: str, person: Person) -> tuple[str, ...]:
        """What would do besides a face that no card came before; empty: nothing is wanted."""
        wanted = factor_sets.beyond_face(factors)
        enters = person.unusual and self.pin(person) == decision.PIN_MISSING
        return wanted or ((attempt.CARD, attempt.PIN) if self.face_needs_another or enters else ())

    def turn(self, factors: str, person: Person) -> bool:
        """Whether a face that no card came before has to turn, too: nothing else is left to ask."""
        asked = factor_sets.beyond_face(factors) or self.face_needs_another
        return person.unusual and bool(asked or self.pin(person) == decision.PIN_NONE)

    def _has_face(self, person: Person) -> bool:
        return self.face_possible and bool(len(person.templates))

    def pin(self, person: Person) -> int:
        """What is known of a PIN that is wanted besides: it can be entered, or it cannot."""
        possible = person.has_pin and self._site.reader.keypad
        return decision.PIN_MISSING if possible else decision.PIN_NONE

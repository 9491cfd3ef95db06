"""Which factors somebody has to show at one portal, as co-processor and reader stand now."""

from appliance import attempt, decision, factor_sets, sections
from appliance.link import Link
from appliance.people import Person
from appliance.timetable import Timetable

CALIBRATED = "site"


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

    def beyond_card(self, factors: str, person: Person) -> tuple[str, ...]:
        """The factors beyond the card; a face only where one can be asked for.

        Of any two both that can be shown: one of them is enough.
        """
        wanted = factor_sets.beyond_card(factors)
        if attempt.FACE in wanted and not (self.face_possible and len(person.templates)):
            return self.instead_of_face(factors)
        if factors == factor_sets.ANY_TWO and not person.has_pin:
            return (attempt.FACE,)
        return wanted

    def instead_of_face(self, factors: str) -> tuple[str, ...]:
        """The factors beyond the card where no face can be had."""
        if factors == factor_sets.ANY_TWO:
            return (attempt.PIN,)
        if self._site.without_face == "refuse":
            return factor_sets.beyond_card(factors)
        return factor_sets.beyond_card(self._site.without_face)

    def beyond_face(self, factors: str) -> tuple[str, ...]:
        """What would do besides a face that no card came before; empty: nothing is wanted."""
        wanted = factor_sets.beyond_face(factors)
        return wanted or ((attempt.CARD, attempt.PIN) if self.face_needs_another else ())

    def pin(self, person: Person) -> int:
        """What is known of a PIN that is wanted besides: it can be entered, or it cannot."""
        possible = person.has_pin and self._site.reader.keypad
        return decision.PIN_MISSING if possible else decision.PIN_NONE

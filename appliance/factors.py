"""Which factors somebody has to show at one portal, as co-processor and reader stand now."""

from appliance import attempt, decision, sections
from appliance.link import Link
from appliance.people import Person

CALIBRATED = "site"


class Factors:
    """What the site wants at one portal."""

    def __init__(self, site: sections.Portal, link: Link) -> None:
        self._site = site
        self._link = link

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

    def beyond_card(self, person: Person) -> tuple[str, ...]:
        """The factors beyond the card; a face only where one can be asked for."""
        wanted = _beyond_card(self._site.factors)
        if attempt.FACE in wanted and not (self.face_possible and len(person.templates)):
            return self.instead_of_face()
        return wanted

    def instead_of_face(self) -> tuple[str, ...]:
        """The factors beyond the card where no face can be had."""
        if self._site.without_face == "refuse":
            return _beyond_card(self._site.factors)
        return _beyond_card(self._site.without_face)

    def pin(self, person: Person) -> int:
        """What is known of a PIN that is wanted besides: it can be entered, or it cannot."""
        possible = person.has_pin and self._site.reader.keypad
        return decision.PIN_MISSING if possible else decision.PIN_NONE


def _beyond_card(factors: str) -> tuple[str, ...]:
    """What a card's holder has to show besides; at a face door that is the face."""
    return tuple(factor for factor in factors.split("+") if factor != attempt.CARD)

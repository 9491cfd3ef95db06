"""Whose face a reading shows: the person so far, or another holder in their place."""

from appliance import decision, stepup
from appliance.account import UNLIKE
from appliance.case import Case
from appliance.people import People, Person
from board.link.messages import FaceReading


class Recognition:
    """Readings beside the references of one portal: the card's holder's, or everybody's."""

    def __init__(self, people: People, portal: str) -> None:
        self._people = people
        self._portal = portal

    def limits(self, *, among_all: bool) -> decision.Limits:
        """What a face must reach: more where it is looked for among all holders (1:N)."""
        return self._people.identifying if among_all else self._people.verifying

    async def whose(self, case: Case, reading: FaceReading) -> tuple[Person, decision.Face]:
        """Return who it may be, and the reading beside them. Raises VaultFault.

        It stays the person of the case until another holder would pass, were it no picture. Who was
        asked to turn their head stays the one: another holder is then nobody.
        """
        person = case.person
        if not case.among_all:
            return person, self._people.compare(reading, person.templates)
        holder, face = self._people.identify(reading)
        if holder == person.holder:
            return person, face
        if case.attempt.step_up.result != stepup.NONE:
            return person, face._replace(similarity_e4=UNLIKE)
        if decision.face_reason(face, case.limits, stepup.PASSED):
            return person, face
        return await self._people.of_holder(holder, self._portal), face


def look(reading: FaceReading) -> stepup.Look:
    """The reading as a head turn sees it: of two faces, or a covered one, nothing is believed."""
    seen = reading.refusal not in ("no_face", "several_faces", "occluded")
    return stepup.Look(reading.track, seen, reading.yaw_deg, reading.eyes_px)

"""The attempt that runs at a portal, with whom it may be about."""

from dataclasses import dataclass

from appliance import attempt, decision
from appliance.attempt import Attempt
from appliance.people import NOBODY, Person


@dataclass
class Case:
    """One attempt, from the first factor to its end.

    person: who it may be so far. limits: what a face must reach. factors: the set that the door
    wanted when it began. card: whose card was shown, NOBODY where none was. among_all: faces are
    looked for among all holders (1:N). keys: entered so far.
    """

    attempt: Attempt
    person: Person
    limits: decision.Limits
    factors: str = ""
    card: Person = NOBODY
    among_all: bool = False
    turn: bool = False
    keys: str = ""

    @property
    def number(self) -> int:
        """Journalled with everything that belongs to the attempt."""
        return int(self.attempt.number)

    @property
    def own_card(self) -> bool:
        """Whether the holder whose face this is has shown their card, too."""
        return bool(self.card.holder) and self.card.holder == self.person.holder

    @property
    def shown(self) -> str:
        """The factors that the attempt rests on; a card beside a face only if it is their own."""
        face_alone = self.among_all and self.attempt.facts.wants_face and not self.own_card
        card = () if face_alone else (attempt.CARD,)
        return "+".join((*card, *attempt.shown(self.attempt)))

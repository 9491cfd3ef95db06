"""The attempt that runs at a portal, with whom it may be about."""

from dataclasses import dataclass

from appliance.attempt import Attempt
from appliance.people import NOBODY, Person


@dataclass
class Case:
    """One attempt, from the first factor to its end.

    person: who it may be so far. card: whose card was shown, NOBODY where none was. keys: entered
    so far.
    """

    attempt: Attempt
    person: Person
    card: Person = NOBODY
    keys: str = ""

    @property
    def number(self) -> int:
        """Journalled with everything that belongs to the attempt."""
        return int(self.attempt.number)

    @property
    def own_card(self) -> bool:
        """Whether the holder whose face this is has shown their card, too."""
        return bool(self.card.holder) and self.card.holder == self.person.holder

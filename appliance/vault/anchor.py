"""A number in the vault that one outside it follows: an older copy of the vault stays behind.

The vault says n + 1 first, then what is outside does. So after a power cut the vault may be one
ahead, and is never behind.
"""

import logging
from typing import Final, Protocol

from appliance.vault.cipher import Database
from appliance.vault.faults import OlderCopy, StorageFault

ACCEPT: Final = (
    "put the newest copy back; if it is meant, such as a backup: `cardea journal accept`"
)

_log = logging.getLogger(__name__)


class Outside(Protocol):
    """Where the number is kept outside the vault."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    @property
    def row(self) -> str:
        """Which single value of the vault it follows."""

    def read(self) -> int:
        """Return the number; 0 where there is none. Raises VaultFault, OlderCopy."""

    def write(self, number: int) -> None:
        """Say `number` from now on, also after a power cut. Raises StorageFault."""

    def accepted(self, inside: int) -> int:
        """Return the number that lets a vault that stands at `inside` count as the newest."""


class Anchor:
    """The vault's number and the one outside, for a vault that is open for writing, or reading."""

    def __init__(self, database: Database, outside: Outside) -> None:
        self._database = database
        self._kept = outside
        self._outside = 0

    def begin(self) -> None:
        """Refuse an older copy, then go one on. Raises OlderCopy, VaultFault.

        A full disk does not keep the door shut: the number then stays, and is tried again.
        """
        self._outside = self._kept.read()
        self._compare(self._outside)
        try:
            self.advance()  # of one that a power cut has left behind
            self.step()
        except StorageFault as fault:
            _log.warning("the vault's number stays what it was: %s", fault)
        else:
            self.follow()

    def check(self) -> None:
        """Raise OlderCopy as begin() does, and change nothing. It may run beside a terminal."""
        outside = self._kept.read()  # first: the vault may only go on meanwhile
        self._compare(outside)

    @property
    def inside(self) -> int:
        """The vault's own number."""
        rows = self._database.rows("SELECT value FROM meta WHERE name = ?", self._kept.row)
        return int(rows[0][0])

    @property
    def begun(self) -> bool:
        """Whether vault and outside have ever met. Raises VaultFault."""
        return self.inside > 0 and self._kept.read() > 0

    def step(self) -> None:
        """One above what is outside, and never two: part of the transaction that changes."""
        self._put(max(self.inside, self._outside + 1))

    def advance(self) -> None:
        """Say outside what the vault says, once that is on the disk. Raises StorageFault."""
        inside = self.inside
        if inside != self._outside:
            self._kept.write(inside)
            self._outside = inside

    def follow(self) -> None:
        """As advance(); what cannot be written is logged, and follows with the next step."""
        try:
            self.advance()
        except StorageFault as fault:
            _log.warning("an older copy of the vault would not be noticed for now: %s", fault)

    def accept(self) -> None:
        """Let this copy count as the newest, whatever is outside: part of a transaction."""
        number = self._kept.accepted(self.inside)
        self._put(number)
        self._outside = number - 1

    def _put(self, number: int) -> None:
        self._database.run("UPDATE meta SET value = ? WHERE name = ?", number, self._kept.row)

    def _compare(self, outside: int) -> None:
        inside = self.inside
        if inside < outside:
            raise OlderCopy(
                f"an older copy of the vault was put back: it stands at {inside}, "
                f"{self._kept.name} at {outside}; {ACCEPT}"
            )
        if inside > outside + 1:
            raise OlderCopy(
                f"{self._kept.name} is missing, or an older copy of it was put back: it stands at "
                f"{outside}, the vault at {inside}; {ACCEPT}"
            )

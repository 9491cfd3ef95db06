"""A number in the vault that a file beside it follows: an older copy of the vault stays behind.

The vault says n + 1 first, then the file does. So after a power cut the vault may be one ahead, and
is never behind. The file holds one line: "cardea-anchor-1", the number in decimal, and HMAC-SHA-256
of both under a key derived from the vault's, in hexadecimal. Whoever puts the vault and the file
back together is not found.
"""

import hashlib
import hmac
import logging
import os
import re
from pathlib import Path
from typing import Final

from appliance.vault import keys
from appliance.vault.cipher import Database
from appliance.vault.faults import OlderCopy, StorageFault, VaultFault

LARGEST_BYTES: Final = 256
_LINE: Final = re.compile(rb"(cardea-anchor-1 (0|[1-9][0-9]{0,17})) ([0-9a-f]{64})\n")
_ACCEPT: Final = (
    "put the newest copy back; if it is meant, such as a backup: `cardea journal accept`"
)

_log = logging.getLogger(__name__)


class AnchorFile:
    """The file at `path`. key: the vault's."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._secret = keys.derived(key, "anchor 1")

    def read(self) -> int:
        """Return its number; 0 where there is no file. Raises VaultFault."""
        try:
            with self.path.open("rb") as file:
                return self.parsed(file.read(LARGEST_BYTES))
        except FileNotFoundError:
            return 0
        except OSError as fault:
            raise VaultFault(
                f"{self.path} cannot be read ({fault.strerror}): it must be a plain file of the "
                f"account that the terminal runs under"
            ) from fault

    def write(self, number: int) -> None:
        """Put `number` there; a power cut leaves the old or the new, whole. Raises StorageFault."""
        said = f"cardea-anchor-1 {number}".encode("ascii")
        fresh = self.path.with_name(self.path.name + ".new")
        try:
            file = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(file, "wb") as stream:
                stream.write(said + b" " + self._mac(said) + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(self.path)
            keys.keep_the_name(self.path.parent)
        except OSError as fault:
            raise StorageFault(
                f"{self.path} cannot be written ({fault.strerror}): free some space there"
            ) from fault

    def parsed(self, text: bytes) -> int:
        """Return the number that the bytes of such a file say. Raises OlderCopy."""
        found = _LINE.fullmatch(text)
        if found is None or not hmac.compare_digest(found[3], self._mac(found[1])):
            raise OlderCopy(f"{self.path.name} is forged, damaged or another vault's: {_ACCEPT}")
        return int(found[2])

    def _mac(self, said: bytes) -> bytes:
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest().encode("ascii")


class Anchor:
    """The vault's number and the file's, for one vault that is open for writing, or reading."""

    def __init__(self, database: Database, file: AnchorFile) -> None:
        self._database = database
        self._file = file
        self._outside = 0

    def begin(self) -> None:
        """Refuse an older copy, then go one on. Raises OlderCopy, VaultFault.

        A full disk does not keep the door shut: the number then stays, and is tried again.
        """
        self._outside = self._file.read()
        compare(self.inside, self._outside)
        try:
            self.advance()  # of one that a power cut has left behind
            self.step()
        except StorageFault as fault:
            _log.warning("the vault's number stays what it was: %s", fault)
        else:
            self.follow()

    def check(self) -> None:
        """Raise OlderCopy as begin() does, and change nothing. It may run beside a terminal."""
        outside = self._file.read()  # first: the vault may only go on meanwhile
        compare(self.inside, outside)

    @property
    def inside(self) -> int:
        """The vault's own number."""
        return int(self._database.rows("SELECT value FROM meta WHERE name = 'anchor'")[0][0])

    def step(self) -> None:
        """One above the file's number, and never two: part of the transaction that changes."""
        self._database.run(
            "UPDATE meta SET value = max(value, ?) WHERE name = 'anchor'", self._outside + 1
        )

    def advance(self) -> None:
        """Let the file say what the vault says, once that is on the disk. Raises StorageFault."""
        inside = self.inside
        if inside != self._outside:
            self._file.write(inside)
            self._outside = inside

    def follow(self) -> None:
        """As advance(); a file that cannot be written is logged, and follows with the next step."""
        try:
            self.advance()
        except StorageFault as fault:
            _log.warning("an older copy of the vault would not be noticed for now: %s", fault)

    def accept(self) -> None:
        """Let this copy count as the newest, whatever the file says: part of a transaction."""
        try:
            self._outside = self._file.read()
        except OlderCopy:
            self._outside = 0  # no number can be believed
        self._database.run(
            "UPDATE meta SET value = max(value, ?) + 1 WHERE name = 'anchor'", self._outside
        )


def compare(inside: int, outside: int) -> None:
    """Raise OlderCopy unless the vault says the same as the file, or one more."""
    if inside < outside:
        raise OlderCopy(
            f"an older copy of the vault was put back: it stands at {inside}, vault.anchor at "
            f"{outside}; {_ACCEPT}"
        )
    if inside > outside + 1:
        raise OlderCopy(
            f"vault.anchor is missing, or an older copy of it was put back: it stands at "
            f"{outside}, the vault at {inside}; {_ACCEPT}"
        )

"""The vault's number in a file beside it: an older copy of the vault alone stays behind.

One line: "cardea-anchor-1", the number in decimal, and HMAC-SHA-256 of both under a key derived
from the vault's, in hexadecimal. Whoever puts the vault and the file back together is not found.
"""

import hashlib
import hmac
import os
import re
from pathlib import Path
from typing import Final

from appliance.vault import keys
from appliance.vault.anchor import ACCEPT
from appliance.vault.faults import OlderCopy, StorageFault, VaultFault

LARGEST_BYTES: Final = 256
_LINE: Final = re.compile(rb"(cardea-anchor-1 (0|[1-9][0-9]{0,17})) ([0-9a-f]{64})\n")


class AnchorFile:
    """The file at `path`. key: the vault's."""

    row: Final = "anchor"

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self.name = path.name
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

    def accepted(self, inside: int) -> int:
        """Return a number above that of the vault and of the file, where that can be believed."""
        try:
            return max(inside, self.read()) + 1
        except OlderCopy:
            return inside + 1

    def parsed(self, text: bytes) -> int:
        """Return the number that the bytes of such a file say. Raises OlderCopy."""
        found = _LINE.fullmatch(text)
        if found is None or not hmac.compare_digest(found[3], self._mac(found[1])):
            raise OlderCopy(f"{self.path.name} is forged, damaged or another vault's: {ACCEPT}")
        return int(found[2])

    def _mac(self, said: bytes) -> bytes:
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest().encode("ascii")

"""A backup file: an age envelope to the owner's public key, round a vault under a key of its own.

Inside (https://age-encryption.org/v1): one line of JSON, which is Contents, then the bytes of a
SQLCipher file that the key in that line opens. So nothing of it is ever in the clear on a disk,
neither when it is made nor when it is opened again.
"""

import os
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Literal

import msgspec
import pyrage

from appliance.vault.faults import BackupFault

HEADER_BYTES: Final = 1_024
_NO_BACKUP: Final = "give the file that `cardea backup` has made"
_DAMAGED: Final = "it is damaged or cut short; take another copy or an older backup"


class Contents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is in a backup. key: of the file inside; head: hash of the journal's last entry."""

    made_at_ms: Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_000)]
    holders: Annotated[int, msgspec.Meta(ge=0)]
    entries: Annotated[int, msgspec.Meta(ge=0)]
    head: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    cardea_backup: Literal[1] = 1

    def __repr__(self) -> str:
        return "Contents(...)"


def recipient(text: str) -> pyrage.x25519.Recipient:
    """Return the owner's public key. Raises BackupFault."""
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as fault:
        raise BackupFault(
            f"{text[:80]!r} is no public key ({fault}): it begins with age1; `age-keygen` makes it"
        ) from fault


def identity(text: str) -> pyrage.x25519.Identity:
    """Return the owner's private key, from the text of its file. Raises BackupFault."""
    lines = [line.strip() for line in text.splitlines()]
    said = [line for line in lines if line and not line.startswith("#")]
    try:
        return pyrage.x25519.Identity.from_str(said[0])
    except (IndexError, pyrage.IdentityError):
        raise BackupFault(
            "the private key is none: give the file that `age-keygen` made, whose key begins with "
            "AGE-SECRET-KEY-1"
        ) from None


def seal(contents: Contents, vault: Path, to: Path, owner: pyrage.x25519.Recipient) -> None:
    """Write the backup `to`, a new file with mode 0600. Raises BackupFault; then none is left."""
    try:
        handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise BackupFault(
            f"{to} cannot be made ({fault.strerror}): nothing is overwritten; choose another name"
        ) from fault
    try:
        with os.fdopen(handle, "wb") as stream, vault.open("rb") as inside:
            pyrage.encrypt_io(_Joined(contents, inside), stream, [owner])
            stream.flush()
            os.fsync(stream.fileno())
    except (OSError, pyrage.EncryptError) as fault:
        to.unlink(missing_ok=True)
        raise BackupFault(f"{to} cannot be written ({fault}): free some space there") from fault
    except BaseException:
        to.unlink(missing_ok=True)
        raise


def unseal(backup: Path, owner: pyrage.x25519.Identity, to: Path) -> Contents:
    """Write the file inside, encrypted as it is, to the new file `to`. Raises BackupFault."""
    try:
        handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as stream, backup.open("rb") as outside:
            parted = _Parted(stream)
            _decrypt(outside, parted, owner, backup.name)
        return parsed(parted.header)
    except OSError as fault:
        raise BackupFault(f"{backup} cannot be read ({fault}); {_DAMAGED}") from fault


def parsed(header: bytes) -> Contents:
    """Return what the first line says. Raises BackupFault."""
    try:
        return msgspec.json.decode(header, type=Contents)
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise BackupFault(f"this is no backup of a vault ({fault}): {_NO_BACKUP}") from fault


def _decrypt(
    outside: BinaryIO, parted: "_Parted", owner: pyrage.x25519.Identity, name: str
) -> None:
    try:
        pyrage.decrypt_io(outside, parted, [owner])
    except pyrage.DecryptError as fault:
        if "No matching keys" in str(fault):
            raise BackupFault(
                f"{name} was made for another public key: give that key's file"
            ) from fault
        raise BackupFault(f"{name} does not open ({fault}): {_NO_BACKUP}, or {_DAMAGED}") from fault


class _Joined:
    """The first line, and the file behind it, as one file to read."""

    def __init__(self, contents: Contents, behind: BinaryIO) -> None:
        self._header = msgspec.json.encode(contents) + b"\n"
        self._behind = behind

    def read(self, most: int) -> bytes:
        piece, self._header = self._header[:most], self._header[most:]
        return piece or self._behind.read(most)


class _Parted:
    """What is written, parted into the first line and a file with the rest."""

    def __init__(self, behind: BinaryIO) -> None:
        self.header = b""
        self._whole = False
        self._behind = behind

    def write(self, piece: bytes) -> int:
        rest = bytes(piece)
        if not self._whole:
            line, end, rest = rest.partition(b"\n")
            self.header += line
            self._whole = bool(end)
            if len(self.header) > HEADER_BYTES:
                raise BackupFault(f"this is no backup of a vault: {_NO_BACKUP}")
        self._behind.write(rest)
        return len(piece)

    def flush(self) -> None:
        self._behind.flush()

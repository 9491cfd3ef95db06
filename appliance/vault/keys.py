"""The vault's 256-bit key, read from (or made into) a file that only its owner can read."""

import logging
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from appliance.vault.faults import KeyFault

KEY_BYTES: Final = 32
_HEX_DIGITS: Final = 2 * KEY_BYTES
_SHARED_BITS: Final = 0o177  # anything beyond read and write for the owner

_log = logging.getLogger(__name__)


def create(path: Path) -> bytes:
    """Make a new random key in a new file with mode 0600. Raises KeyFault when `path` exists."""
    key = secrets.token_bytes(KEY_BYTES)
    try:
        # O_EXCL: an existing key, or a link planted in its place, is never written through.
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w", encoding="ascii") as stream:
            os.fchmod(stream.fileno(), 0o600)  # whatever the umask says
            stream.write(key.hex() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        keep_the_name(path.parent)
    except FileExistsError:
        raise KeyFault(f"{path} exists: a key is never overwritten; move it away first") from None
    except OSError as error:
        raise KeyFault(f"{path} cannot be written ({error.strerror}): check its folder") from error
    return key


def load(path: Path) -> bytes:
    """Read the key in `path`, if it is ours alone and well-formed. Raises KeyFault."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise KeyFault(
            f"{path.name} is missing: restore {path} from your copy; without it the vault stays "
            f"shut (`cardea site new` makes both, for a new terminal)"
        ) from None
    except OSError as error:
        raise KeyFault(
            f"{path} cannot be read ({error.strerror}): it must be a plain file of the account "
            f"that the terminal runs under"
        ) from error
    try:
        _check_owner(path, os.fstat(file))
        text = os.read(file, _HEX_DIGITS + 2)
    finally:
        os.close(file)
    key = _parsed(path, text)
    _warn(path)
    return key


def destroy(path: Path) -> None:
    """Overwrite the key and take its file away; flash memory may keep a copy. Raises KeyFault."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(file, "wb") as stream:
            stream.write(b"-" * (_HEX_DIGITS + 1))  # which is no key, should it stay
            stream.flush()
            os.fsync(stream.fileno())
        path.unlink()
        keep_the_name(path.parent)
    except OSError as error:
        raise KeyFault(f"{path} is still there ({error.strerror}): remove it") from error


def keep_the_name(folder: Path) -> None:
    """Sync the folder as well: a key whose name a power cut forgets is a vault lost."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def derived(key: bytes, purpose: str) -> bytes:
    """Return 32 bytes that tell nothing of the key, nor of what other purposes get (RFC 5869).

    purpose: names the version, too, such as "pin pepper 1".
    """
    info = f"cardea {purpose}".encode("ascii")
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(key)


def _check_owner(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyFault(f"{path} is not a plain file: put the key file itself there")
    if status.st_uid != os.geteuid():
        raise KeyFault(
            f"{path} belongs to user {status.st_uid}, the terminal runs as {os.geteuid()}: "
            f"chown it to the terminal's account"
        )
    mode = stat.S_IMODE(status.st_mode)
    if mode & _SHARED_BITS:
        raise KeyFault(f"{path} has mode {mode:04o}, others may read it: chmod 600 {path}")


def _parsed(path: Path, text: bytes) -> bytes:
    digits = text.removesuffix(b"\n")
    if len(digits) == _HEX_DIGITS and digits.isalnum():
        try:
            return bytes.fromhex(digits.decode("ascii"))
        except ValueError:
            pass
    raise KeyFault(
        f"{path} is not a key ({_HEX_DIGITS} hexadecimal digits): restore it from your copy"
    )


def _warn(path: Path) -> None:
    _log.warning(
        "THE VAULT'S KEY LIES IN A FILE (%s): whoever takes the disk reads the vault. "
        "A key file is not a sealed key; use it for trials and keep the disk under lock.",
        path,
    )

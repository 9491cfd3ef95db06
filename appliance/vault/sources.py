"""Where the vault's key comes from: a file, or the TPM."""

import logging
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from appliance.vault import keys, sealed
from appliance.vault.faults import KeyFault
from appliance.vault.sealed import Pcrs, Sealed
from appliance.vault.tpm import Tpm

KEY_FILE: Final = "vault.key"
SEALED_FILE: Final = "vault.sealed"

_log = logging.getLogger(__name__)


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[vault]` of site.toml."""

    key: Literal["file", "tpm"] = "file"
    tcti: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] = "device:/dev/tpmrm0"
    """How the TPM is reached, in the words of tpm2-tss."""
    pcrs: Pcrs = (0, 2, 7, 11)
    """What must be as it was when the key was sealed: firmware, boot keys, kernel image."""


class _SiteFile(msgspec.Struct, frozen=True):
    """site.toml, as far as tools without the appliance need it."""

    vault: Source = Source()


def of(state: Path) -> Source:
    """The source that the site.toml in `state` names; without such a file it is the key file."""
    path = state / "site.toml"
    if path.exists() and not path.is_file():
        raise KeyFault(f"{path}: no plain file; put site.toml itself there")
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_SiteFile).vault
    except FileNotFoundError:
        return Source()
    except (OSError, msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise KeyFault(f"{path}: {fault}; correct it first, docs/site.md has every key") from fault


def load(state: Path, source: Source) -> bytes:
    """Return the vault's key. Raises KeyFault, whose message says what helps."""
    if source.key == "file":
        return keys.load(state / KEY_FILE)
    if (state / KEY_FILE).exists():
        _log.warning("vault.key lies there beside the sealed key: `cardea key seal` destroys it")
    found = sealed.read(state / SEALED_FILE)
    with Tpm(source.tcti) as chip:
        key, _ = sealed.opened(chip, found)
    return key


def settle(state: Path, source: Source) -> None:
    """Forget the blob of before an update, once that of after it opens.

    What hinders it is only logged: no door stays shut for it, and the next start tries again.
    """
    if source.key == "file":
        return
    try:
        _settle(state, source)
    except KeyFault as fault:
        _log.warning("the key stays sealed to the system of before the update, too: %s", fault)


def _settle(state: Path, source: Source) -> None:
    found = sealed.read(state / SEALED_FILE)
    if len(found.blobs) == 1:
        return
    with Tpm(source.tcti) as chip:
        _, blob = sealed.opened(chip, found)
    if blob == found.blobs[0]:
        sealed.write(state / SEALED_FILE, Sealed((blob,)))

"""vault.sealed: the vault's key as blobs that only this terminal's TPM opens."""

import os
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from appliance.vault import keys
from appliance.vault.faults import KeyFault
from appliance.vault.tpm import Tpm, WrongState

LARGEST_BYTES: Final = 16_384

Pcrs = Annotated[
    tuple[Annotated[int, msgspec.Meta(ge=0, le=23)], ...], msgspec.Meta(min_length=1, max_length=24)
]


class Blob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sealed key, and the PCRs of its policy."""

    pcrs: Pcrs
    sealed: Annotated[bytes, msgspec.Meta(min_length=1, max_length=4096)]


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of the file. Two blobs stand there round an update: that to come, then that of today."""

    blobs: Annotated[tuple[Blob, ...], msgspec.Meta(min_length=1, max_length=2)]
    version: Literal[1] = 1


def parsed(text: bytes) -> Sealed:
    """Return what the bytes of a vault.sealed say. Raises KeyFault."""
    try:
        return msgspec.json.decode(text, type=Sealed)
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise KeyFault(
            f"vault.sealed is no sealed key ({fault}): restore it from a backup, or make it anew "
            f"with `cardea key recover`"
        ) from fault


def read(path: Path) -> Sealed:
    """Return what is sealed in `path`. Raises KeyFault."""
    try:
        with path.open("rb") as file:
            return parsed(file.read(LARGEST_BYTES))
    except FileNotFoundError:
        raise KeyFault(
            f"{path.name} is missing: `cardea key seal` makes it from vault.key, "
            f"`cardea key recover` from the recovery key"
        ) from None
    except OSError as fault:
        raise KeyFault(
            f"{path} cannot be read ({fault.strerror}): it must be a plain file of the account "
            f"that the terminal runs under"
        ) from fault


def write(path: Path, sealed: Sealed) -> None:
    """Put `sealed` in place of what is there; a power cut leaves the old or the new, whole."""
    fresh = path.with_name(path.name + ".new")
    try:
        file = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(msgspec.json.encode(sealed))
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
        keys.keep_the_name(path.parent)
    except OSError as fault:
        raise KeyFault(f"{path} cannot be written ({fault.strerror}): check its folder") from fault


def opened(chip: Tpm, sealed: Sealed) -> tuple[bytes, Blob]:
    """Return the key, and the first blob that opens here and now. Raises KeyFault."""
    refusals = []
    for blob in sealed.blobs:
        try:
            return chip.unseal(blob.sealed, blob.pcrs), blob
        except WrongState as fault:
            refusals.append(str(fault))
    raise KeyFault(
        f"vault.sealed: {refusals[0]}; start the system it was sealed to, or give the recovery "
        f"key to `cardea key recover`"
    )

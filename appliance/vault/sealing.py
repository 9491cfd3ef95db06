"""The vault's key into the TPM: from its file, from the recovery key, or for the next system."""

import os
from collections.abc import Mapping
from pathlib import Path

from appliance.vault import accepting, keys, opening, sealed
from appliance.vault.faults import KeyFault
from appliance.vault.sealed import Blob, Sealed
from appliance.vault.sources import KEY_FILE, SEALED_FILE, Source, load
from appliance.vault.tpm import Tpm


def seal_file(state: Path, source: Source) -> bytes:
    """Seal the key in vault.key and prove that it opens; return it. The file is still there.

    destroy_file() is the second step: whoever is to write the recovery key down comes between.
    """
    _check(source)
    key = _key_in_file(state, source)
    seal(state, source, key)
    return key


def seal(state: Path, source: Source, key: bytes) -> None:
    """Seal `key`, once it has opened the vault, to the system that runs. Raises VaultFault.

    From then on the TPM also counts the vault's changes, if it has not before.
    """
    _check(source)
    store = opening.opened_any(state, source, key)
    try:
        with Tpm(source.tcti) as chip:
            made = Sealed((Blob(source.pcrs, chip.seal(key, source.pcrs)),))
            _prove(chip, made, key)
        sealed.write(state / SEALED_FILE, made)
        accepting.begin(store, os.getuid())
    finally:
        store.close()


def destroy_file(state: Path, source: Source, key: bytes) -> None:
    """Take vault.key away, once what lies in vault.sealed opens to `key`. Raises KeyFault."""
    with Tpm(source.tcti) as chip:
        _prove(chip, sealed.read(state / SEALED_FILE), key)
    keys.destroy(state / KEY_FILE)


def reseal(state: Path, source: Source, coming: Mapping[int, bytes]) -> int:
    """Seal the key under the PCR values to come as well; return how many blobs there are now.

    coming: PCR -> 32 bytes; empty: to the system that runs. Until the new blob has opened once
    the one that opens today stays behind it.
    """
    _check(source)
    stray = [pcr for pcr in coming if pcr not in source.pcrs]
    if stray:
        raise KeyFault(f"vault.pcrs: PCR {stray[0]} is not among them; add it, or leave it out")
    with Tpm(source.tcti) as chip:
        key, today = sealed.opened(chip, sealed.read(state / SEALED_FILE))
        new = Blob(source.pcrs, chip.seal(key, source.pcrs, coming))
        blobs = (new, today) if coming else (new,)
        _prove(chip, Sealed(blobs), key)
    sealed.write(state / SEALED_FILE, Sealed(blobs))
    return len(blobs)


def _key_in_file(state: Path, source: Source) -> bytes:
    """The key; from the TPM where a power cut left vault.key overwritten and not yet gone."""
    try:
        return keys.load(state / KEY_FILE)
    except KeyFault:
        if not (state / KEY_FILE).exists() or not (state / SEALED_FILE).exists():
            raise
        return load(state, source)


def _check(source: Source) -> None:
    if source.key != "tpm":
        raise KeyFault('vault.key: site.toml says "file"; write [vault] key = "tpm" there first')


def _prove(chip: Tpm, made: Sealed, key: bytes) -> None:
    if sealed.opened(chip, made)[0] != key:
        raise KeyFault("vault.sealed holds another key than the vault's: `cardea key recover`")

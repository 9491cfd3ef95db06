"""The vault of a state directory, opened as its site.toml says."""

from pathlib import Path
from typing import Final

from appliance.vault import sources
from appliance.vault.anchor import Outside
from appliance.vault.anchorfile import AnchorFile
from appliance.vault.counter import Counter
from appliance.vault.faults import VaultFault
from appliance.vault.sources import Source
from appliance.vault.store import Store

VAULT: Final = "vault.db"


def opened(state: Path, source: Source, *, read_only: bool = False) -> Store:
    """Return the vault, the newest there was where it is for writing. Raises VaultFault."""
    key = sources.load(state, source)
    return Store.open(there(state), key, outside(state, source, key), read_only=read_only)


def opened_any(state: Path, source: Source, key: bytes) -> Store:
    """Return the vault for writing, and if it is an older copy; nothing is changed yet."""
    return Store.open_any(there(state), key, outside(state, source, key))


def outside(state: Path, source: Source, key: bytes) -> Outside:
    """What knows an older copy of the vault: the TPM that seals its key, or a file beside it."""
    if source.key == "tpm":
        return Counter(source.tcti)
    return AnchorFile((state / VAULT).with_suffix(".anchor"), key)


def there(state: Path) -> Path:
    """The vault's file; one that vanished is never replaced by an empty one."""
    path = state / VAULT
    if not path.is_file():
        raise VaultFault(
            f"{path}: missing, or no plain file; restore a backup, or begin with `cardea site new`"
        )
    return path

"""The vault's single values: each has a name, and none is ever missing."""

from appliance.vault.faults import VaultFault
from appliance.vault.store import Store


def value(store: Store, name: str) -> int | bytes:
    """Return it. Raises VaultFault when the vault has lost it."""
    rows = store.database.rows("SELECT value FROM meta WHERE name = ?", name)
    if not rows:
        raise VaultFault(f"the vault has lost its {name}: restore it from a backup")
    found: int | bytes = rows[0][0]
    return found


def put(store: Store, name: str, value: int | bytes) -> None:
    """Keep another value under a name that is there already."""
    store.database.run("UPDATE meta SET value = ? WHERE name = ?", value, name)

"""A whole vault as it is at one moment, into a new file under another key."""

from pathlib import Path

from appliance.vault.cipher import Database
from appliance.vault.resealing import reseal


def copied(path: Path, key: bytes, to: Path, new_key: bytes) -> None:
    """Copy the vault at `path` to the new file `to`, beside whatever writes it. Raises VaultFault.

    What is written is encrypted under `new_key` from its first byte on. When this raises, no `to`
    is left; one that was there before is never touched.
    """
    database = Database.create(to, new_key)
    try:
        try:
            database.fill_from(path, key)
            with database.transaction():
                reseal(database, key, new_key)
            database.fold_log()
        finally:
            database.close()
    except BaseException:
        remove(to)
        raise


def remove(path: Path) -> None:
    """Take a vault's file, its log and the log's index away, where they are."""
    for ending in ("-wal", "-shm", ""):  # the log first: it must never lie beside another vault
        path.with_name(path.name + ending).unlink(missing_ok=True)

"""What lies in the tables under a key derived from the vault's, sealed anew under another's."""

from appliance.vault.cipher import Database
from appliance.vault.holderkeys import HolderKeys
from appliance.vault.pins import Pins


def reseal(database: Database, old: bytes, new: bytes) -> None:
    """Let everything in `database` that needs the vault's key need `new` instead of `old`.

    Part of a transaction. Whoever seals something more under the vault's key adds a line here.
    """
    _reseal_pins(database, Pins(old), Pins(new))
    HolderKeys(database, old).rewrap(HolderKeys(database, new))


def _reseal_pins(database: Database, old: Pins, new: Pins) -> None:
    rows = database.rows(
        "SELECT id, pin_hash, duress_hash FROM credentials WHERE pin_hash IS NOT NULL"
    )
    for identity, *hashes in rows:
        sealed = [old.resealed(text, new) if text else None for text in hashes]
        database.run(
            "UPDATE credentials SET pin_hash = ?, duress_hash = ? WHERE id = ?", *sealed, identity
        )

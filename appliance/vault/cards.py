"""The vault's cards by themselves: each with its number, holder and status."""

from appliance.vault.faults import VaultFault
from appliance.vault.records import CardLine, Credential, Found
from appliance.vault.store import Store


def cards(store: Store, holder_id: str = "") -> list[CardLine]:
    """All cards, or one holder's, by the holders' names. Raises VaultFault for no such holder."""
    if holder_id:
        store.holder(holder_id)
    rows = store.database.rows(
        "SELECT c.id, h.id, h.name, c.format, c.facility, c.number, c.status FROM credentials c"
        " JOIN holders h ON h.id = c.holder_id WHERE c.kind = 'card' AND ? IN ('', h.id)"
        " ORDER BY h.name, h.id, c.format, c.facility, c.number",
        holder_id,
    )
    return [CardLine(*row) for row in rows]


def find(store: Store, card_id: str) -> Found | None:
    """This card and its holder as they are now; None when it is gone."""
    rows = store.database.rows(
        "SELECT holder_id, status FROM credentials WHERE id = ? AND kind = 'card'", card_id
    )
    if not rows:
        return None
    return Found(Credential(card_id, rows[0][0], rows[0][1]), store.holder(rows[0][0]))


def remove(store: Store, card_id: str) -> str:
    """Forget one card; returns whose it was. Raises VaultFault when there is none."""
    with store.transaction():
        found = find(store, card_id)
        if found is None:
            raise VaultFault(f"no card {card_id}: `cardea cards` lists them")
        store.database.run("DELETE FROM credentials WHERE id = ?", card_id)
    return found.holder.id

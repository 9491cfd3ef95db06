"""The vault's cards by themselves: each with its number, holder and status."""

from typing import Literal

from appliance.vault.faults import Conflict, VaultFault
from appliance.vault.records import Card, CardLine, CardStatus, Credential, Found
from appliance.vault.store import Store
from board import wiegand


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


def add(store: Store, holder_id: str, card: Card) -> str:
    """Give a holder one more card; returns its id. Raises Conflict, VaultFault."""
    with store.transaction():
        check_free(store, card)
        return store.add_card(holder_id, card)


def check_free(store: Store, card: Card) -> None:
    """Raise Conflict when a reader could not tell this card from somebody's.

    Formats share lengths: the same 37 bits may be a card with a facility code, or one without.
    """
    bits = wiegand.encode(card.format, card.facility, card.number)
    if any(store.find_card([Card(*alias)]) for alias in wiegand.decode(bits)):
        raise Conflict("this card is somebody's already: erase that holder or use another card")


def set_status(store: Store, card_id: str, status: CardStatus | Literal["remove"]) -> str:
    """Suspend a card, call it lost, count it again, or forget it; returns whose it is, or was.

    Raises VaultFault when there is none.
    """
    with store.transaction():
        found = find(store, card_id)
        if found is None:
            raise VaultFault(f"no card {card_id}: `cardea cards` lists them")
        if status == "remove":
            store.database.run("DELETE FROM credentials WHERE id = ?", card_id)
        else:
            store.set_card_status(card_id, status)
    return found.holder.id

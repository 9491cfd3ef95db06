"""The vault's cards by themselves: each with its number, holder and status."""

from typing import Literal

from appliance.vault.faults import Conflict, VaultFault
from appliance.vault.records import Card, CardLine, CardStatus, Credential, Found
from appliance.vault.store import Store
from board import wiegand


def cards(
    store: Store, holder_id: str = "", after: tuple[str, str, str] = ("", "", ""), limit: int = -1
) -> list[CardLine]:
    """Cards, of all or of one holder, by the holders' names; at most `limit` (-1: all).

    after: name and id of a holder, and id of a card; those behind it. Raises VaultFault for no such
    holder.
    """
    if holder_id:
        store.holder(holder_id)
    rows = store.database.rows(
        "SELECT c.id, h.id, h.name, c.format, c.facility, c.number, c.status FROM holders h"
        # CROSS: holders come first, by their index; a page is found where it begins.
        " CROSS JOIN credentials c ON h.id = c.holder_id"
        " WHERE c.kind = 'card' AND ?1 IN ('', h.id)"
        " AND h.name >= ?2 AND (h.name, h.id, c.id) > (?2, ?3, ?4)"
        " ORDER BY h.name, h.id, c.id LIMIT ?5",
        holder_id,
        *after,
        limit,
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
    bits = wiegand.encode(card.format, card.facility, card.number, store.formats)
    if any(store.find_card([Card(*alias)]) for alias in wiegand.decode(bits, store.formats)):
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

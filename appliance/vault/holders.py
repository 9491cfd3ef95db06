"""The vault's holders one by one: everything about one, and what is changed in one."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from appliance.vault.access import Right
from appliance.vault.faults import Conflict, VaultFault
from appliance.vault.roster import Line
from appliance.vault.store import Store
from board.wiegand import Card

COLUMNS: Final = {
    "key": "key",
    "name": "name",
    "valid_from_ms": "valid_from_ms",
    "valid_until_ms": "valid_until_ms",
    "extended": "extended_unlock",
    "escort": "escort",
    "visitor": "visitor",
}
"""What can be changed: the field of Line, and the column it is kept in."""


class FaceLine(NamedTuple):
    """A template without its numbers. Times are UTC ms; consent "": none is kept."""

    networks: str
    enrolled_at_ms: int
    consent: str
    consent_at_ms: int | None


class Sheet(NamedTuple):
    """Everything about one holder that is no secret. line.key: "" for who is in no roster."""

    line: Line
    has_pin: bool
    faces: tuple[FaceLine, ...]
    rights: tuple[Right, ...]
    passed_ms: int | None


def sheet(store: Store, holder_id: str) -> Sheet:
    """Return it. Raises VaultFault when there is no such holder."""
    rows = store.database.rows
    faces = rows(
        "SELECT bundle, enrolled_at_ms, ifnull(consent, ''), consent_at_ms FROM templates"
        " WHERE holder_id = ? ORDER BY enrolled_at_ms, id",
        holder_id,
    )
    rights = rows(
        "SELECT portal, ifnull(schedule, '') FROM rules WHERE holder_id = ? ORDER BY portal",
        holder_id,
    )
    return Sheet(
        line(store, holder_id),
        store.pin_of(holder_id) is not None,
        tuple(FaceLine(*row) for row in faces),
        tuple(Right(*row) for row in rights),
        rows("SELECT passed_ms FROM holders WHERE id = ?", holder_id)[0][0],
    )


def line(store: Store, holder_id: str) -> Line:
    """Return a holder as a roster tells of them. Raises VaultFault when there is none."""
    holder = store.holder(holder_id)
    cards = store.database.rows(
        "SELECT format, facility, number FROM credentials WHERE holder_id = ? AND kind = 'card'",
        holder_id,
    )
    groups = store.database.rows(
        "SELECT group_name FROM members WHERE holder_id = ? ORDER BY group_name", holder_id
    )
    return Line(
        key=holder.key or "",
        name=holder.name,
        cards=tuple(sorted(Card(*row) for row in cards)),
        groups=tuple(row[0] for row in groups),
        valid_from_ms=holder.valid_from_ms,
        valid_until_ms=holder.valid_until_ms,
        extended=holder.extended_unlock,
        escort=holder.escort,
        visitor=holder.visitor,
        status=holder.status,
    )


def change(store: Store, holder_id: str, values: Mapping[str, object]) -> None:
    """Write these fields of COLUMNS. Raises Conflict for a key that is another's, VaultFault."""
    with store.transaction():
        store.holder(holder_id)
        check_key(store, values.get("key"), holder_id)
        for field, value in values.items():
            kept = int(value) if isinstance(value, bool) else value
            sql = f"UPDATE holders SET {COLUMNS[field]} = ? WHERE id = ?"  # noqa: S608
            store.database.run(sql, kept, holder_id)


def check_key(store: Store, key: object, holder_id: str = "") -> None:
    """Raise Conflict when this key is that of another holder."""
    sql = "SELECT 1 FROM holders WHERE key = ? AND id <> ?"
    if key is not None and store.database.rows(sql, key, holder_id):
        raise Conflict("key: it is another holder's; `cardea export -` tells whose")


def consent_of(store: Store, holder_id: str) -> tuple[str, int] | None:
    """What a holder has agreed to last, and when (UTC ms); None for nothing."""
    rows = store.database.rows(
        "SELECT consent, consent_at_ms FROM templates WHERE holder_id = ? AND consent IS NOT NULL"
        " AND consent_at_ms IS NOT NULL ORDER BY consent_at_ms DESC LIMIT 1",
        holder_id,
    )
    return (rows[0][0], rows[0][1]) if rows else None


def check_known(values: Mapping[str, object]) -> None:
    """Raise VaultFault for a field that is not changed here."""
    for field in values:
        if field not in COLUMNS:
            raise VaultFault(f"{field}: another command changes this; see docs/administration.md")

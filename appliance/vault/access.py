"""The vault's tables of rights: who may pass which portal and when, alone or as one of a group."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from appliance.vault.calendar import Rights, check_schedule
from appliance.vault.faults import VaultFault
from appliance.vault.store import Store

MOST_MEMBERS: Final = 20_000
"""Of the groups in one page: a card at the door waits for it."""

_HOLIDAYS = """\
EXISTS (SELECT 1 FROM holidays WHERE date = ?1), EXISTS (SELECT 1 FROM holidays WHERE date = ?2)"""
_AT_THE_DOOR = f"""\
SELECT r.schedule, w.days, w.begin_min, w.end_min, {_HOLIDAYS}
FROM rules r LEFT JOIN windows w ON w.schedule = r.schedule
WHERE r.holder_id = ?3 AND r.portal = ?4
UNION ALL
SELECT g.schedule, w.days, w.begin_min, w.end_min, {_HOLIDAYS}
FROM members m JOIN group_rights g ON g.group_name = m.group_name
LEFT JOIN windows w ON w.schedule = g.schedule
WHERE m.holder_id = ?3 AND g.portal = ?4"""  # noqa: S608 - nothing of it comes from outside


class Right(msgspec.Struct, frozen=True):
    """A portal, and the schedule while which it may be passed; "": always."""

    portal: str
    schedule: str


class HolderRight(msgspec.Struct, frozen=True):
    """A right that a holder has by themselves."""

    holder_id: str
    name: str
    right: Right


class GroupLine(msgspec.Struct, frozen=True):
    """A group, what it may do, and whose ids are in it."""

    name: str
    rights: tuple[Right, ...]
    members: tuple[str, ...]


def rights(store: Store, holder_id: str, portal: str, today: date, yesterday: date) -> Rights:
    """Return what a holder may do at a portal, by any right of theirs or of their groups.

    One query: a card at the door waits for it.
    """
    days = today.isoformat(), yesterday.isoformat()
    rows = store.database.rows(_AT_THE_DOOR, *days, holder_id, portal)
    windows = tuple((row[1], row[2], row[3]) for row in rows if row[1] is not None)
    holidays = (bool(rows[0][4]), bool(rows[0][5])) if rows else (False, False)
    return Rights(bool(rows), any(row[0] is None for row in rows), windows, *holidays)


def set_right(store: Store, holder_id: str, portal: str, schedule: str) -> None:
    """Let a holder pass a portal while a schedule is open; "": always. Raises VaultFault."""
    with store.transaction():
        store.holder(holder_id)
        if schedule:
            check_schedule(store, schedule)
        store.database.run(
            "INSERT OR REPLACE INTO rules (holder_id, portal, schedule) VALUES (?, ?, ?)",
            holder_id,
            portal,
            schedule or None,
        )


def drop_right(store: Store, holder_id: str, portal: str) -> None:
    """Take a holder's own right away; those of their groups stay. Raises VaultFault."""
    with store.transaction():
        store.holder(holder_id)
        sql = "DELETE FROM rules WHERE holder_id = ? AND portal = ?"
        if not store.database.run(sql, holder_id, portal):
            raise VaultFault(f"holder {holder_id} has no right of their own at {portal}")


def holder_rights(
    store: Store, after: tuple[str, str, str] = ("", "", ""), limit: int = -1
) -> tuple[HolderRight, ...]:
    """Holders' own rights, by name, id and portal: those behind `after`; at most `limit`."""
    rows = store.database.rows(
        "SELECT h.id, h.name, r.portal, ifnull(r.schedule, '') FROM holders h"
        # CROSS: holders come first, by their index; a page is found where it begins.
        " CROSS JOIN rules r ON h.id = r.holder_id"
        " WHERE h.name >= ?1 AND (h.name, h.id, r.portal) > (?1, ?2, ?3)"
        " ORDER BY h.name, h.id, r.portal LIMIT ?4",
        *after,
        limit,
    )
    return tuple(HolderRight(row[0], row[1], Right(row[2], row[3])) for row in rows)


def groups(store: Store, after: str = "", members: int = MOST_MEMBERS) -> tuple[GroupLine, ...]:
    """Groups by name, with their rights and their members' ids: those behind `after`.

    members: after so many no more groups are added; a group itself is always whole.
    """
    lines: list[GroupLine] = []
    names = store.database.rows("SELECT name FROM groups WHERE name > ? ORDER BY name", after)
    for (name,) in names:
        if sum(1 + len(line.members) for line in lines) >= members:
            break
        given = store.database.rows(
            "SELECT portal, ifnull(schedule, '') FROM group_rights WHERE group_name = ?"
            " ORDER BY portal",
            name,
        )
        held = store.database.rows(
            "SELECT holder_id FROM members WHERE group_name = ? ORDER BY holder_id", name
        )
        lines.append(
            GroupLine(name, tuple(Right(*row) for row in given), tuple(r[0] for r in held))
        )
    return tuple(lines)


def check_group(store: Store, name: str) -> None:
    """Whether there is such a group. Raises VaultFault."""
    if not store.database.rows("SELECT 1 FROM groups WHERE name = ?", name):
        raise VaultFault(f"no group {name}: `cardea groups` lists them, `set` makes one")


def set_group(
    store: Store, name: str, portals: Sequence[str], schedule: str, without: Sequence[str] = ()
) -> None:
    """Make a group, or change one: at these portals, this schedule ("": always).

    without: portals whose right it loses. Raises VaultFault where it has none.
    """
    with store.transaction():
        if schedule:
            check_schedule(store, schedule)
        store.database.run("INSERT OR IGNORE INTO groups VALUES (?)", name)
        for portal in without:
            sql = "DELETE FROM group_rights WHERE group_name = ? AND portal = ?"
            if not store.database.run(sql, name, portal):
                raise VaultFault(f"group {name} has no right at {portal}: `cardea groups` tells")
        for portal in portals:
            store.database.run(
                "INSERT OR REPLACE INTO group_rights VALUES (?, ?, ?)",
                name,
                portal,
                schedule or None,
            )


def remove_group(store: Store, name: str) -> None:
    """Forget a group and what it gave to its members."""
    with store.transaction():
        check_group(store, name)
        store.database.run("DELETE FROM groups WHERE name = ?", name)


def add_member(store: Store, name: str, holder_id: str) -> None:
    """Let a holder belong to a group. Raises VaultFault when either is not there."""
    with store.transaction():
        check_group(store, name)
        store.holder(holder_id)
        store.database.run("INSERT OR IGNORE INTO members VALUES (?, ?)", holder_id, name)


def drop_member(store: Store, name: str, holder_id: str) -> None:
    """Let a holder belong to a group no longer. Raises VaultFault when they did not."""
    with store.transaction():
        check_group(store, name)
        sql = "DELETE FROM members WHERE group_name = ? AND holder_id = ?"
        if not store.database.run(sql, name, holder_id):
            raise VaultFault(f"holder {holder_id} is not in group {name}: `cardea groups` tells")


def groups_of(store: Store, holder_id: str) -> tuple[str, ...]:
    """The groups a holder belongs to, sorted."""
    rows = store.database.rows(
        "SELECT group_name FROM members WHERE holder_id = ? ORDER BY group_name", holder_id
    )
    return tuple(row[0] for row in rows)

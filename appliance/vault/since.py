"""What was taken away since a backup was made, where the vault that is there still knows it."""

from typing import Final, NamedTuple

from appliance.vault import entries
from appliance.vault.envelope import Contents
from appliance.vault.store import Store

TABLES: Final = ("templates", "credentials", "holders")
"""Tables whose rows are one person's, by a random id; holders last: they take the rest along."""


class Ids(NamedTuple):
    """The rows of TABLES that are there, and what is worth less than `active`."""

    there: tuple[frozenset[str], ...]
    cards: tuple[tuple[str, str], ...]
    holders: tuple[tuple[str, str], ...]


class Taken(NamedTuple):
    """How many of each were taken away again."""

    faces: int
    credentials: int
    holders: int


def of(present: Store, contents: Contents) -> Ids | None:
    """What the present vault still has; None where it has never been the one backed up."""
    if not _same_line(present, contents):
        return None
    rows = present.database.rows
    return Ids(
        tuple(frozenset(row[0] for row in rows(f"SELECT id FROM {table}")) for table in TABLES),  # noqa: S608
        tuple(rows("SELECT id, status FROM credentials WHERE status <> 'active'")),
        tuple(rows("SELECT id, status FROM holders WHERE status <> 'active'")),
    )


def take_away(restored: Store, ids: Ids) -> Taken:
    """Let nothing of the backup count that no longer did: part of a transaction."""
    database = restored.database
    taken = []
    for table, there in zip(TABLES, ids.there, strict=True):
        gone = [row for row in database.rows(f"SELECT id FROM {table}") if row[0] not in there]  # noqa: S608
        database.run_many(f"DELETE FROM {table} WHERE id = ?", gone)  # noqa: S608
        taken.append(len(gone))
    for table, worth in (("credentials", ids.cards), ("holders", ids.holders)):
        sql = f"UPDATE {table} SET status = ? WHERE id = ?"  # noqa: S608
        database.run_many(sql, ((status, identity) for identity, status in worth))
    return Taken(*taken)


def _same_line(present: Store, contents: Contents) -> bool:
    """Whether the backup's last entry stands in the present journal, at its place."""
    if contents.entries == 0:
        return False
    found = list(entries.read(present, contents.entries - 1, 1))
    return bool(found) and found[0].hash == contents.head

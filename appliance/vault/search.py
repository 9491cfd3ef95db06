"""Where something is still kept: in which column of which table, in which page, in which file."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from appliance.vault.pages import Pages
from appliance.vault.records import Card
from appliance.vault.store import Store

ROWS: Final = 5_000
PAGES: Final = 1_000
BYTES: Final = 4 << 20
"""Slices of the search: a card at the door waits for no more of it."""

SHORTEST: Final = 6
"""A shorter name is found in any noise of some size; it is looked for as a word of a column."""


class Marks(NamedTuple):
    """What must be nowhere. secrets: whole values of 16 bytes and more, by which a row is known."""

    holder: str
    name: str
    cards: tuple[Card, ...]
    secrets: tuple[bytes, ...]


def marks_of(store: Store, holder_id: str) -> Marks:
    """All by which this holder could be found again. Raises VaultFault when there is none."""
    name = store.holder(holder_id).name
    rows = store.database.rows(
        "SELECT id, kind, format, facility, number, pin_hash, duress_hash FROM credentials"
        " WHERE holder_id = ?",
        holder_id,
    )
    faces = store.database.rows("SELECT id, sealed FROM templates WHERE holder_id = ?", holder_id)
    keys = store.database.rows("SELECT wrapped FROM holder_keys WHERE holder_id = ?", holder_id)
    texts = [text for row in rows for text in (row[0], row[5], row[6]) if text]
    return Marks(
        holder_id,
        name,
        tuple(Card(*row[2:5]) for row in rows if row[1] == "card"),
        (
            (holder_id + name).encode(),  # side by side in the holder's row
            *(text.encode() for text in texts),
            *store.templates.plain_of(holder_id),
            *(row[0] for row in keys),
            *(value for row in faces for value in (row[0].encode(), row[1])),
        ),
    )


def tables(store: Store) -> tuple[str, ...]:
    """Every table there is, whoever made it."""
    rows = store.database.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return tuple(row[0] for row in rows)


def in_rows(store: Store, table: str, first: int, marks: Marks) -> tuple[int, list[str]]:
    """Rows read from number `first` on (0: no more), and each find as `table.column: what`."""
    cursor = store.database.rows(f'SELECT * FROM "{table}" LIMIT ? OFFSET ?', ROWS, first)  # noqa: S608
    columns = [row[1] for row in store.database.rows(f'PRAGMA table_info("{table}")')]
    return len(cursor), [find for row in cursor for find in _in_row(table, columns, row, marks)]


def _in_row(table: str, columns: list[str], row: tuple[object, ...], marks: Marks) -> Iterator[str]:
    if any({card.format, card.facility, card.number} <= set(row) for card in marks.cards):
        yield f"{table}: a card's number"
    word = re.compile(rf"(?<!\w){re.escape(marks.name)}(?!\w)")
    for column, value in zip(columns, row, strict=True):
        if not isinstance(value, str | bytes):
            continue
        raw = value if isinstance(value, bytes) else value.encode()
        if marks.holder.encode() in raw and table != "journal":
            yield f"{table}.{column}: the holder's id"
        if any(secret in raw for secret in marks.secrets):
            yield f"{table}.{column}: a credential or template"
        # Another holder may have the same name; that this one's row is gone, the id shows.
        if table != "holders" and word.search(raw.decode("utf-8", "replace")):
            yield f"{table}.{column}: the name"


def in_pages(pages: Pages, first: int, marks: Marks) -> tuple[int, list[str]]:
    """Pages read from number `first` on (0: no more), and each find."""
    read = pages.decrypted(first, PAGES)
    found = [number for number, page in enumerate(read, start=first) if _secret_in(page, marks)]
    return len(read), [f"page {number}: a row, or what is left of one" for number in found]


def in_log(pages: Pages, first: int, marks: Marks) -> tuple[int, list[str]]:
    """Frames of the write-ahead log read from number `first` on (0: no more), and each find."""
    read = pages.logged(first, PAGES)
    found = [number for number, page in enumerate(read, start=first) if _secret_in(page, marks)]
    return len(read), [f"log frame {number}: a row, or what is left of one" for number in found]


def in_file(pages: Pages, file: Path, first: int, marks: Marks) -> tuple[int, list[str]]:
    """Bytes read from place `first` on (0: no more), as they lie on the disk, and each find."""
    plain = (*marks.secrets, *([marks.name.encode()] if len(marks.name) >= SHORTEST else ()))
    overlap = max(map(len, plain)) - 1
    raw = pages.read(file, first, BYTES + overlap)
    found = any(text in raw for text in plain)
    return min(len(raw), BYTES), [f"{file.name}: in the clear"] if found else []


def _secret_in(raw: bytes, marks: Marks) -> bool:
    return any(secret in raw for secret in marks.secrets)

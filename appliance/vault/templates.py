"""Templates at rest: transformed and sealed under their holder's key, bound to where they stand.

A row is a version, a nonce, and AES-256-GCM over the transformed template; holder, template, bundle
and version are its associated data. A row that does not open is named in the log and is nobody's.
"""

import logging
import secrets
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from appliance.vault import locked, transform
from appliance.vault.cipher import Database, Row
from appliance.vault.holderkeys import NONCE_BYTES, HolderKeys, Unwrapped
from appliance.vault.records import VECTOR_LENGTH, Template

VERSION: Final = b"\x01"
"""Of seal and transform; the first byte of a row."""

PIECE: Final = 1_000
"""Rows unwrapped at a time: some 45 ms, and what is derived for them is eight times their size."""

_ROWID: Final = "SELECT rowid FROM templates WHERE id = ?"
_WITH_KEYS: Final = (
    "SELECT t.holder_id, t.id, t.bundle, t.sealed, k.wrapped"
    " FROM templates t LEFT JOIN holder_keys k ON k.holder_id = t.holder_id"
)
_COLUMNS: Final = "bundle, {}, enrolled_at_ms, consent, consent_at_ms"
_PLAIN: Final = f"SELECT id, holder_id, {_COLUMNS.format('vector')} FROM plain_templates"  # noqa: S608

log = logging.getLogger(__name__)


class Opened(NamedTuple):
    """A row whose seal holds: what was sealed, still transformed, and the key of that."""

    holder_id: str
    hidden: bytes
    key: bytes

    def __repr__(self) -> str:
        return f"Opened(holder_id={self.holder_id!r}, ...)"


class Sheet:
    """A gallery being filled, in locked memory. last: the rowid up to which it is."""

    def __init__(self, bundle: str, room: int) -> None:
        self.bundle = bundle
        self.room = room
        self.last = 0
        memory = locked.memory(room * VECTOR_LENGTH, "templates")
        whole = np.frombuffer(memory, np.int8, room * VECTOR_LENGTH)
        self._matrix = whole.reshape(room, VECTOR_LENGTH)
        self._ids: list[str] = []

    def take(self, rows: Sequence[Opened]) -> None:
        """Write these below the others, as they were before they were transformed."""
        begin = len(self._ids)
        _plain(rows, self._matrix[begin : begin + len(rows)])
        self._ids += [row.holder_id for row in rows]
        self.room -= len(rows)

    def filled(self) -> tuple[tuple[str, ...], NDArray[np.int8]]:
        """The holder's id of each row, and int8 n x VECTOR_LENGTH."""
        return tuple(self._ids), self._matrix[: len(self._ids)]


class Templates:
    """The tables templates and holder_keys. One thread at a time, as the database."""

    def __init__(self, database: Database, key: bytes) -> None:
        """key: the vault's own, 32 bytes."""
        self._database = database
        self._keys = HolderKeys(database, key)

    def add(self, holder_id: str, template: Template) -> str:
        """Add one face of a holder; returns the template's id. Raises VaultFault."""
        template_id = secrets.token_hex(8)
        with self._database.transaction():
            own = self._keys.of(holder_id)
            self._insert(holder_id, template_id, msgspec.structs.astuple(template), own)
        return template_id

    def replace(self, holder_id: str, faces: Sequence[Template]) -> None:
        """Give a holder these faces, under a new key, in place of all others. Raises VaultFault."""
        with self._database.transaction():
            self.forget(holder_id)
            for face in faces:
                self.add(holder_id, face)

    def forget(self, holder_id: str) -> int:
        """Erase a holder's faces and the key to them; returns how many there were."""
        with self._database.transaction():
            self._keys.drop(holder_id)
            return self._database.run("DELETE FROM templates WHERE holder_id = ?", holder_id)

    def of(self, holder_id: str, bundle: str) -> NDArray[np.int8]:
        """A holder's templates made by `bundle`: int8, n x VECTOR_LENGTH (n may be 0)."""
        where = f"{_WITH_KEYS} WHERE t.holder_id = ? AND t.bundle = ?"
        rows = list(self._opened(self._database.rows(where, holder_id, bundle)))
        matrix = np.empty((len(rows), VECTOR_LENGTH), np.int8)
        _plain(rows, matrix)
        return matrix

    def plain_of(self, holder_id: str) -> list[bytes]:
        """All of a holder's templates, whichever bundle made them: to search for what is left."""
        rows = self._database.rows(
            "SELECT DISTINCT bundle FROM templates WHERE holder_id = ?", holder_id
        )
        return [face.tobytes() for (bundle,) in rows for face in self.of(holder_id, bundle)]

    def gallery(self, bundle: str) -> tuple[tuple[str, ...], NDArray[np.int8]]:
        """Every template made by `bundle`: the holder's id of each row, and int8 n x VECTOR_LENGTH.

        Suspended holders are in it: the decision refuses them with their own reason.
        """
        sheet = self.sheet(bundle)
        while self.fill(sheet):
            pass
        return sheet.filled()

    def sheet(self, bundle: str) -> Sheet:
        """Room for every template that `bundle` has made by now, to be filled piece by piece."""
        count = self._database.rows("SELECT count(*) FROM templates WHERE bundle = ?", bundle)[0][0]
        return Sheet(bundle, count)

    def fill(self, sheet: Sheet) -> bool:
        """Unwrap the next PIECE templates into it; whether there may be more.

        What is written meanwhile may be in it or not: whoever writes fills another one afterwards.
        """
        most = min(PIECE, sheet.room)
        sql = f"{_WITH_KEYS} WHERE t.bundle = ? AND t.rowid > ? ORDER BY t.rowid LIMIT ?"
        rows = self._database.rows(sql, sheet.bundle, sheet.last, most)
        sheet.take(list(self._opened(rows)))
        if rows:
            sheet.last = self._database.rows(_ROWID, rows[-1][1])[0][0]
        return len(rows) == PIECE

    def seal_older(self) -> None:
        """Seal what versions before the seventh have left plain, and let the plain rows go."""
        there = "SELECT 1 FROM sqlite_schema WHERE name = 'plain_templates'"
        if not self._database.rows(there):
            return
        with self._database.transaction():
            for template_id, holder_id, *row in self._database.stream(_PLAIN):
                self._insert(holder_id, template_id, row, self._keys.of(holder_id))
            self._database.run("DROP TABLE plain_templates")
        self._database.fold_log()  # what was overwritten leaves the log as well

    def _insert(self, holder_id: str, template_id: str, row: Sequence[Any], own: Unwrapped) -> None:
        """row: _COLUMNS with the plain vector in the second place."""
        bundle, vector, *others = row
        hidden = transform.applied(own.transform, vector)
        nonce = secrets.token_bytes(NONCE_BYTES)
        box = AESGCM(own.row).encrypt(nonce, hidden, _bound(holder_id, template_id, bundle))
        self._database.run(
            f"INSERT INTO templates (id, holder_id, {_COLUMNS.format('sealed')})"  # noqa: S608
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(template_id, holder_id, bundle, VERSION + nonce + box, *others),
        )

    def _opened(self, rows: Iterator[Row] | Sequence[Row]) -> Iterator[Opened]:
        for holder_id, template_id, bundle, sealed, wrapped in rows:
            own = self._keys.unwrapped(holder_id, wrapped or b"")
            hidden = own and _unsealed(sealed, own.row, _bound(holder_id, template_id, bundle))
            if own and hidden:
                yield Opened(holder_id, hidden, own.transform)
                continue
            log.error(
                "template %s of holder %s: its %s does not open; it matches nobody. "
                "`cardea reenrol` gives them a new face",
                *(template_id, holder_id, "seal" if own else "holder's key"),
            )


def _plain(rows: Sequence[Opened], out: NDArray[np.int8]) -> None:
    if rows:
        hidden = np.frombuffer(b"".join(row.hidden for row in rows), np.int8)
        transform.undone([row.key for row in rows], hidden.reshape(out.shape), out)


def _bound(holder_id: str, template_id: str, bundle: str) -> bytes:
    return msgspec.json.encode([VERSION.hex(), holder_id, template_id, bundle])


def _unsealed(sealed: bytes, key: bytes, bound: bytes) -> bytes | None:
    """The transformed template; None for what was not sealed under this key, for this place."""
    nonce, box = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        hidden = AESGCM(key).decrypt(nonce, box, bound)
    except (InvalidTag, ValueError):
        return None
    known = sealed.startswith(VERSION) and len(hidden) == VECTOR_LENGTH
    return hidden if known else None

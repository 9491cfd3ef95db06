"""The vault opened, and its holders with what they hold, as typed calls.

The other tables are its neighbours'. Every write is one transaction; `transaction()` joins several.
"""

import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from appliance.vault.anchor import Anchor, Outside
from appliance.vault.anchorfile import AnchorFile
from appliance.vault.cipher import Database, Row
from appliance.vault.faults import Conflict, VaultFault
from appliance.vault.pins import SEALED, Pins
from appliance.vault.records import (
    Card,
    CardStatus,
    Credential,
    Enrolment,
    Found,
    Holder,
    HolderLine,
    HolderStatus,
    PinHashes,
)
from appliance.vault.templates import Templates
from board.wiegand import FORMATS

_HOLDER = (
    "h.id, h.name, h.status, h.valid_from_ms, h.valid_until_ms, h.extended_unlock,"
    " h.key, h.escort, h.visitor"
)
_FIELDS = len(Holder.__struct_fields__)


class Store:
    """One thread at a time. Each method raises VaultFault when the file fails it.

    pins: what makes and checks PINs under this vault's key; that may be done in any thread.
    formats: of the cards that readers here know; the site may declare more than the built-in ones.
    templates: the holders' faces, sealed each under its holder's own key.
    anchor: tells an older copy of the vault that was put back.
    """

    def __init__(
        self, database: Database, pins: Pins, templates: Templates, anchor: Anchor
    ) -> None:
        self._database = database
        self.pins = pins
        self.templates = templates
        self.anchor = anchor
        self.formats = FORMATS

    @classmethod
    def open(
        cls, path: Path, key: bytes, outside: Outside | None = None, *, read_only: bool = False
    ) -> "Store":
        """Open (or make) the vault at `path` with its raw 32-byte key. Raises VaultFault.

        For writing, an older copy that was put back is refused with OlderCopy. outside: what knows
        it; a file beside the vault unless told.
        """
        store = cls.open_any(path, key, outside, read_only=read_only)
        if read_only:
            return store
        try:
            store.anchor.begin()
            store._seal_pins()
            store.templates.seal_older()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def open_any(
        cls, path: Path, key: bytes, outside: Outside | None = None, *, read_only: bool = False
    ) -> "Store":
        """As open(), also a copy that is not the newest, and changed in nothing."""
        kept = outside or AnchorFile(path.with_suffix(".anchor"), key)
        database = Database.open(path, key, read_only=read_only)
        return cls(database, Pins(key), Templates(database, key), Anchor(database, kept))

    def close(self) -> None:
        self._database.close()

    @property
    def database(self) -> Database:
        """The file itself, for the tables of models.py."""
        return self._database

    def transaction(self) -> AbstractContextManager[None]:
        """Everything written inside is kept together, or not at all."""
        return self._database.transaction()

    def snapshot(self) -> AbstractContextManager[None]:
        """Everything read inside is of one moment."""
        return self._database.snapshot()

    # Holders

    def enrol(self, new: Enrolment) -> str:
        """Store a whole holder, all or nothing; returns the new opaque id. Raises Conflict."""
        with self.transaction():
            holder_id = self.add_holder(new)
            for card in new.cards:
                self.add_card(holder_id, card)
            if new.pin is not None:
                self.set_pin(holder_id, new.pin)
            for template in new.templates:
                self.templates.add(holder_id, template)
            for portal in new.portals:
                self.allow(holder_id, portal)
        return holder_id

    def add_holder(self, new: Enrolment) -> str:
        """Store the holder alone, without the credentials that `new` may list; returns the id."""
        holder_id = secrets.token_hex(8)
        self._write(
            "INSERT INTO holders (id, name, valid_from_ms, valid_until_ms, extended_unlock, key,"
            " escort, visitor) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            holder_id,
            new.name,
            new.valid_from_ms,
            new.valid_until_ms,
            int(new.extended_unlock),
            *(new.key, new.escort, int(new.visitor)),
        )
        return holder_id

    def add_card(self, holder_id: str, card: Card) -> str:
        """Give a card to a holder; returns the credential's id. Raises Conflict if it is taken."""
        with self.transaction():
            self.holder(holder_id)
            if self.find_card([card]) is not None:
                raise Conflict(
                    "this card is somebody's already: erase that holder or use another card"
                )
            credential_id = secrets.token_hex(8)
            self._database.run(
                "INSERT INTO credentials (id, holder_id, kind, format, facility, number)"
                " VALUES (?, ?, 'card', ?, ?, ?)",
                credential_id,
                holder_id,
                card.format,
                card.facility,
                card.number,
            )
        return credential_id

    def set_pin(self, holder_id: str, hashes: PinHashes) -> None:
        """Give a holder a PIN, in place of an older one."""
        with self.transaction():
            self.holder(holder_id)
            self._database.run(
                "DELETE FROM credentials WHERE holder_id = ? AND kind = 'pin'", holder_id
            )
            self._database.run(
                "INSERT INTO credentials (id, holder_id, kind, pin_hash, duress_hash)"
                " VALUES (?, ?, 'pin', ?, ?)",
                secrets.token_hex(8),
                holder_id,
                hashes.pin,
                hashes.duress,
            )

    def allow(self, holder_id: str, portal: str) -> None:
        """Give a holder the right to pass a portal."""
        with self.transaction():
            self.holder(holder_id)
            self._database.run(
                "INSERT OR IGNORE INTO rules (holder_id, portal) VALUES (?, ?)",
                holder_id,
                portal,
            )

    def set_holder_status(self, holder_id: str, status: HolderStatus) -> None:
        """Suspend a holder, or let a suspended one in again."""
        with self.transaction():
            self.holder(holder_id)
            self._database.run("UPDATE holders SET status = ? WHERE id = ?", status, holder_id)

    def set_card_status(self, credential_id: str, status: CardStatus) -> None:
        """Mark a card lost or suspended, or count it again."""
        changed = self._write(
            "UPDATE credentials SET status = ? WHERE id = ? AND kind = 'card'",
            status,
            credential_id,
        )
        if not changed:
            raise VaultFault(f"no card {credential_id}: ask for the credential's id again")

    def erase(self, holder_id: str) -> bool:
        """Forget a holder: credentials, templates and their key, rules. The journal keeps the id.

        True when the erased bytes have also left the write-ahead log; False inside a transaction
        or while a reader holds the log (they leave with the next checkpoint).
        """
        with self.transaction():
            self.holder(holder_id)
            self._database.run("DELETE FROM holders WHERE id = ?", holder_id)
        return not self._database.in_transaction and self._database.fold_log()

    # What the door asks

    def find_card(self, candidates: Sequence[Card]) -> Found | None:
        """The holder of a card that may be read in several formats.

        None for an unknown card, and for one whose readings name two different holders: a card that
        could be either person's is nobody's.
        """
        found = [match for card in candidates for match in self._cards(card)]
        owners = {match.holder.id for match in found}
        return found[0] if len(owners) == 1 else None

    def pin_of(self, holder_id: str) -> PinHashes | None:
        """The hashes of a holder's PIN; None without one."""
        rows = self._database.rows(
            "SELECT pin_hash, duress_hash FROM credentials"
            " WHERE holder_id = ? AND kind = 'pin' AND status = 'active'",
            holder_id,
        )
        return PinHashes(*rows[0]) if rows else None

    def _seal_pins(self) -> None:
        """Seal what an older version has left open: all of it now, not each at its next entry.

        A duress PIN may never be entered, and its plain hash would stay.
        """
        plain = self._database.rows(
            "SELECT id, pin_hash, duress_hash FROM credentials"
            " WHERE kind = 'pin' AND substr(pin_hash, 1, ?) <> ?",
            len(SEALED),
            SEALED,
        )
        if not plain:
            return
        with self.transaction():
            for identity, *hashes in plain:
                sealed = [self.pins.sealed(text) if text else None for text in hashes]
                self._database.run(
                    "UPDATE credentials SET pin_hash = ?, duress_hash = ? WHERE id = ?",
                    *sealed,
                    identity,
                )
        self._database.fold_log()  # what was overwritten leaves the log as well

    def portals_of(self, holder_id: str) -> tuple[str, ...]:
        """The portals a holder may pass, sorted."""
        rows = self._database.rows("SELECT portal FROM rules WHERE holder_id = ?", holder_id)
        return tuple(sorted(row[0] for row in rows))

    def holder(self, holder_id: str) -> Holder:
        """The holder with this id. Raises VaultFault when there is none."""
        rows = self._database.rows(f"SELECT {_HOLDER} FROM holders h WHERE id = ?", holder_id)  # noqa: S608
        if not rows:
            raise VaultFault(f"no holder {holder_id}: `cardea holders` lists them")
        return _holder(rows[0])

    def holders(
        self, name: str = "", after: tuple[str, str] = ("", ""), limit: int = -1
    ) -> list[HolderLine]:
        """Holders by name and id, with counts of what they hold; at most `limit` (-1: all).

        name: with this in their name, A to Z in either case. after: name and id; those behind it.
        """
        rows = self._database.rows(
            f"SELECT {_HOLDER},"  # noqa: S608
            " (SELECT count(*) FROM credentials WHERE holder_id = h.id AND kind = 'card'),"
            " (SELECT count(*) FROM credentials WHERE holder_id = h.id AND kind = 'pin'),"
            " (SELECT count(*) FROM templates WHERE holder_id = h.id)"
            " FROM holders h WHERE (h.name, h.id) > (?, ?) AND h.name LIKE ? ESCAPE '!'"
            " ORDER BY h.name, h.id LIMIT ?",
            *after,
            f"%{_literal(name)}%",
            limit,
        )
        return [_line(row, self.portals_of(row[0])) for row in rows]

    def set_mode(self, portal: str, mode: str) -> None:
        """Remember what a portal was ordered to be."""
        self._write("INSERT OR REPLACE INTO modes VALUES (?, ?)", portal, mode)

    def modes(self) -> dict[str, str]:
        """What each portal was last ordered to be; one never ordered is absent."""
        return dict(self._database.rows("SELECT portal, mode FROM modes"))

    def _cards(self, card: Card) -> list[Found]:
        rows = self._database.rows(
            f"SELECT {_HOLDER}, c.id, c.status FROM credentials c"  # noqa: S608
            " JOIN holders h ON h.id = c.holder_id"
            " WHERE c.kind = 'card' AND c.format = ? AND c.facility = ? AND c.number = ?",
            card.format,
            card.facility,
            card.number,
        )
        return [Found(Credential(row[-2], row[0], row[-1]), _holder(row)) for row in rows]

    def _write(self, sql: str, *values: object) -> int:
        with self.transaction():
            return self._database.run(sql, *values)


def _holder(row: Row) -> Holder:
    extended, key, escort, visitor = row[5:_FIELDS]
    return Holder(
        row[0], row[1], row[2], row[3], row[4], bool(extended), key, escort, bool(visitor)
    )


def _line(row: Row, portals: tuple[str, ...]) -> HolderLine:
    cards, pins, templates = row[_FIELDS:]
    return HolderLine(_holder(row), cards, bool(pins), templates, portals)


def _literal(part: str) -> str:
    """A part of a pattern for LIKE ... ESCAPE '!'; lower() costs a locked page for each row."""
    return part.replace("!", "!!").replace("%", "!%").replace("_", "!_")

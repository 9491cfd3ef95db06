"""What happened, as a chain of hashes: each entry vouches for all before it, and faults get a name.

The hash of an entry is SHA-256 over the hash before it (32 zero bytes before the first) and its
seven fields seq, at_ms, boot, kind, portal, attempt, body: each as bytes (numbers as decimal ASCII)
behind its length in 4 bytes, big-endian. Whoever has the vault's key can still write a whole new
chain and head: only what an auditor has taken home shows that.
"""

import hashlib
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from appliance.vault import checkpoints, entries
from appliance.vault.checkpoints import Checkpoint
from appliance.vault.entries import Entry
from appliance.vault.faults import OlderCopy, VaultFault
from appliance.vault.outbox import Alert, Waiting
from appliance.vault.store import Store

GENESIS: Final = bytes(32)
TAIL_LIMIT: Final = 1_000

BODY_WORDS: Final = frozenset(
    {
        "action", "added", "alert", "area", "asserted", "attack_limit_permille", "attack_permille",
        "attack_refuse_permille", "bundle", "cause", "changed", "count", "credential", "date",
        "door", "duress", "factors", "feedback", "file", "granted", "group", "holder", "holders",
        "input", "instrument", "leaf", "lock", "margin_e4", "margin_limit_e4", "mode", "outcome",
        "p50_us", "p99_us", "person", "pictures", "psi_e3", "reader", "reason", "removed",
        "schedule", "schema", "sequence", "similarity_e4", "similarity_limit_e4", "state",
        "step_up", "uid", "until_ms", "unusual", "version", "waited_ms", "windows",
    }
)  # fmt: skip
"""All that a body may speak of. A new word is a line here, so that it is thought about once."""

_VALUE = re.compile(r"[a-z0-9_.:+-]{0,64}")  # identifiers: neither names nor sentences fit
_BODY_BYTES: Final = 1_024

Value = str | int | bool | Sequence[str]
FaultKind = Literal[
    "", "altered", "missing", "re-ordered", "tail cut", "added", "older copy", "rewritten",
    "forged checkpoint",
]  # fmt: skip


class Appended(msgspec.Struct, frozen=True):
    """Where an entry went: its place and hash, and the sequence of its alert (0: no alert)."""

    seq: int
    hash: bytes
    alert_sequence: int


class Verdict(msgspec.Struct, frozen=True):
    """The journal verified: `fault` is empty, or what is wrong from entry `first_bad` on."""

    entries: int
    head: bytes
    fault: FaultKind
    first_bad: int
    message: str


class Journal:
    """Appends to the chain in `store`; `boot` marks which start of the terminal wrote an entry."""

    def __init__(self, store: Store, boot: str) -> None:
        self._store = store
        self._boot = boot

    def append(
        self,
        at_ms: int,
        kind: str,
        *,
        portal: str = "",
        attempt: int = 0,
        body: Mapping[str, Value] | None = None,
        alert: Alert | None = None,
    ) -> Appended:
        """Write one entry, and queue its alert in the same transaction; durable on return.

        at_ms: UTC. `body` holds BODY_WORDS only, with identifiers, numbers and flags as values.
        Raises VaultFault; then neither entry nor alert is there.
        """
        written = canonical(body or {})
        with self._store.transaction():
            count, head = entries.head(self._store)
            entry = Entry(count + 1, at_ms, self._boot, kind, portal, attempt, written, b"")
            entry = msgspec.structs.replace(entry, hash=link(head, entry))
            entries.add(self._store, entry)
            sequence = Waiting(self._store).queue(alert) if alert is not None else 0
        return Appended(entry.seq, entry.hash, sequence)

    def tail(self, since: int = 0, limit: int = 100) -> list[Entry]:
        """Entries after `since` in order, at most `limit` (and never more than TAIL_LIMIT)."""
        return list(entries.read(self._store, since, max(0, min(limit, TAIL_LIMIT))))


def canonical(body: Mapping[str, Value]) -> bytes:
    """The one way to write a body: sorted keys, no blanks. Raises VaultFault for any other word."""
    for word, value in body.items():
        if word not in BODY_WORDS:
            raise VaultFault(
                f"journal: a body has no word {word!r}; add it to BODY_WORDS if it may"
            )
        values = value if isinstance(value, list | tuple) else (value,)
        for single in values:
            if not isinstance(single, int) and not _is_identifier(single):
                raise VaultFault(f"journal: {word} must be an identifier, a number or a flag")
    written = msgspec.json.encode(body, order="sorted")
    if len(written) > _BODY_BYTES:
        raise VaultFault(f"journal: a body has at most {_BODY_BYTES} bytes")
    return written


def link(previous: bytes, entry: Entry) -> bytes:
    """The hash of `entry` behind one with the hash `previous` (its own `hash` is not looked at)."""
    texts = (entry.seq, entry.at_ms, entry.boot, entry.kind, entry.portal, entry.attempt)
    fields = [*(str(text).encode() for text in texts), entry.body]
    encoded = b"".join(struct.pack(">I", len(field)) + field for field in fields)
    return hashlib.sha256(previous + encoded).digest()


def verify(store: Store) -> Verdict:
    """Walk the whole chain at one moment; name the first bad entry and what is wrong with it.

    A chain without a fault may still be that of an older copy of the vault: then what is missing
    begins behind its last entry.
    """
    older = _older(store)  # before the snapshot: a running terminal may only go on meanwhile
    with store.snapshot():
        verdict = _walk(store)
        if not verdict.fault:
            verdict = _signed(store, verdict)
    if verdict.fault or not older:
        return verdict
    return msgspec.structs.replace(
        verdict, fault="older copy", first_bad=verdict.entries + 1, message=older
    )


def _signed(store: Store, verdict: Verdict) -> Verdict:
    """The chain holds in itself: is it the one that was signed?"""
    for checkpoint in checkpoints.read(store):
        fault, message = _against(store, verdict, checkpoint)
        if fault:
            return Verdict(verdict.entries, verdict.head, fault, checkpoint.entries, message)
    return verdict


def _against(store: Store, verdict: Verdict, signed: Checkpoint) -> tuple[FaultKind, str]:
    if checkpoints.forged(store, signed):
        return "forged checkpoint", f"the checkpoint at entry {signed.entries} is forged or damaged"
    if signed.entries > verdict.entries:
        return "tail cut", f"entry {signed.entries} was signed, and the journal ends before it"
    (entry,) = entries.read(store, signed.entries - 1, 1)
    if entry.hash != signed.head:
        return "rewritten", f"the chain up to entry {signed.entries} is not the one that was signed"
    return "", ""


def _older(store: Store) -> str:
    try:
        store.anchor.check()
    except OlderCopy as fault:
        return str(fault)
    return ""


def _walk(store: Store) -> Verdict:
    count, head = entries.head(store)
    seq, previous = 0, GENESIS
    for entry in entries.read(store):
        seq += 1
        if entry.seq != seq:
            gap = f"entry {seq} is missing" + (f", up to {entry.seq - 1}" * (entry.seq > seq + 1))
            return Verdict(count, head, "missing", seq, gap)
        if link(previous, entry) != entry.hash:
            return _misfit(store, count, head, seq, previous)
        previous = entry.hash
    return _ending(count, head, seq, previous)


def _misfit(store: Store, count: int, head: bytes, seq: int, previous: bytes) -> Verdict:
    """Entry `seq` does not follow: find out whether another row does."""
    for other in entries.read(store, seq):
        if link(previous, msgspec.structs.replace(other, seq=seq)) == other.hash:
            text = f"entries are re-ordered: what stands as entry {other.seq} belongs at {seq}"
            return Verdict(count, head, "re-ordered", seq, text)
    text = f"entry {seq} was altered"
    if seq > 1:
        text += f" (or entry {seq - 1}, with its own hash made to fit)"
    return Verdict(count, head, "altered", seq, text)


def _ending(count: int, head: bytes, seq: int, previous: bytes) -> Verdict:
    if seq < count:
        text = f"the end is missing: entry {seq + 1} up to {count}"
        return Verdict(count, head, "tail cut", seq + 1, text)
    if seq > count:
        text = f"entry {count + 1} stands behind the head: it was added from outside"
        return Verdict(count, head, "added", count + 1, text)
    if previous != head:
        text = f"the last entry, {seq}, is not the one that the head names"
        return Verdict(count, head, "altered", seq, text)
    return Verdict(count, head, "", 0, "")


def _is_identifier(value: object) -> bool:
    return isinstance(value, str) and _VALUE.fullmatch(value) is not None

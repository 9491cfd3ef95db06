"""The journal: an entry and its alert or neither, and every way of tampering has its name."""

import hashlib
import json
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.vault import entries, journal
from appliance.vault.entries import Entry
from appliance.vault.faults import VaultFault
from appliance.vault.journal import Journal, Verdict, canonical, link, verify
from appliance.vault.outbox import Waiting
from appliance.vault.store import Store

Raw = Callable[..., list[tuple[Any, ...]]]

ENTRIES = 8


@pytest.fixture
def written(store: Store) -> Store:
    """A vault with a few entries of the usual kind."""
    chain = Journal(store, "b00t")
    for number in range(1, ENTRIES + 1):
        body = {"holder": f"holder{number}", "reason": "granted", "factors": ["card", "face"]}
        chain.append(1_000 + number, "access_granted", portal="front", attempt=number, body=body)
    return store


@pytest.fixture
def forge(raw: Raw) -> Raw:
    """Raw SQL with the guards against our own mistakes taken away."""
    raw("DROP TRIGGER journal_is_not_edited")
    raw("DROP TRIGGER journal_is_not_deleted")
    return raw


def found(store: Store) -> tuple[str, int]:
    verdict = verify(store)
    assert bool(verdict.message) == bool(verdict.fault)
    return verdict.fault, verdict.first_bad


def rehashed(store: Store, seq: int) -> bytes:
    """The hash that entry `seq` would have now, were it honest."""
    before, entry = (
        list(entries.read(store, seq - 2, 2)) if seq > 1 else [None, *entries.read(store, 0, 1)]
    )
    assert entry is not None
    return link(before.hash if before else journal.GENESIS, entry)


def test_an_honest_journal_verifies(written: Store) -> None:
    last = list(entries.read(written))[-1]
    assert verify(written) == Verdict(ENTRIES, last.hash, "", 0, "")
    assert entries.head(written) == (ENTRIES, last.hash)


def test_an_empty_journal_verifies(store: Store) -> None:
    assert verify(store) == Verdict(0, bytes(32), "", 0, "")


def test_the_hash_is_the_documented_one(store: Store) -> None:
    """Written out by hand, as an auditor's own verifier would."""
    chain = Journal(store, "b00t")
    first = chain.append(5, "restarted")
    second = chain.append(
        6, "access_denied", portal="front", attempt=7, body={"reason": "no_match", "count": 2}
    )

    def by_hand(previous: bytes, *fields: bytes) -> bytes:
        encoded = b"".join(struct.pack(">I", len(field)) + field for field in fields)
        return hashlib.sha256(previous + encoded).digest()

    one = by_hand(bytes(32), b"1", b"5", b"b00t", b"restarted", b"", b"0", b"{}")
    body = b'{"count":2,"reason":"no_match"}'
    two = by_hand(one, b"2", b"6", b"b00t", b"access_denied", b"front", b"7", body)
    assert (first.seq, first.hash, second.seq, second.hash) == (1, one, 2, two)


def test_the_chain_goes_on_after_a_restart(written: Store) -> None:
    assert Journal(written, "another").append(9, "restarted").seq == ENTRIES + 1
    assert found(written) == ("", 0)


EDITS = {
    "at_ms": 1,
    "boot": "other",
    "kind": "access_denied",
    "portal": "back",
    "attempt": 99,
    "body": b"{}",
    "hash": bytes(32),
}


@pytest.mark.parametrize("column", EDITS)
@pytest.mark.parametrize("seq", [1, 4, ENTRIES])
def test_an_edited_field_is_found(written: Store, forge: Raw, column: str, seq: int) -> None:
    forge(f"UPDATE journal SET {column} = ? WHERE seq = ?", EDITS[column], seq)
    assert found(written) == ("altered", seq)


def test_an_edited_entry_with_its_hash_made_to_fit_breaks_the_next(
    written: Store, forge: Raw
) -> None:
    forge("UPDATE journal SET portal = 'back' WHERE seq = 4")
    forge("UPDATE journal SET hash = ? WHERE seq = 4", rehashed(written, 4))
    assert found(written) == ("altered", 5)
    assert "entry 4" in verify(written).message


def test_the_last_entry_with_its_hash_made_to_fit_is_not_the_heads(
    written: Store, forge: Raw
) -> None:
    forge("UPDATE journal SET portal = 'back' WHERE seq = ?", ENTRIES)
    forge("UPDATE journal SET hash = ? WHERE seq = ?", rehashed(written, ENTRIES), ENTRIES)
    assert found(written) == ("altered", ENTRIES)


def test_a_deleted_entry_is_missed(written: Store, forge: Raw) -> None:
    forge("DELETE FROM journal WHERE seq = 1")
    assert found(written) == ("missing", 1)
    forge("DELETE FROM journal WHERE seq IN (2, 3)")
    assert found(written) == ("missing", 1)
    assert "up to 3" in verify(written).message


def test_a_deleted_entry_whose_place_is_closed_is_still_missed(written: Store, forge: Raw) -> None:
    forge("DELETE FROM journal WHERE seq = 4")
    for seq in range(5, ENTRIES + 1):
        forge("UPDATE journal SET seq = ? WHERE seq = ?", seq - 1, seq)
    assert found(written) == ("altered", 4)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (3, 4), (2, 7), (1, ENTRIES)])
def test_swapped_entries_are_named_re_ordered(
    written: Store, forge: Raw, one: int, other: int
) -> None:
    forge("UPDATE journal SET seq = -1 WHERE seq = ?", one)
    forge("UPDATE journal SET seq = ? WHERE seq = ?", one, other)
    forge("UPDATE journal SET seq = ? WHERE seq = -1", other)
    assert found(written) == ("re-ordered", one)
    assert f"entry {other} belongs at {one}" in verify(written).message


@pytest.mark.parametrize("kept", [0, 1, ENTRIES - 1])
def test_a_cut_tail_is_named(written: Store, forge: Raw, kept: int) -> None:
    forge("DELETE FROM journal WHERE seq > ?", kept)
    assert found(written) == ("tail cut", kept + 1)
    assert f"entry {kept + 1} up to {ENTRIES}" in verify(written).message


def test_an_entry_behind_the_head_is_named(written: Store, forge: Raw) -> None:
    forge(
        "INSERT INTO journal SELECT seq + 1, at_ms, boot, kind, portal, attempt, body, hash"
        " FROM journal WHERE seq = ?",
        ENTRIES,
    )
    forge("UPDATE journal SET hash = ? WHERE seq = ?", rehashed(written, 9), ENTRIES + 1)
    assert found(written) == ("added", ENTRIES + 1)


def test_our_own_code_can_neither_edit_nor_delete(written: Store) -> None:
    for sql in ("UPDATE journal SET portal = 'back'", "DELETE FROM journal"):
        with pytest.raises(VaultFault, match="append-only"):
            written._database.run(sql)
    assert found(written) == ("", 0)


def test_an_alert_and_its_entry_are_one(store: Store) -> None:
    chain = Journal(store, "b00t")
    done = chain.append(1, "door_forced", alert=lambda n: (f"topic/{n}", f'{{"n":{n}}}'.encode()))
    queued = Waiting(store).oldest()
    assert queued is not None
    assert (queued.sequence, queued.topic) == (done.alert_sequence, f"topic/{queued.sequence}")
    assert json.loads(queued.body) == {"n": queued.sequence}
    assert chain.append(2, "restarted").alert_sequence == 0

    def broken(sequence: int) -> tuple[str, bytes]:
        raise KeyError(sequence)

    with pytest.raises(KeyError):
        chain.append(3, "door_forced", alert=broken)
    assert (entries.head(store)[0], Waiting(store).count()) == (2, 1)
    again = chain.append(4, "door_forced", alert=lambda n: ("topic", b"{}"))
    assert again.alert_sequence == done.alert_sequence + 1  # what never existed left no gap
    assert found(store) == ("", 0)


def test_an_alert_that_cannot_be_queued_takes_its_entry_with_it(store: Store, raw: Raw) -> None:
    raw("CREATE TRIGGER broken BEFORE INSERT ON outbox BEGIN SELECT raise(ABORT, 'injected'); END")
    with pytest.raises(VaultFault, match="injected"):
        Journal(store, "b").append(1, "tamper", alert=lambda n: ("t", b"{}"))
    assert entries.head(store) == (0, bytes(32))
    assert list(entries.read(store)) == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["queue", "remove", "restart"]), max_size=30))
def test_sequences_are_never_used_twice(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    path, key = tmp_path_factory.mktemp("vault") / "vault.db", bytes(32)
    store = Store.open(path, key)
    given_out = []
    for step in steps:
        if step == "queue":
            given_out.append(Waiting(store).queue(lambda n: ("t", str(n).encode())))
        oldest = Waiting(store).oldest()
        if step == "remove" and oldest is not None:
            Waiting(store).remove(oldest.sequence)
            Waiting(store).remove(oldest.sequence)  # a second time is no error
        if step == "restart":
            store.close()
            store = Store.open(path, key)
    assert given_out == list(range(1, len(given_out) + 1))
    oldest = Waiting(store).oldest()
    assert (oldest is None) == (Waiting(store).count() == 0)
    assert oldest is None or oldest.body == str(oldest.sequence).encode()
    store.close()


def test_the_tail_comes_in_order_and_bounded(written: Store) -> None:
    chain = Journal(written, "b00t")
    assert [entry.seq for entry in chain.tail(3, 2)] == [4, 5]
    assert [entry.seq for entry in chain.tail()] == list(range(1, ENTRIES + 1))
    assert chain.tail(ENTRIES) == []
    assert chain.tail(0, -1) == []


@pytest.mark.parametrize(
    "body",
    [
        {"name": "ada"},
        {"number": 4711},
        {"eyes_px": 60},
        {"cause": "Ada Example"},
        {"cause": "two\nlines"},
        {"cause": "x" * 65},
        {"cause": b"\x00" * 512},
        {"cause": 0.5},
        {"cause": None},
        {"factors": [["nested"]]},
        {"factors": ["word"] * 300},
    ],
)
def test_a_body_has_no_room_for_names_numbers_or_vectors(store: Store, body: Any) -> None:
    with pytest.raises(VaultFault, match="journal: "):
        Journal(store, "b00t").append(1, "access_denied", body=body)
    assert entries.head(store)[0] == 0


@settings(deadline=None)
@given(st.permutations([("holder", "h1"), ("granted", True), ("count", 3), ("factors", ["card"])]))
def test_a_body_has_one_spelling(items: list[tuple[str, Any]]) -> None:
    expected = b'{"count":3,"factors":["card"],"granted":true,"holder":"h1"}'
    assert canonical(dict(items)) == expected


texts = st.text(max_size=8)


@settings(deadline=None)
@given(st.tuples(texts, texts, texts), st.tuples(texts, texts, texts))
def test_no_two_entries_share_an_encoding(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    """Fields cannot flow into each other: 'ab' + 'c' is not 'a' + 'bc'."""
    hashes = {link(bytes(32), Entry(1, 1, *texts, 1, b"{}", b"")) for texts in (one, other)}
    assert len(hashes) == len({one, other})

"""A chain that holds in itself is still found out when it is not the one that was signed."""

from collections.abc import Callable
from typing import Any

import pytest

from appliance.vault import checkpoints, journal
from appliance.vault.faults import VaultFault
from appliance.vault.journal import Journal
from appliance.vault.store import Store

Raw = Callable[..., list[tuple[Any, ...]]]


def written(store: Store, count: int, kind: str = "granted") -> None:
    for at_ms in range(count):
        Journal(store, "boot").append(at_ms, kind)


def rewritten(store: Store, raw: Raw, kinds: list[str]) -> None:
    """What somebody writes who has the vault's key: a whole chain, and the head that fits."""
    raw("DROP TRIGGER journal_is_not_deleted")
    raw("DELETE FROM journal")
    raw("UPDATE meta SET value = 0 WHERE name = 'journal_entries'")
    raw("UPDATE meta SET value = zeroblob(32) WHERE name = 'journal_head'")
    for kind in kinds:
        written(store, 1, kind)


def test_a_signed_journal_verifies(store: Store) -> None:
    assert checkpoints.public_key(store) == b""
    for length in (3, 2):
        written(store, length)
        checkpoints.sign(store, "demo-1", 1_000)
        checkpoints.sign(store, "demo-1", 2_000)  # it has not grown
    assert [each.entries for each in checkpoints.read(store)] == [3, 5]
    assert [each.entries for each in checkpoints.read(store, 3)] == [5]
    assert journal.verify(store).fault == ""


def test_an_empty_journal_is_not_signed(store: Store) -> None:
    checkpoints.sign(store, "demo-1", 1_000)
    assert not list(checkpoints.read(store))


@pytest.mark.parametrize(
    ("kinds", "fault"),
    [(["denied", "granted", "granted"], "rewritten"), (["granted", "granted"], "tail cut")],
)
def test_a_chain_made_anew_is_named(store: Store, raw: Raw, kinds: list[str], fault: str) -> None:
    written(store, 3)
    checkpoints.sign(store, "demo-1", 1_000)
    rewritten(store, raw, kinds)
    verdict = journal.verify(store)
    assert (verdict.fault, verdict.first_bad) == (fault, 3)


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE checkpoints SET at_ms = 5",
        "UPDATE checkpoints SET terminal = 'other'",
        "UPDATE checkpoints SET signature = zeroblob(64)",
        "UPDATE meta SET value = zeroblob(0) WHERE name = 'checkpoint_seed'",
    ],
)
def test_a_checkpoint_that_nobody_signed_is_named(store: Store, raw: Raw, spoil: str) -> None:
    written(store, 2)
    checkpoints.sign(store, "demo-1", 1_000)
    raw(spoil)
    assert journal.verify(store).fault == "forged checkpoint"


def test_a_damaged_seed_is_a_fault_with_a_remedy(store: Store, raw: Raw) -> None:
    written(store, 1)
    raw("UPDATE meta SET value = 7 WHERE name = 'checkpoint_seed'")
    with pytest.raises(VaultFault, match=r"checkpoint_seed.*backup"):
        checkpoints.sign(store, "demo-1", 1_000)

"""What a start remembers of wrong PINs: as much as the journal holds, whatever the clock says."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance import decision, lockout
from appliance.tries import Tries
from appliance.vault import tries as entered
from appliance.vault.journal import Journal
from appliance.vault.store import Store
from tests.appliance.bench import KEY, Vault

UTC_MS = 1_800_000_000_000
DAY_MS = 86_400_000


@pytest.fixture
def store(vault: Vault) -> Iterator[Store]:
    store = Store.open(vault.path, KEY)
    yield store
    store.close()


def wrote(store: Store, reason: str, holder: str = "anna", at_ms: int = UTC_MS) -> None:
    kind = "granted" if reason == "granted" else "denied"
    body = {"holder": holder, "factors": "card+pin", "reason": reason}
    Journal(store, "boot").append(at_ms, kind, portal="front", body=body)


def passes(store: Store, by_ms: int, boot: str = "boot") -> None:
    """The clock says so many milliseconds later, and something is journalled."""
    Journal(store, boot).append(UTC_MS + by_ms, "opened", portal="front", body={})


def recalled(store: Store, *, doubted: bool = False) -> Tries:
    tries = Tries(lambda: 5_000)
    tries.recall(store, doubted=doubted)
    return tries


def counts_as(tries: Tries, pin: int = decision.PIN_RIGHT, holder: str = "anna") -> int:
    return tries.pin(holder, pin)


def test_only_wrong_pins_since_the_last_right_one_count(store: Store) -> None:
    for reason in (*["wrong_pin"] * 4, "granted", "wrong_pin", "wrong_pin", "no_pin", "no_match"):
        wrote(store, reason)
    wrote(store, "wrong_pin", "ben")
    body = {"holder": "anna", "factors": "card"}
    Journal(store, "boot").append(UTC_MS, "granted", portal="front", body=body)
    tries = recalled(store)
    assert counts_as(tries, decision.PIN_WRONG) == decision.PIN_WRONG  # the third: now wait
    assert counts_as(tries) == decision.PIN_LOCKED
    assert counts_as(tries, holder="ben") == decision.PIN_RIGHT


@pytest.mark.parametrize(
    ("later_ms", "locked"),
    [
        (0, True),
        (lockout.LONG_MS - 1, True),
        (lockout.LONG_MS, False),
        (-1, True),
        (-DAY_MS * 365, True),  # the clock has lost the year: as if it were now
    ],
)
def test_the_wait_goes_on_where_it_was(store: Store, later_ms: int, locked: bool) -> None:
    for _ in range(lockout.LOCKING):
        wrote(store, "wrong_pin")
    passes(store, later_ms)
    assert (counts_as(recalled(store)) == decision.PIN_LOCKED) is locked


@pytest.mark.parametrize("starts", [1, 2, 3])
def test_a_clock_that_jumped_over_a_restart_forgets_no_lock_out(store: Store, starts: int) -> None:
    """The time between two starts is not waited, whatever the clock makes of it."""
    for _ in range(lockout.LOCKING):
        wrote(store, "wrong_pin")
    for start in range(1, starts):
        passes(store, start * 2 * DAY_MS, f"start {start}")
    assert counts_as(recalled(store)) == decision.PIN_LOCKED


def test_the_time_of_several_starts_is_waited_in_sum(store: Store) -> None:
    for _ in range(lockout.LOCKING):
        wrote(store, "wrong_pin")
    passes(store, lockout.LONG_MS - 60_000)
    passes(store, DAY_MS, "again")
    passes(store, DAY_MS + 59_999, "again")
    assert counts_as(recalled(store)) == decision.PIN_LOCKED
    passes(store, DAY_MS + 60_000, "again")
    assert counts_as(recalled(store)) == decision.PIN_RIGHT


def test_by_a_clock_that_jumped_while_it_ran_nothing_was_waited(store: Store) -> None:
    for _ in range(lockout.LOCKING):
        wrote(store, "wrong_pin")
    passes(store, DAY_MS * 2)
    assert counts_as(recalled(store, doubted=True)) == decision.PIN_LOCKED
    assert counts_as(recalled(store)) == decision.PIN_RIGHT


def test_a_clock_that_went_back_makes_nobody_wait_for_longer_than_the_whole(store: Store) -> None:
    for _ in range(lockout.LOCKING):
        wrote(store, "wrong_pin")
    passes(store, -DAY_MS * 365)
    tries = recalled(store)
    tries.now_ms = lambda: 5_000 + lockout.LONG_MS
    assert counts_as(tries) == decision.PIN_RIGHT


def test_an_order_to_unlock_ends_the_count(store: Store) -> None:
    for _ in range(lockout.LOCKING):
        wrote(store, "wrong_pin")
    wrote(store, "wrong_pin", "ben")
    body = {"action": entered.UNLOCK, "holder": "anna", "uid": 0}
    Journal(store, "boot").append(UTC_MS, "command", portal="front", body=body)
    tries = recalled(store)
    assert counts_as(tries) == decision.PIN_RIGHT
    assert [tried.right for tried in entered.pin_tries(store)[0]][-2:] == [False, True]


def test_what_waits_is_not_counted_again(store: Store) -> None:
    for reason in (*["wrong_pin"] * 4, *["locked_out"] * 9):
        wrote(store, reason)
    passes(store, lockout.SHORT_MS * 2)
    tries = recalled(store)
    assert not tries.locked("anna")
    assert counts_as(tries) == decision.PIN_RIGHT


def test_only_the_last_part_of_a_journal_is_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entered, "LATELY", 5)
    for holder in ("anna", "ben", "ben", "ben", "ben", "ben"):
        wrote(store, "wrong_pin", holder)
    tries, _ = entered.pin_tries(store)
    assert [tried.holder for tried in tries] == ["ben"] * 5


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(("wrong_pin", "granted", "no_pin", "locked_out")), st.booleans()),
        max_size=12,
    )
)
def test_a_restart_at_any_moment_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, bool]]
) -> None:
    """Tries that went on running say the same as tries that were recalled."""
    store = Store.open(tmp_path_factory.mktemp("vault") / "vault.db", KEY)
    running = Tries(lambda: 5_000)
    try:
        for wished, anna in steps:
            holder = "anna" if anna else "ben"
            pins = {"wrong_pin": decision.PIN_WRONG, "granted": decision.PIN_RIGHT}
            if wished in pins and running.pin(holder, pins[wished]) != pins[wished]:
                wished = "locked_out"
            wrote(store, wished, holder)
        again = recalled(store)
        assert again._counts == running._counts
    finally:
        store.close()

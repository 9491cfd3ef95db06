"""The vault's thread: answers in order, faults as answers, and a door that never waits."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable

import pytest

from appliance.clerk import Clerk
from appliance.vault import entries, journal
from appliance.vault.faults import StorageFault, VaultFault
from appliance.vault.journal import Journal
from appliance.vault.store import Store
from board.link import alerts
from tests.appliance.bench import KEY, SERIAL, Vault
from tests.coprocessor.waiting import eventually


def tell(vault: Vault, story: Callable[[Clerk], Awaitable[None]]) -> None:
    async def told() -> None:
        store = Store.open(vault.path, KEY)
        clerk = Clerk(store, Journal(store, "boot"), SERIAL, "boot")
        try:
            await story(clerk)
        finally:
            clerk.close()

    asyncio.run(told())


def test_a_record_is_on_disk_when_it_returns(vault: Vault) -> None:
    async def story(clerk: Clerk) -> None:
        heard: list[int] = []
        clerk.on_recorded = lambda: heard.append(clerk.entries)
        alert = alerts.raised("tamper", "terminal")
        await clerk.record("tamper", "terminal", {}, alert=alert)
        assert vault.kinds() == ["tamper"]
        assert vault.alerts() == [("tamper", "raised")]
        await clerk.record("exit", "front", {"count": 1}, attempt=7)
        assert (clerk.entries, clerk.head) == (2, vault.journal()[-1].hash.hex())
        assert heard == [1, 2]
        assert vault.journal()[-1].attempt == 7

    tell(vault, story)


def test_notes_keep_their_order_among_records(vault: Vault) -> None:
    async def story(clerk: Clerk) -> None:
        for number in range(50):
            clerk.note(f"note_{number}", "front", {})
        await asyncio.sleep(0)
        await clerk.record("last", "front", {})
        assert vault.kinds() == [*(f"note_{number}" for number in range(50)), "last"]

    tell(vault, story)


def test_what_is_noted_before_the_end_is_written(vault: Vault) -> None:
    async def story(clerk: Clerk) -> None:
        for number in range(20):
            clerk.note(f"note_{number}", "front", {})
        await asyncio.sleep(0)

    tell(vault, story)
    assert len(vault.kinds()) == 20


def test_a_record_with_a_fault_leaves_neither_entry_nor_alert(vault: Vault) -> None:
    async def story(clerk: Clerk) -> None:
        alert = alerts.raised("tamper", "terminal")
        for body in ({"name": "anna"}, {"holder": "Anna Example"}):
            with pytest.raises(VaultFault, match="journal: "):
                await clerk.record("granted", "front", body, alert=alert)
        assert (vault.kinds(), vault.alerts()) == ([], [])
        assert clerk.healthy  # what we asked was wrong, not the vault

    tell(vault, story)


def test_a_change_and_its_entry_are_one(vault: Vault) -> None:
    holder = vault.enrol(11)

    async def story(clerk: Clerk) -> None:
        def suspend(store: Store) -> str:
            store.set_holder_status(holder, "suspended")
            return holder

        with pytest.raises(VaultFault):
            await clerk.change(suspend, "suspended", lambda made: {"name": made})
        assert vault.do(lambda store: store.holder(holder).status) == "active"
        assert await clerk.change(suspend, "suspended", lambda made: {"holder": made}) == holder
        assert vault.do(lambda store: store.holder(holder).status) == "suspended"
        assert vault.kinds() == ["suspended"]

    tell(vault, story)


def test_a_locked_vault_is_a_fault_and_its_end_an_alert(vault: Vault) -> None:
    async def story(clerk: Clerk) -> None:
        health: list[bool] = []
        with vault.locked():
            with pytest.raises(StorageFault):
                await clerk.record("granted", "front", {})
            health.append(clerk.healthy)
        await eventually(lambda: not clerk._waiting)
        await clerk.record("exit", "front", {})
        assert [*health, clerk.healthy] == [False, True]
        await eventually(lambda: ("vault_fault", "momentary") in vault.alerts())
        assert "exit" in vault.kinds()
        assert journal.verify(clerk._store).fault == ""

    tell(vault, story)


def test_a_question_that_hangs_is_given_up(vault: Vault) -> None:
    async def story(clerk: Clerk) -> None:
        asking = asyncio.create_task(clerk.ask(lambda _store: time.sleep(2.5)))
        ticks = 0
        while not asking.done():
            await asyncio.sleep(0.05)
            ticks += 1
        with pytest.raises(StorageFault, match="does not answer"):
            await asking
        assert ticks > 10  # the door went on meanwhile
        assert (await clerk.ask(entries.head))[0] == 0

    tell(vault, story)


def test_any_other_error_reaches_who_asked(vault: Vault) -> None:
    async def story(clerk: Clerk) -> None:
        def wrong(_store: Store) -> None:
            raise sqlite3.ProgrammingError("ours")

        with pytest.raises(sqlite3.ProgrammingError, match="ours"):
            await clerk.ask(wrong)
        assert (await clerk.ask(entries.head))[0] == 0

    tell(vault, story)

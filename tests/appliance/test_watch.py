"""What is lost is told once, and its return once."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from appliance.clerk import Clerk
from appliance.vault.journal import Journal
from appliance.vault.store import Store
from appliance.watch import PATIENT, Watch
from tests.appliance.bench import KEY, SERIAL, Vault, running
from tests.coprocessor.waiting import eventually


def tell(vault: Vault, story: Callable[[Watch], Awaitable[None]]) -> None:
    async def told() -> None:
        store = Store.open(vault.path, KEY)
        clerk = Clerk(store, Journal(store, "boot"), SERIAL, "boot")
        await story(Watch(clerk))
        await clerk.ask(Store.waiting)  # what was noted before is written now
        clerk.close()

    asyncio.run(told())


def test_a_condition_is_told_when_it_begins_and_when_it_ends(vault: Vault) -> None:
    async def story(watch: Watch) -> None:
        for linked in (True, True, False, False, True, True):
            watch.link(linked)
        for open_ in (False, True, True, False):
            watch.tamper(open_)

    tell(vault, story)
    assert vault.alerts() == [
        ("link_lost", "raised"),
        ("link_lost", "cleared"),
        ("tamper", "raised"),
        ("tamper", "cleared"),
    ]
    assert vault.kinds() == ["link_lost", "link_lost_over", "tamper", "tamper_over"]


def test_a_camera_is_lost_only_after_several_reports(vault: Vault) -> None:
    async def story(watch: Watch) -> None:
        for _ in range(PATIENT - 1):
            watch.camera(False)
        watch.camera(True)
        for _ in range(PATIENT - 1):
            watch.camera(False)
        watch.link(True)  # a new co-processor opens its camera first
        for _ in range(PATIENT - 1):
            watch.camera(False)

    tell(vault, story)
    assert vault.alerts() == []


def test_a_camera_that_stays_away_is_told_once(vault: Vault) -> None:
    async def story(watch: Watch) -> None:
        for working in (False,) * (3 * PATIENT) + (True, True):
            watch.camera(working)

    tell(vault, story)
    assert vault.alerts() == [("camera_lost", "raised"), ("camera_lost", "cleared")]


def test_an_orderly_end_is_no_loss(vault: Vault, tmp_path: Path) -> None:
    async def story() -> None:
        async with running(vault, tmp_path) as scene:
            await scene.coprocessor()

    asyncio.run(story())
    assert ("link_lost", "raised") not in vault.alerts()


def test_a_link_that_goes_and_comes_is_told(vault: Vault, tmp_path: Path) -> None:
    async def story() -> None:
        async with running(vault, tmp_path) as scene:
            peer = await scene.coprocessor()
            peer.hang_up()
            await eventually(lambda: ("link_lost", "raised") in vault.alerts())
            await scene.coprocessor()
            await eventually(lambda: ("link_lost", "cleared") in vault.alerts())

    asyncio.run(story())

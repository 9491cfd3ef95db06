"""Cards shown over and over fill no journal, and a lost one calls the building once in a burst."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from appliance import wording
from appliance.clerk import Clerk
from appliance.showings import BURST_MS, MOST, Showings
from appliance.vault.journal import Journal
from appliance.vault.store import Store
from tests.appliance.bench import KEY, SERIAL, Scene, Vault, running
from tests.coprocessor.waiting import eventually

ANNA, BEN = 11, 12
ALERT = ("lost_card", "momentary")


class Clock:
    """Time as the test says."""

    now_ms = 0

    def __call__(self) -> int:
        return self.now_ms


def tell(vault: Vault, story: Callable[[Showings, Clock], None]) -> None:
    async def told() -> None:
        store = Store.open(vault.path, KEY)
        clerk = Clerk(store, Journal(store, "boot"), SERIAL, "boot")
        clock = Clock()
        try:
            story(Showings("front", clerk, clock), clock)
            await asyncio.sleep(0)
        finally:
            clerk.close()

    asyncio.run(told())


def superseded(vault: Vault) -> list[int]:
    """How many attempts each line is about."""
    entries = [entry for entry in vault.journal() if entry.kind == "superseded"]
    return [vault.body(entry).get("count", 1) for entry in entries]


def test_of_attempts_that_are_given_up_the_first_is_told_and_the_rest_in_sum(vault: Vault) -> None:
    def story(showings: Showings, clock: Clock) -> None:
        for number in range(1_000):
            clock.now_ms = number * BURST_MS // 500
            showings.superseded(number)
        showings.settle()
        showings.settle()

    tell(vault, story)
    assert superseded(vault) == [1, 499, 1, 499]
    first = next(entry for entry in vault.journal() if entry.kind == "superseded")
    assert first.attempt == 0


def test_a_lost_card_is_told_once_in_a_burst(vault: Vault) -> None:
    def story(showings: Showings, clock: Clock) -> None:
        for at_ms in (5, BURST_MS, BURST_MS + 4, BURST_MS + 5, BURST_MS + 6):
            clock.now_ms = at_ms
            showings.lost(1, "h1", "c1")
        showings.lost(2, "h2", "c2")

    tell(vault, story)
    told = [vault.body(entry) for entry in vault.journal() if entry.kind == "lost_card"]
    anna, ben = ({"holder": f"h{n}", "credential": f"c{n}"} for n in (1, 2))
    assert told == [anna, anna, ben]
    assert vault.alerts() == [ALERT] * 3


def test_so_many_lost_cards_are_remembered(vault: Vault) -> None:
    def cards(numbers: Iterable[int], showings: Showings) -> None:
        for number in numbers:
            showings.lost(1, "h1", f"c{number}")

    def story(showings: Showings, clock: Clock) -> None:
        cards(range(MOST), showings)
        cards(range(MOST), showings)
        cards([MOST, 1, 0], showings)

    tell(vault, story)
    told = [vault.body(entry)["credential"] for entry in vault.journal()]
    assert told == [f"c{number}" for number in (*range(MOST), MOST, 0)]


def test_a_lost_card_at_the_door(vault: Vault, tmp_path: Path) -> None:
    """Refused each time, in the words for it; the alert comes once, with the card's opaque id."""
    vault.enrol(ANNA)
    vault.enrol(BEN)

    def lose(store: Store) -> str:
        (row,) = store.database.rows("SELECT id FROM credentials WHERE number = ?", ANNA)
        store.set_card_status(row[0], "lost")
        return str(row[0])

    card = vault.do(lose)

    async def story(scene: Scene) -> None:
        for count in (1, 2):
            await scene.card(ANNA)
            await scene.denied("lost", count)
            await scene.shows(wording.REFUSALS["lost"])
        await scene.card(BEN)
        await scene.released()

    async def told() -> None:
        async with running(vault, tmp_path, factors="card") as scene:
            await story(scene)

    asyncio.run(told())
    assert vault.alerts().count(ALERT) == 1
    (line,) = [entry for entry in vault.journal() if entry.kind == "lost_card"]
    assert vault.body(line)["credential"] == card
    assert line.attempt > 0


def test_a_card_before_the_reader_without_end(vault: Vault, tmp_path: Path) -> None:
    """It writes one line, and the sum once something is decided."""
    vault.enrol(ANNA)

    async def told() -> None:
        async with running(vault, tmp_path, factors="card+pin", factor_ms=20_000) as scene:
            for _ in range(10):
                await scene.card(ANNA)
                await scene.shows(wording.PROMPTS["pin"])
            await scene.keys("0000#")
            await scene.denied("wrong_pin")
            await eventually(lambda: len(superseded(vault)) == 2)

    asyncio.run(told())
    assert superseded(vault) == [1, 8]

"""Stories of areas: who is where, who may not come in twice, and when a room is full."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from appliance.sections import Site
from appliance.vault import whereabouts
from board.link import admin, answers
from tests.appliance.bench import Vault
from tests.appliance.gates import Gates, site, tell
from tests.coprocessor.waiting import eventually

ANNA, BEN, CARL, DORA = 11, 12, 13, 14
HOUR_MS = 3_600_000
PASSBACK = ("passback", "momentary")


def office(**rule: Any) -> Site:
    """Door one leads into the office, door two out of it."""
    return site({"office": rule}, {"leads_to": "office"}, {"leads_from": "office"})


def hall(**rule: Any) -> Site:
    """Both doors lead into the hall; only its amnesty empties it."""
    into = {"leads_to": "hall"}
    return site({"hall": {"amnesty": "04:00"} | rule}, into, into)


def at(hour: int, minute: int, day: int = 24) -> int:
    return int(datetime(2037, 11, day, hour - 1, minute, tzinfo=UTC).timestamp()) * 1_000


@pytest.fixture
def people(vault: Vault) -> dict[int, str]:
    return {number: vault.enrol(number, portals=("one", "two")) for number in (ANNA, BEN, CARL)}


def test_hard_nobody_comes_in_twice_nor_leaves_twice(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    async def story(gates: Gates) -> None:
        assert await gates.goes("one", ANNA) == "granted"
        assert await gates.goes("one", ANNA) == "anti_passback"
        assert not gates.status("one").released
        assert await gates.goes("one", BEN) == "granted"
        assert await gates.goes("two", ANNA) == "granted"
        assert await gates.goes("two", ANNA) == "anti_passback"
        assert await gates.goes("one", ANNA) == "granted"
        went = [(body["holder"], body["area"]) for body in gates.passed()]
        anna, ben = people[ANNA], people[BEN]
        assert went == [(anna, "office"), (ben, "office"), (anna, ""), (anna, "office")]
        assert PASSBACK not in vault.alerts()

    tell(vault, tmp_path, office(anti_passback="hard"), story)


def test_whose_place_nobody_knows_goes_where_they_will(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    async def story(gates: Gates) -> None:
        assert await gates.goes("two", ANNA) == "granted"
        assert await gates.goes("one", BEN) == "granted"

    tell(vault, tmp_path, office(anti_passback="hard"), story)


def test_a_grant_that_opens_no_door_moves_nobody(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    async def story(gates: Gates) -> None:
        for _ in range(2):
            assert await gates.card("one", ANNA) == "granted"
            await eventually(lambda: not gates.status("one").released, "secured")
        assert gates.passed() == []
        assert vault.do(whereabouts.inside) == []

    tell(vault, tmp_path, office(anti_passback="hard", limit=1), story)


def test_an_exit_by_the_button_is_nobodys(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    """So who leaves by it is still inside, as far as anybody knows."""

    async def story(gates: Gates) -> None:
        assert await gates.goes("one", ANNA) == "granted"
        button = gates.board.pin("IN2")
        button.value(0)
        await eventually(lambda: gates.status("one").released, "REX releases")
        button.value(1)
        await gates.open_and_shut("one")
        assert await gates.goes("one", ANNA) == "anti_passback"
        assert len(gates.passed()) == 1

    tell(vault, tmp_path, office(anti_passback="hard"), story)


def test_whom_the_reader_does_not_let_out_the_button_does(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    async def story(gates: Gates) -> None:
        assert await gates.goes("two", ANNA) == "granted"
        assert await gates.goes("two", ANNA) == "anti_passback"
        gates.board.pin("IN4").value(0)
        await eventually(lambda: gates.status("two").released, "REX releases")
        gates.board.pin("IN4").value(1)

    tell(vault, tmp_path, office(anti_passback="hard"), story)


def test_soft_they_come_in_and_it_is_told(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    async def story(gates: Gates) -> None:
        assert await gates.goes("one", ANNA) == "granted"
        assert PASSBACK not in vault.alerts()
        assert await gates.goes("one", ANNA) == "granted"
        assert vault.alerts().count(PASSBACK) == 1
        again = {"holder": people[ANNA], "area": "office"}
        assert gates.passed() == [again, again | {"reason": "anti_passback"}]

    tell(vault, tmp_path, office(anti_passback="soft"), story)


def test_timed_they_wait_unless_they_left(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    async def story(gates: Gates) -> None:
        ahead_ms = 0
        presence = gates.terminal._presence
        elapsed = presence._now_ms
        presence._now_ms = lambda: elapsed() + ahead_ms
        assert await gates.goes("one", ANNA) == "granted"
        assert await gates.goes("one", ANNA) == "anti_passback"
        assert await gates.goes("two", ANNA) == "granted"
        assert await gates.goes("one", ANNA) == "granted"
        ahead_ms += HOUR_MS - 60_000
        assert await gates.goes("one", ANNA) == "anti_passback"
        ahead_ms += 60_000
        assert await gates.goes("one", ANNA) == "granted"

    tell(vault, tmp_path, office(anti_passback="timed", passback_ms=HOUR_MS), story)


def test_timed_a_clock_that_is_set_makes_nobody_wait_less(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    wall = [at(12, 0)]

    async def story(gates: Gates) -> None:
        assert await gates.goes("one", ANNA) == "granted"
        wall[0] += 24 * HOUR_MS
        assert await gates.goes("one", ANNA) == "anti_passback"

    tell(
        vault,
        tmp_path,
        office(anti_passback="timed", passback_ms=HOUR_MS),
        story,
        lambda: wall[0],
    )


@pytest.mark.parametrize(
    "rule", [{"anti_passback": "hard"}, {"anti_passback": "timed", "passback_ms": HOUR_MS}]
)
def test_a_restart_forgets_nobody(
    vault: Vault, people: dict[int, str], tmp_path: Path, rule: dict[str, Any]
) -> None:
    async def before(gates: Gates) -> None:
        assert await gates.goes("one", ANNA) == "granted"

    async def after(gates: Gates) -> None:
        assert await gates.goes("one", ANNA) == "anti_passback"
        assert await gates.goes("two", ANNA) == "granted"
        assert await gates.goes("one", ANNA) == "granted"

    for story in (before, after):
        tell(vault, tmp_path, office(**rule), story)


def test_an_operators_amnesty(vault: Vault, people: dict[int, str], tmp_path: Path) -> None:
    async def story(gates: Gates) -> None:
        for number in (ANNA, BEN):
            assert await gates.goes("one", number) == "granted"
        answer = await gates.ask(admin.Amnesty(holder=people[ANNA]))
        assert answer == answers.AmnestyAnswer(1)
        assert await gates.goes("one", BEN) == "anti_passback"
        assert await gates.goes("one", ANNA) == "granted"
        assert await gates.ask(admin.Amnesty("office")) == answers.AmnestyAnswer(2)
        assert await gates.goes("one", BEN) == "granted"
        told = [vault.body(one) for one in vault.journal() if one.kind == "command"]
        assert [body.get("holder", body.get("area")) for body in told] == [people[ANNA], "office"]
        assert [body["count"] for body in told] == [1, 2]
        assert all("uid" in body for body in told)
        assert (await gates.ask(admin.Amnesty("yard"))).reason == "no_area"
        assert (await gates.ask(admin.Amnesty(holder="nobody"))).reason == "holder"

    tell(vault, tmp_path, office(anti_passback="hard"), story)


def test_the_days_amnesty_comes_by_itself_and_once(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    wall = [at(3, 58)]

    async def story(gates: Gates) -> None:
        assert await gates.goes("one", ANNA) == "granted"
        assert await gates.goes("one", ANNA) == "anti_passback"
        wall[0] += 119_000
        await asyncio.sleep(1.1)
        assert await gates.goes("one", ANNA) == "anti_passback"
        wall[0] += 1_000
        await eventually(lambda: "amnesty" in vault.kinds(), "the amnesty")
        assert await gates.goes("one", ANNA) == "granted"
        await asyncio.sleep(1.1)
        assert await gates.goes("one", ANNA) == "anti_passback"
        told = [vault.body(one) for one in vault.journal() if one.kind == "amnesty"]
        assert told == [{"area": "office", "count": 1}]

    tell(
        vault,
        tmp_path,
        office(anti_passback="hard", amnesty="04:00"),
        story,
        lambda: wall[0],
    )


def test_an_amnesty_that_was_slept_through_comes_at_the_start(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    async def evening(gates: Gates) -> None:
        assert await gates.goes("one", ANNA) == "granted"

    async def morning(gates: Gates) -> None:
        await eventually(lambda: "amnesty" in vault.kinds(), "the amnesty")
        assert await gates.goes("one", ANNA) == "granted"

    rule = office(anti_passback="hard", amnesty="04:00")
    tell(vault, tmp_path, rule, evening, lambda: at(20, 0))
    tell(vault, tmp_path, rule, morning, lambda: at(7, 0, day=25))


def test_a_clock_that_jumped_brings_no_amnesty(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    wall = [at(12, 0)]

    async def story(gates: Gates) -> None:
        assert await gates.goes("one", ANNA) == "granted"
        wall[0] += 24 * HOUR_MS
        await eventually(lambda: "clock_fault" in vault.kinds(), "the jump")
        await asyncio.sleep(1.1)
        assert await gates.goes("one", ANNA) == "anti_passback"
        assert "amnesty" not in vault.kinds()

    rule = office(anti_passback="hard", amnesty="04:00")
    tell(vault, tmp_path, rule, story, lambda: wall[0])


def test_a_full_area_takes_one_more_when_one_has_left(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    async def story(gates: Gates) -> None:
        for number in (ANNA, BEN):
            assert await gates.goes("one", number) == "granted"
        assert await gates.goes("one", CARL) == "area_full"
        assert await gates.goes("one", ANNA) == "granted"  # is counted already
        assert await gates.goes("two", BEN) == "granted"
        assert await gates.goes("one", CARL) == "granted"
        assert await gates.goes("one", BEN) == "area_full"

    tell(vault, tmp_path, office(limit=2), story)


def test_two_doors_do_not_both_let_the_last_one_in(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    """A grant counts while the door may still be opened; then the place is free again."""

    async def story(gates: Gates) -> None:
        await asyncio.gather(gates.card("one", ANNA), gates.card("two", BEN))
        await eventually(lambda: len(gates.verdicts()) == 2, "two verdicts")
        assert sorted(gates.verdicts()) == ["area_full", "granted"]
        for portal in ("one", "two"):
            await eventually(lambda: not gates.status(portal).released, f"{portal} is secured")  # noqa: B023
        await eventually(lambda: not gates.terminal._presence._coming(), "nobody is expected")
        assert await gates.card("two", CARL) == "granted"

    tell(vault, tmp_path, hall(limit=1), story)


def test_one_card_does_not_open_two_doors_into_an_area_at_once(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    async def story(gates: Gates) -> None:
        assert await gates.card("one", ANNA) == "granted"
        assert await gates.card("two", ANNA) == "anti_passback"
        assert await gates.card("one", ANNA) == "granted"
        await gates.open_and_shut("one")
        assert await gates.card("two", ANNA) == "anti_passback"

    tell(vault, tmp_path, hall(anti_passback="hard"), story)


def test_a_place_that_cannot_be_asked_for_is_a_refusal(
    vault: Vault, people: dict[int, str], tmp_path: Path
) -> None:
    async def story(gates: Gates) -> None:
        vault.do(lambda store: store.database.run("DROP TABLE whereabouts"))
        assert await gates.card("one", ANNA) == "fault"
        assert not gates.status("one").released

    tell(vault, tmp_path, office(limit=1), story)


def test_erased_with_the_holder(vault: Vault, people: dict[int, str], tmp_path: Path) -> None:
    dora = vault.enrol(DORA, portals=("one", "two"), pin=None)

    async def story(gates: Gates) -> None:
        for number in (ANNA, DORA):
            assert await gates.goes("one", number) == "granted"
        answer = await gates.ask(admin.Erase(dora))
        assert (answer.erased, answer.found) == (True, ())
        assert [line.holder_id for line in vault.do(whereabouts.inside)] == [people[ANNA]]

    tell(vault, tmp_path, office(limit=2), story)


def test_who_is_where(vault: Vault, people: dict[int, str], tmp_path: Path) -> None:
    async def story(gates: Gates) -> None:
        assert await gates.goes("one", ANNA) == "granted"
        counted = (await gates.ask(admin.Areas())).areas
        assert counted == (answers.Area("office", "hard", 0, 5, "", 1, ()),)
        named = (await gates.ask(admin.Areas(holders=True))).areas[0].holders
        since = "2037-11-24T11:00:00.000Z"
        assert named == (answers.Inside(people[ANNA], "Holder 11", since),)

    tell(vault, tmp_path, office(anti_passback="hard", limit=5), story, lambda: at(12, 0))

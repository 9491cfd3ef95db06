"""Who may pass at other times is refused now; a clock that is not believed opens no schedule."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance import wording
from appliance.vault import access, calendar
from appliance.vault.store import Store
from appliance.wallclock import Milliseconds
from board.link import admin, answers, stream
from board.windows import parse
from tests.appliance.bench import Scene, Vault, reading, running
from tests.coprocessor.waiting import eventually

CLEANER, KEEPER = 11, 12
BERLIN = {"time_zone": "Europe/Berlin"}
HOUR_MS = 3_600_000


def at(hour: int, minute: int = 0, day: int = 24) -> int:
    """So late in Berlin's winter; the 24th is a Tuesday.

    A year far off: a journal that was written today must never be ahead of it.
    """
    return int(datetime(2037, 11, day, hour - 1, minute, tzinfo=UTC).timestamp()) * 1_000


def cleaners(store: Store, holder: str) -> None:
    """Evenings, and no right of their own."""
    calendar.set_schedule(store, "evenings", parse(["mon-fri 18:00-22:00"]))
    access.set_group(store, "cleaners", ["front"], "evenings")
    access.add_member(store, "cleaners", holder)


@pytest.fixture
def cleaner(vault: Vault) -> str:
    holder = vault.enrol(CLEANER, portals=())
    vault.do(lambda store: cleaners(store, holder))
    return holder


class Wall:
    """A clock on the wall that somebody can set."""

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms

    def __call__(self) -> int:
        return self.at_ms


def tell(
    vault: Vault,
    folder: Path,
    wall_ms: Milliseconds,
    story: Callable[[Scene], Awaitable[None]],
    **portal: Any,
) -> None:
    async def told() -> None:
        doors = {"factors": "card"} | portal
        async with running(vault, folder, BERLIN, wall_ms=wall_ms, **doors) as scene:
            await story(scene)

    asyncio.run(told())


async def ask(folder: Path, request: admin.Request) -> Any:
    connection = await stream.connect(folder / "run" / "admin.sock")
    await connection.send(msgspec.msgpack.encode(request))
    answer = msgspec.msgpack.decode(await connection.receive(), type=answers.Answer)
    connection.close()
    return answer


async def refused(scene: Scene) -> None:
    await scene.card(CLEANER)
    await scene.denied("outside_schedule")


async def let_in(scene: Scene) -> None:
    await scene.card(CLEANER)
    await scene.released()


@pytest.mark.parametrize(
    ("now_ms", "happens"),
    [
        (at(12), refused),
        (at(17, 59), refused),
        (at(18), let_in),
        (at(18, 30), let_in),
        (at(21, 59), let_in),
        (at(22), refused),
        (at(18, 30, day=28), refused),
    ],
)
def test_the_cleaner_comes_in_the_evening(
    vault: Vault,
    cleaner: str,
    tmp_path: Path,
    now_ms: int,
    happens: Callable[[Scene], Awaitable[None]],
) -> None:
    tell(vault, tmp_path, Wall(now_ms), happens)


def test_a_holiday_takes_the_place_of_the_day(vault: Vault, cleaner: str, tmp_path: Path) -> None:
    day = datetime(2037, 11, 24, tzinfo=UTC).date()
    vault.do(lambda store: calendar.add_holiday(store, day, "Founders' day"))

    async def story(scene: Scene) -> None:
        await refused(scene)
        assert scene.status.feedback.text == wording.REFUSALS["outside_schedule"]

    tell(vault, tmp_path, Wall(at(18, 30)), story)


@pytest.mark.parametrize(("hour", "passes"), [(12, False), (19, True)])
def test_a_face_door_keeps_the_same_hours(
    vault: Vault, cleaner: str, tmp_path: Path, hour: int, passes: bool
) -> None:
    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, CLEANER))
        await peer.face(CLEANER)
        await (scene.released() if passes else scene.denied("outside_schedule"))

    tell(vault, tmp_path, Wall(at(hour)), story, factors="face", factor_ms=5_000)


def test_a_jump_shuts_every_schedule_and_nobodys_always(
    vault: Vault, cleaner: str, tmp_path: Path
) -> None:
    vault.enrol(KEEPER)
    wall = Wall(at(12))

    async def story(scene: Scene) -> None:
        wall.at_ms = at(18, 30)
        await refused(scene)
        assert vault.body(await scene.recorded("clock_fault")) == {"reason": "jumped"}
        assert ("clock_fault", "raised") in vault.alerts()
        await scene.card(KEEPER)
        await scene.released()

    tell(vault, tmp_path, wall, story)


def test_a_visitors_days_want_a_clock_that_is_believed(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(CLEANER, valid_until_ms=at(12, day=27))
    wall = Wall(at(12))

    async def story(scene: Scene) -> None:
        wall.at_ms -= 240 * HOUR_MS
        await scene.card(CLEANER)
        await scene.denied("outside_validity")

    tell(vault, tmp_path, wall, story)


def test_a_clock_put_right_is_believed_again(vault: Vault, cleaner: str, tmp_path: Path) -> None:
    wall = Wall(at(18, 30))

    async def story(scene: Scene) -> None:
        wall.at_ms += 2 * HOUR_MS
        await refused(scene)
        await scene.recorded("clock_fault")
        await eventually(lambda: vault.do(calendar.clock_doubted), "kept")
        wall.at_ms -= 2 * HOUR_MS
        await scene.recorded("clock_fault_over")
        await eventually(lambda: not vault.do(calendar.clock_doubted), "kept no longer")
        await scene.card(CLEANER)
        await scene.released()
        assert ("clock_fault", "cleared") in vault.alerts()

    tell(vault, tmp_path, wall, story)


def test_a_restart_does_not_forget_the_jump_and_an_installer_ends_it(
    vault: Vault, cleaner: str, tmp_path: Path
) -> None:
    wall = Wall(at(12))

    async def jumps(scene: Scene) -> None:
        wall.at_ms = at(18, 30)
        await eventually(lambda: vault.do(calendar.clock_doubted), "kept")

    async def story(scene: Scene) -> None:
        await refused(scene)
        told = await ask(tmp_path, admin.Clock())
        assert told == answers.ClockAnswer("2037-11-24 18:30", "Europe/Berlin", "jumped")
        assert (await ask(tmp_path, admin.Clock(accept=True))).doubt == ""
        await scene.card(CLEANER)
        await scene.released()
        body = vault.body(await scene.recorded("command"))
        assert body.keys() == {"action", "uid"}
        assert body["action"] == "accept_clock"
        assert not vault.do(calendar.clock_doubted)

    tell(vault, tmp_path, wall, jumps)
    tell(vault, tmp_path, wall, story)


def test_a_clock_that_was_never_set_cannot_be_accepted(
    vault: Vault, cleaner: str, tmp_path: Path
) -> None:
    async def story(scene: Scene) -> None:
        await refused(scene)
        answer = await ask(tmp_path, admin.Clock(accept=True))
        assert (answer.reason, scene.vault.alerts()[-1]) == ("never_set", ("clock_fault", "raised"))
        assert vault.kinds().count("command") == 0

    tell(vault, tmp_path, Wall(0), story)

"""Two doors on one simulated terminal, and whoever goes through them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from appliance import sections
from appliance.terminal import Terminal
from appliance.vault.store import Store
from appliance.wallclock import Milliseconds, system_ms
from board import wiegand
from board.link import answers, stream
from board.simulated import SimulatedBoard
from board.stimulus import Hand, SwipeWiegand, reach
from board.table import read_table
from tests.appliance.bench import KEY, MANIFEST, SERIAL, Vault, Watchdog
from tests.coprocessor.waiting import eventually

BERLIN = "Europe/Berlin"
DOORS = ("one", "two")


class Board(SimulatedBoard):
    """Its watchdog is without teeth."""

    def wdt(self, timeout_ms: int) -> Watchdog:  # type: ignore[override]
        return Watchdog()


def door(number: int, **more: Any) -> dict[str, Any]:
    """Door 1 or 2, opened by a card alone for half a second; `more` overrides."""
    reader = {"kind": "wiegand", "led_green": f"R{number}-LED-G", "led_red": f"R{number}-LED-R"}
    reader |= {"d0": f"R{number}-D0", "d1": f"R{number}-D1", "buzzer": f"R{number}-BUZZ"}
    return {
        "strike": f"K{2 * number - 1}",
        "sounder": f"K{2 * number}",
        "display": f"DISPLAY{number}",
        "contact": {"pin": f"IN{2 * number - 1}"},
        "rex": {"pin": f"IN{2 * number}", "asserted": "low"},
        "reader": reader,
        "factors": "card",
        "unlock_ms": 500,
        "extended_ms": 900,
        **more,
    }


def site(areas: dict[str, Any], one: dict[str, Any], two: dict[str, Any]) -> sections.Site:
    """Both doors, with these keys besides; times are Berlin's."""
    terminal = {"serial": SERIAL, "board": "simulated-double", "time_zone": BERLIN}
    whole = {
        "terminal": terminal,
        "bundle": {"directory": "bundle", "public_key": "0" * 64},
        "tamper": {"pin": "IN5"},
        "fire": {"pin": "IN6"},
        "areas": areas,
        "portals": {"one": door(1, **one), "two": door(2, **two)},
    }
    return msgspec.convert(whole, sections.Site)


class Gates:
    """A running terminal with two doors."""

    def __init__(self, terminal: Terminal, board: Board, vault: Vault, hand: Hand, run: Path):
        self.terminal, self.board, self.vault, self.hand = terminal, board, vault, hand
        self.run = run

    async def card(self, portal: str, number: int) -> str:
        """Show a card; returns "granted", or why not."""
        before = len(self.verdicts())
        line = DOORS.index(portal) + 1
        bits = "".join(map(str, wiegand.encode("H10301", 7, number)))
        await self.hand.do(SwipeWiegand(f"R{line}-D0", f"R{line}-D1", bits))
        await eventually(lambda: len(self.verdicts()) > before, f"{portal}: a verdict")
        return self.verdicts()[before]

    def verdicts(self) -> list[str]:
        """What became of each attempt, in order."""
        kept = [entry for entry in self.vault.journal() if entry.kind in ("granted", "denied")]
        return [self.vault.body(entry).get("reason", "granted") for entry in kept]

    def passed(self) -> list[dict[str, Any]]:
        """Who went where, in order."""
        return [self.vault.body(one) for one in self.vault.journal() if one.kind == "passed"]

    async def open_and_shut(self, portal: str) -> None:
        """Somebody goes through a door that is released."""
        line = DOORS.index(portal) + 1
        contact = self.board.pin(f"IN{2 * line - 1}")
        rooms = self.terminal._entrances[portal].portal
        await eventually(lambda: self.status(portal).released, f"{portal}: released")
        contact.value(1)
        await eventually(lambda: rooms.contact.asserted, f"{portal}: open")
        contact.value(0)
        await eventually(lambda: not rooms.contact.asserted, f"{portal}: shut")
        await eventually(lambda: not self.status(portal).released, f"{portal}: secured")

    async def goes(self, portal: str, number: int) -> str:
        """A card, and through the door if it opens; returns what became of it."""
        before = len(self.passed())
        verdict = await self.card(portal, number)
        if verdict == "granted":
            await self.open_and_shut(portal)
            await eventually(lambda: len(self.passed()) > before, f"{portal}: passed")
        return verdict

    def status(self, portal: str) -> answers.PortalStatus:
        return self.terminal.status().portals[portal]

    async def ask(self, request: Any) -> Any:
        """Ask on the admin socket, as this account."""
        connection = await stream.connect(self.run / "admin.sock")
        await connection.send(msgspec.msgpack.encode(request))
        answer = msgspec.msgpack.decode(await connection.receive(), type=answers.Answer)
        connection.close()
        return answer


@asynccontextmanager
async def running(
    vault: Vault, folder: Path, whole: sections.Site, wall_ms: Milliseconds = system_ms
) -> AsyncIterator[Gates]:
    """This site's terminal, from its first tick to an orderly end; each start is another boot."""
    run = folder / "run"
    board = Board(read_table("simulated-double"), run / "board.sock")
    before = vault.kinds().count("started")
    terminal = Terminal(
        whole, board, MANIFEST, Store.open(vault.path, KEY), f"boot-{before}", run, wall_ms
    )
    stop = asyncio.Event()
    task = asyncio.create_task(terminal.run(stop))
    await eventually(lambda: vault.kinds().count("started") > before or task.done(), "it runs")
    hand = await reach(run / "board.sock")
    try:
        yield Gates(terminal, board, vault, hand, run)
        assert not task.done(), "the terminal ended by itself"
    finally:
        hand.close()
        stop.set()
        await task
        left = {other for other in asyncio.all_tasks() if other is not asyncio.current_task()}
        if left:
            await asyncio.wait(left, timeout=2)
        await asyncio.sleep(0)


def tell(
    vault: Vault,
    folder: Path,
    whole: sections.Site,
    story: Callable[[Gates], Awaitable[None]],
    wall_ms: Milliseconds = system_ms,
) -> None:
    """Tell a story at both doors."""

    async def told() -> None:
        async with running(vault, folder, whole, wall_ms) as gates:
            await story(gates)

    asyncio.run(told())

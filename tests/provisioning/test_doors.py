"""`cardea portal`, `cardea lockdown` and `cardea journal` at a running terminal."""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from board.link import answers
from provisioning import journal
from tests.appliance.bench import Scene, Vault
from tests.provisioning.conftest import Cardea


def test_a_lockdown_refuses_the_card_and_is_lifted(vault: Vault, told: Callable[..., None]) -> None:
    vault.enrol(11)

    async def story(scene: Scene, cardea: Cardea) -> None:
        said = await cardea("lockdown", "front")
        assert said == "portal front is locked down; the exit works\n"
        head, row = (await cardea("portal")).splitlines()
        assert head.split() == ["portal", "mode", "lock", "leaf", "released", "alarm"]
        assert row.split()[:5] == ["front", "lockdown", "secured", "shut", "no"]
        await scene.card(11)
        await scene.denied("lockdown")
        assert await cardea("lockdown", "front", "--lift") == "portal front is back to normal\n"
        await scene.card(11)
        await scene.released()
        assert "there is front" in await cardea("lockdown", "back", code=1)

    told(story, factors="card")


def test_a_portal_is_put_into_a_mode_and_told(told: Callable[..., None]) -> None:
    async def story(scene: Scene, cardea: Cardea) -> None:
        assert await cardea("portal", "front", "free") == "portal front is free\n"
        assert scene.status.released
        shown = msgspec.json.decode(
            await cardea("portal", "front", "--json"), type=dict[str, answers.PortalStatus]
        )
        assert (shown["front"].mode, shown["front"].released) == ("free", True)
        await cardea("portal", "front", "normal")
        assert not scene.status.released
        for name in ("back", "fro"):
            assert await cardea("portal", name, code=2) == (
                f"cardea: no portal {name!r} here; there is front\n"
            )

    told(story)


def test_the_journal_is_shown_from_where_one_wants(
    vault: Vault, told: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole, and in pieces that are smaller than it is."""
    monkeypatch.setattr(journal, "PIECE", 2)

    async def story(scene: Scene, cardea: Cardea) -> None:
        await cardea("lockdown", "front")
        await scene.recorded("mode_lockdown")
        lines = (await cardea("journal")).splitlines()
        assert [line.split()[3] for line in lines] == vault.kinds()
        (command,) = [line for line in lines if " command " in line]
        assert "action=set_mode  door=front  mode=lockdown  uid=" in command
        raw = (await cardea("journal", "--json", "--after", "1")).splitlines()
        entries = [msgspec.json.decode(line, type=answers.Entry) for line in raw]
        assert [entry.sequence for entry in entries] == list(range(2, len(lines) + 1))

    told(story)


def test_a_journal_that_is_followed_tells_what_comes(
    told: Callable[..., None], tmp_path: Path
) -> None:
    """Line by line until it is interrupted."""
    words = ("-m", "provisioning", "journal", "--follow", "--state", str(tmp_path))

    async def story(scene: Scene, _cardea: Cardea) -> None:
        following = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdout=asyncio.subprocess.PIPE
        )
        assert following.stdout
        for mode in ("lockdown", "normal"):
            scene.terminal._entrances["front"].portal.set_mode(mode)
            async with asyncio.timeout(60):
                while f"mode_{mode}" not in (await following.stdout.readline()).decode():
                    assert following.returncode is None
        following.send_signal(signal.SIGINT)
        await following.communicate()
        assert following.returncode == 0

    told(story)


def test_a_group_loses_one_door_and_its_members_with_it(
    vault: Vault, told: Callable[..., None]
) -> None:
    holder = vault.enrol(11, portals=())

    async def story(scene: Scene, cardea: Cardea) -> None:
        await cardea("groups", "set", "staff", "--portal", "front")
        await cardea("groups", "add", "staff", holder)
        await cardea("groups", "set", "staff", "--no-portal", "front")
        await scene.card(11)
        await scene.denied("no_right")
        said = await cardea("groups", "set", "staff", "--no-portal", "front", code=1)
        assert said == "cardea: group staff has no right at front: `cardea groups` tells\n"

    told(story, factors="card")
    bodies = [vault.body(entry) for entry in vault.journal() if entry.kind == "command"]
    assert bodies[-1]["removed"] == ["front"]

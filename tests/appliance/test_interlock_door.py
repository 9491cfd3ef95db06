"""Two doors of which only one may be open: who has to wait, and who never does."""

from pathlib import Path

import msgspec
import pytest

from appliance import door, sections
from tests.appliance import gates
from tests.appliance.bench import Vault
from tests.appliance.gates import Gates, tell
from tests.coprocessor.waiting import eventually

KEEPER = 12


def site(unlock_ms: int = 30_000) -> sections.Site:
    keys = {"unlock_ms": unlock_ms, "held_ms": 60_000}
    return msgspec.structs.replace(gates.site({}, keys, keys), interlocks=(("one", "two"),))


@pytest.fixture
def keeper(vault: Vault) -> Vault:
    vault.enrol(KEEPER, portals=("one", "two"))
    return vault


def released(scene: Gates) -> list[bool]:
    """What the strikes of both doors are."""
    return [bool(scene.board.pin(strike).value()) for strike in ("K1", "K3")]


async def let_in(scene: Gates, portal: str) -> None:
    """The keeper's card, and the strike of this door."""
    assert await scene.card(portal, KEEPER) == "granted"
    await eventually(lambda: released(scene)[gates.DOORS.index(portal)], f"{portal}: released")


def opened(scene: Gates, portal: str, is_open: bool) -> None:
    """The leaf moves, and the contact is not waited for."""
    scene.terminal._entrances[portal].portal.handle(door.OPENED if is_open else door.CLOSED)


def test_through_one_door_then_through_the_other(keeper: Vault, tmp_path: Path) -> None:
    async def story(scene: Gates) -> None:
        await let_in(scene, "one")
        assert await scene.card("two", KEEPER) == "interlock"  # the other one may still be opened
        opened(scene, "one", True)
        assert released(scene) == [False, False]
        assert await scene.card("two", KEEPER) == "interlock"  # and now it is open
        opened(scene, "one", False)
        await let_in(scene, "two")
        assert released(scene) == [False, True]
        assert await scene.card("one", KEEPER) == "interlock"

    tell(keeper, tmp_path, site(), story)


def test_whoever_leaves_does_not_wait_and_both_open_are_an_alarm(
    keeper: Vault, tmp_path: Path
) -> None:
    async def story(scene: Gates) -> None:
        await let_in(scene, "one")
        opened(scene, "one", True)
        scene.board.pin("IN4").value(0)
        await eventually(lambda: released(scene) == [False, True], "the way out")
        assert scene.status("one").alarm == "normal"
        opened(scene, "two", True)
        assert [scene.status(name).alarm for name in gates.DOORS] == ["alarm", "alarm"]
        opened(scene, "one", False)
        assert scene.status("two").alarm == "normal"

    tell(keeper, tmp_path, site(), story)


def test_fire_releases_both_and_nobody_is_refused_for_it(keeper: Vault, tmp_path: Path) -> None:
    async def story(scene: Gates) -> None:
        scene.board.pin("IN6").value(1)
        await eventually(lambda: released(scene) == [True, True], "both")
        assert await scene.card("two", KEEPER) == "granted"
        opened(scene, "one", True)
        opened(scene, "two", True)
        assert scene.status("one").alarm == "egress-open"

    tell(keeper, tmp_path, site(), story)


def test_it_is_asked_again_at_the_moment_of_the_release(keeper: Vault, tmp_path: Path) -> None:
    """While the grant is being written somebody inside opens the other door."""

    async def story(scene: Gates) -> None:
        outcomes = scene.terminal._entrances["two"].admission.conclusion._outcomes
        write = outcomes.granted

        async def written(*account: object, **more: object) -> bool:
            done = await write(*account, **more)  # type: ignore[arg-type]
            scene.terminal._entrances["one"].portal.handle(door.REX)
            return done

        outcomes.granted = written  # type: ignore[method-assign, assignment]
        await scene.card("two", KEEPER)
        await eventually(lambda: scene.verdicts() == ["granted", "interlock"], "refused after all")
        assert released(scene) == [True, False]

    tell(keeper, tmp_path, site(), story)


def test_a_grant_that_nobody_uses_gives_the_other_door_back(keeper: Vault, tmp_path: Path) -> None:
    async def story(scene: Gates) -> None:
        await let_in(scene, "one")
        await eventually(lambda: released(scene) == [False, False], "relocked")
        await let_in(scene, "two")

    tell(keeper, tmp_path, site(unlock_ms=300), story)


def test_doors_of_no_interlock_do_not_wait(keeper: Vault, tmp_path: Path) -> None:
    async def story(scene: Gates) -> None:
        await let_in(scene, "one")
        opened(scene, "one", True)
        await let_in(scene, "two")
        opened(scene, "two", True)
        assert scene.status("one").alarm == "normal"

    keys = {"unlock_ms": 30_000, "held_ms": 60_000}
    tell(keeper, tmp_path, gates.site({}, keys, keys), story)


def test_an_open_housing_is_told_as_tamper_of_every_door(keeper: Vault, tmp_path: Path) -> None:
    async def story(scene: Gates) -> None:
        scene.board.pin("IN5").value(1)
        await eventually(
            lambda: [scene.status(name).alarm for name in gates.DOORS] == ["tamper", "tamper"]
        )

    tell(keeper, tmp_path, site(), story)

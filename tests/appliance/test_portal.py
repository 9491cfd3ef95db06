"""One door on a simulated board with a real vault: what releases it, how long, and what it says."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from appliance import door
from appliance.portal import Portal
from tests.appliance.bench import Scene, Vault, running
from tests.coprocessor.waiting import eventually

Alerts = list[tuple[str, str]]
Story = Callable[[Scene, Portal], Awaitable[None]]


def tell(vault: Vault, folder: Path, story: Story, **portal: Any) -> None:
    async def told() -> None:
        async with running(vault, folder, **portal) as scene:
            await story(scene, scene.terminal._entrances["front"].portal)

    asyncio.run(told())


def press(scene: Scene, pressed: bool = True) -> None:
    scene.board.pin("IN2").value(int(not pressed))


def leaf(scene: Scene, opened: bool) -> None:
    scene.board.pin("IN1").value(int(opened))


def strike(scene: Scene) -> int:
    return scene.board.pin("K1").value()


async def secured(scene: Scene) -> None:
    await eventually(lambda: scene.status.lock == "secured" and not strike(scene), "secured")


def told(vault: Vault) -> Alerts:
    """The door's alerts, without those of the terminal's own start."""
    return [alert for alert in vault.alerts() if alert[0] not in ("restarted", "link_lost")]


def test_rex_releases_and_then_relocks(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, _portal: Portal) -> None:
        press(scene)
        await scene.released()
        press(scene, False)
        await secured(scene)
        assert scene.board.strike == [1, 0]
        await scene.recorded("secured")
        assert vault.kinds()[-2:] == ["exit", "secured"]
        assert told(vault) == []

    tell(vault, tmp_path, story)


def test_rex_holds_while_it_is_pressed(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        press(scene)
        await scene.released()
        await asyncio.sleep(0.8)  # nearly three times unlock_ms
        assert strike(scene) == 1
        assert scene.board.strike == [1]  # and never let go in between
        press(scene, False)
        await secured(scene)
        assert portal.state == door.START

    tell(vault, tmp_path, story)


def test_rex_pressed_before_the_start_is_heard(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, _portal: Portal) -> None:
        scene.board.pin("IN2").value(0)
        await scene.released()

    tell(vault, tmp_path, story)


def test_rex_releases_in_lockdown_and_the_lockdown_stays(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        portal.set_mode("lockdown")
        press(scene)
        await scene.released()
        press(scene, False)
        await secured(scene)
        assert portal.locked_down
        await eventually(lambda: told(vault) == [("lockdown", "raised")])
        portal.set_mode("normal")
        await eventually(lambda: told(vault)[1:] == [("lockdown", "cleared")])

    tell(vault, tmp_path, story)


def test_a_grant_in_lockdown_neither_releases_nor_prolongs(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        portal.set_mode("lockdown")
        portal.grant(extended=True)
        assert strike(scene) == 0
        portal.handle(door.REX)
        until_s = portal._timers[door.RELOCK].when()
        portal.grant(extended=True)
        assert portal._timers[door.RELOCK].when() == until_s
        assert portal.state.lock == door.EXITING

    tell(vault, tmp_path, story)


def test_a_lockdown_ends_a_grant_but_not_an_exit(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        portal.grant(extended=False)
        assert strike(scene) == 1
        portal.set_mode("lockdown")
        assert strike(scene) == 0
        portal.handle(door.REX)
        portal.set_mode("lockdown")
        assert strike(scene) == 1

    tell(vault, tmp_path, story)


def test_the_time_of_a_release_is_never_shortened(vault: Vault, tmp_path: Path) -> None:
    async def story(_scene: Scene, portal: Portal) -> None:
        portal.grant(extended=True)
        longest_s = portal._timers[door.RELOCK].when()
        again: tuple[Callable[[], None], ...] = (
            lambda: portal.grant(extended=False),
            lambda: portal.handle(door.REX),
        )
        for release in again:
            release()
            assert portal._timers[door.RELOCK].when() == longest_s
        portal.grant(extended=True)
        assert portal._timers[door.RELOCK].when() > longest_s
        assert portal.state.lock == door.EXITING

    tell(vault, tmp_path, story)


def test_a_grant_relocks_behind_the_person_and_an_exit_does_not(
    vault: Vault, tmp_path: Path
) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        portal.grant(extended=True)
        leaf(scene, True)
        await secured(scene)
        leaf(scene, False)
        await eventually(lambda: scene.status.leaf == "shut")
        portal.handle(door.REX)
        leaf(scene, True)
        await eventually(lambda: scene.status.leaf == "open")
        assert strike(scene) == 1
        await secured(scene)
        assert ("door_forced", "raised") not in vault.alerts()

    tell(vault, tmp_path, story, held_ms=60_000)


def test_a_forced_door_is_told_once_and_its_end_once(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, _portal: Portal) -> None:
        leaf(scene, True)
        await eventually(lambda: scene.status.leaf == "forced")
        assert scene.status.alarm == "forced-open"
        assert scene.board.pin("K2").value() == 1
        await asyncio.sleep(0.5)  # longer than held_ms: forced stays forced
        leaf(scene, False)
        await eventually(lambda: scene.status.leaf == "shut")
        assert scene.board.pin("K2").value() == 0
        await eventually(lambda: len(told(vault)) == 2)
        assert told(vault) == [("door_forced", "raised"), ("door_forced", "cleared")]
        assert scene.board.strike == []

    tell(vault, tmp_path, story)


def test_a_held_door_warns_first_and_is_told_once(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        portal.grant(extended=False)
        leaf(scene, True)
        await eventually(lambda: scene.status.leaf == "held")
        assert scene.status.alarm == "door-open-too-long"
        assert scene.board.pin("K2").value() == 1
        await asyncio.sleep(0.5)
        leaf(scene, False)
        await eventually(lambda: len(told(vault)) == 3)
        assert told(vault) == [
            ("door_held_warning", "momentary"),
            ("door_held", "raised"),
            ("door_held", "cleared"),
        ]
        assert scene.board.pin("K2").value() == 0

    tell(vault, tmp_path, story)


def test_a_door_shut_in_time_is_not_told_at_all(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        portal.grant(extended=False)
        leaf(scene, True)
        await eventually(lambda: scene.status.leaf == "open")
        leaf(scene, False)
        await asyncio.sleep(0.7)
        assert told(vault) == []
        assert "opened" in vault.kinds()
        assert "closed" in vault.kinds()

    tell(vault, tmp_path, story, held_ms=600, prealarm_ms=100)


def test_free_releases_for_all_and_holds_nobody_up(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        portal.set_mode("free")
        leaf(scene, True)
        await asyncio.sleep(0.6)
        assert strike(scene) == 1
        portal.set_mode("normal")  # the time begins when it counts again
        assert strike(scene) == 0
        await eventually(lambda: ("door_held", "raised") in vault.alerts())
        assert ("door_forced", "raised") not in vault.alerts()

    tell(vault, tmp_path, story)


def test_fire_beats_lockdown_and_is_told_once(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        portal.set_mode("lockdown")
        scene.board.pin("IN4").value(1)
        await eventually(lambda: strike(scene) == 1)
        assert scene.status.fire
        scene.board.pin("IN4").value(0)
        await secured(scene)
        assert portal.locked_down
        await eventually(lambda: len(told(vault)) == 3)
        assert told(vault) == [
            ("lockdown", "raised"),
            ("fire_release", "raised"),
            ("fire_release", "cleared"),
        ]

    tell(vault, tmp_path, story)


def test_tamper_is_told_once_and_its_end_once(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, _portal: Portal) -> None:
        scene.board.pin("IN3").value(1)
        await eventually(lambda: ("tamper", "raised") in vault.alerts())
        scene.board.pin("IN3").value(0)
        await eventually(lambda: len(told(vault)) == 2)
        assert told(vault) == [("tamper", "raised"), ("tamper", "cleared")]
        assert scene.board.strike == []

    tell(vault, tmp_path, story)


def test_rex_does_not_wait_for_the_vault(vault: Vault, tmp_path: Path) -> None:
    """Another connection holds the whole vault; the strike releases, the record comes or fails."""

    async def story(scene: Scene, _portal: Portal) -> None:
        before = vault.kinds()
        with vault.locked():
            press(scene)
            await scene.released()
            assert vault.kinds() == before  # released first, and nothing is written yet
            press(scene, False)
            await secured(scene)
            assert vault.kinds() == before
        press(scene)
        await eventually(lambda: strike(scene) == 1)
        await eventually(lambda: "exit" in vault.kinds())

    tell(vault, tmp_path, story)


def test_rex_does_not_wait_for_a_vault_that_is_damaged(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, _portal: Portal) -> None:
        whole = vault.path.read_bytes()
        vault.path.write_bytes(b"\xff" * len(whole))
        for _ in range(2):
            press(scene)
            await eventually(lambda: strike(scene) == 1)
            press(scene, False)
            await secured(scene)
        vault.path.write_bytes(whole)  # or the clerk would insist for long at the end

    tell(vault, tmp_path, story)


def test_who_goes_in_on_a_grant_is_told_and_that_the_door_is_shut(
    vault: Vault, tmp_path: Path
) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        heard: list[str] = []
        portal.on_entered = lambda: heard.append("entered")
        portal.on_shut = lambda: heard.append("shut")
        portal.handle(door.REX)
        portal.handle(door.OPENED)
        portal.handle(door.CLOSED)
        assert heard == ["shut"]
        portal.handle(door.RELOCK)
        portal.grant(extended=False)
        portal.handle(door.OPENED)
        assert heard == ["shut", "entered"]
        portal.handle(door.CLOSED)
        portal.handle(door.CLOSED)
        assert heard == ["shut", "entered", "shut"]
        assert strike(scene) == 0

    tell(vault, tmp_path, story)


def test_who_goes_in_while_somebody_asks_for_exit_is_told(vault: Vault, tmp_path: Path) -> None:
    """A sensor inside sees whoever comes in, too, and turns the grant into an exit."""

    async def story(_scene: Scene, portal: Portal) -> None:
        heard: list[str] = []
        portal.on_entered = lambda: heard.append("entered")
        for before, after in ((door.GRANT, door.REX), (door.REX, door.GRANT)):
            for event in (before, after):
                if event == door.GRANT:
                    portal.grant(extended=False)
                else:
                    portal.handle(event)
            assert portal.state.lock == door.EXITING
            portal.handle(door.OPENED)
            portal.handle(door.CLOSED)
            portal.handle(door.OPENED)  # whoever leaves now is nobody's grant
            portal.handle(door.CLOSED)
            portal.handle(door.RELOCK)
        assert heard == ["entered", "entered"]

    tell(vault, tmp_path, story)


def test_a_grant_that_is_over_lets_nobody_count_as_inside(vault: Vault, tmp_path: Path) -> None:
    async def story(_scene: Scene, portal: Portal) -> None:
        heard: list[str] = []
        portal.on_entered = lambda: heard.append("entered")

        def lock_down() -> None:
            portal.set_mode("lockdown")
            portal.set_mode("normal")

        for over in (portal.end_grant, lock_down, lambda: portal.handle(door.RELOCK)):
            portal.grant(extended=False)
            portal.handle(door.REX)
            over()
            portal.handle(door.REX)
            portal.handle(door.OPENED)
            portal.handle(door.CLOSED)
            portal.handle(door.RELOCK)
        assert heard == []

    tell(vault, tmp_path, story)


def test_a_grant_is_ended_before_its_time_and_an_exit_is_not(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        portal.grant(extended=True)
        portal.end_grant()
        assert strike(scene) == 0
        assert door.RELOCK not in portal._timers
        portal.handle(door.REX)
        portal.end_grant()
        assert strike(scene) == 1
        portal.handle(door.RELOCK)
        portal.grant(extended=True)
        portal.set_mode("free")
        portal.end_grant()
        assert portal.state.lock == door.GRANTED
        assert strike(scene) == 1

    tell(vault, tmp_path, story)


def test_a_bolt_waits_for_the_door_to_be_shut_again(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        portal.grant(extended=True)
        leaf(scene, True)
        await eventually(lambda: scene.status.leaf == "open")
        assert strike(scene) == 1
        leaf(scene, False)
        await secured(scene)
        assert door.RELOCK not in portal._timers
        portal.handle(door.REX)
        portal.handle(door.OPENED)
        portal.handle(door.CLOSED)
        assert strike(scene) == 1
        portal.handle(door.RELOCK)
        portal.grant(extended=False)
        portal.handle(door.OPENED)
        await secured(scene)  # or until the time is over
        assert portal.state.leaf == door.OPEN

    tell(vault, tmp_path, story, relock="close", held_ms=60_000)


def test_a_rattling_door_is_one_line_and_no_alert(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, portal: Portal) -> None:
        leaf(scene, True)
        await eventually(lambda: scene.status.leaf == "ajar")
        assert (scene.status.alarm, scene.board.pin("K2").value()) == ("normal", 0)
        leaf(scene, False)
        await scene.recorded("rattled")
        assert vault.kinds()[-1] == "rattled"
        assert told(vault) == []
        assert door.FORCED_OUT not in portal._timers

    tell(vault, tmp_path, story, forced_ms=5_000)


def test_a_door_that_stays_ajar_is_forced(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, _portal: Portal) -> None:
        leaf(scene, True)
        await eventually(lambda: scene.status.leaf == "ajar")
        await eventually(lambda: scene.status.leaf == "forced")
        await eventually(lambda: told(vault) == [("door_forced", "raised")])
        assert vault.kinds()[-1] == "door_forced"

    tell(vault, tmp_path, story, forced_ms=200)


def test_whoever_may_pass_opens_a_door_that_is_ajar(vault: Vault, tmp_path: Path) -> None:
    async def story(_scene: Scene, portal: Portal) -> None:
        portal.handle(door.OPENED)
        until_s = portal._timers[door.FORCED_OUT].when()
        portal.handle(door.TO_LOCKDOWN)
        assert portal._timers[door.FORCED_OUT].when() == until_s
        portal.handle(door.REX)
        assert portal.state.leaf == door.OPEN
        assert door.FORCED_OUT not in portal._timers
        assert door.HELD_OUT in portal._timers
        await eventually(lambda: "opened" in vault.kinds())
        assert told(vault) == [("lockdown", "raised")]

    tell(vault, tmp_path, story, forced_ms=5_000)

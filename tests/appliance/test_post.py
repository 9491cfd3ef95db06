"""An alert goes from the vault to a broker that is there, in order, until it is confirmed."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import msgspec

from board.link.alerts import Alert
from board.link.messages import AlertAcked, AlertOut, Status
from tests.appliance.bench import Coprocessor, Scene, Vault, running
from tests.coprocessor.waiting import eventually

UP = Status(True, True, "test", 0, 0, 0)
DOWN = msgspec.structs.replace(UP, broker_connected=False)


def tell(vault: Vault, folder: Path, story: Callable[[Scene], Awaitable[None]]) -> None:
    async def told() -> None:
        async with running(vault, folder) as scene:
            await story(scene)

    asyncio.run(told())


def is_there(scene: Scene, kind: str, times: int) -> bool:
    return scene.vault.kinds().count(kind) >= times


async def tampered(scene: Scene, times: int) -> None:
    """Raise and clear the tamper alert so many times more."""
    before = scene.vault.kinds().count("tamper")
    for number in range(before + 1, before + times + 1):
        for level in (1, 0):
            kind = "tamper" if level else "tamper_over"
            scene.board.pin("IN3").value(level)
            await eventually(partial(is_there, scene, kind, number), kind)


async def deliver(scene: Scene, peer: Coprocessor) -> list[int]:
    """Confirm what comes, one by one, until nothing waits; return the sequences in order."""
    confirmed: list[AlertOut] = []

    def more() -> bool:
        return len(peer.of(AlertOut)) > len(confirmed) or not scene.vault.alerts()

    while scene.vault.alerts():
        await eventually(more, "the next alert")
        for alert in peer.of(AlertOut)[len(confirmed) :]:
            await peer.say(AlertAcked(alert.sequence))
            confirmed.append(alert)
    return [alert.sequence for alert in peer.of(AlertOut)]


def test_nothing_is_sent_without_a_broker(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await tampered(scene, 2)
        assert peer.of(AlertOut) == []
        assert len(vault.alerts()) == 5
        await eventually(lambda: scene.terminal.status().alerts_waiting == 5)

    tell(vault, tmp_path, story)


def test_alerts_arrive_in_order_one_at_a_time(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await tampered(scene, 2)
        await peer.say(UP, UP, UP)
        await peer.asked(AlertOut)
        await asyncio.sleep(0.1)
        (first,) = peer.of(AlertOut)  # the next waits for the first one's confirmation
        alert = msgspec.json.decode(first.body, type=Alert)
        assert (alert.kind, alert.sequence, alert.terminal) == ("restarted", 1, "demo-1")
        assert first.topic == "cardea/demo-1/terminal/alert"
        assert await deliver(scene, peer) == [1, 2, 3, 4, 5]
        await eventually(lambda: scene.terminal.status().alerts_waiting == 0)
        await tampered(scene, 1)
        assert await deliver(scene, peer) == [1, 2, 3, 4, 5, 6, 7]

    tell(vault, tmp_path, story)


def test_a_lying_confirmation_removes_nothing_but_what_was_sent(
    vault: Vault, tmp_path: Path
) -> None:
    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await tampered(scene, 1)
        await peer.say(*(AlertAcked(number) for number in (0, 1, 2, 3, -1, 2**64 - 1)), UP)
        await peer.asked(AlertOut)
        await peer.say(AlertAcked(3), AlertAcked(2))
        await asyncio.sleep(0.1)
        assert len(vault.alerts()) == 3
        assert await deliver(scene, peer) == [1, 2, 3]

    tell(vault, tmp_path, story)


def test_after_a_lost_broker_or_link_the_same_alert_is_sent_again(
    vault: Vault, tmp_path: Path
) -> None:
    async def story(scene: Scene) -> None:
        first = await scene.coprocessor()
        await tampered(scene, 1)
        await first.say(UP)
        assert (await first.asked(AlertOut)).sequence == 1
        await first.say(DOWN, UP)
        assert (await first.asked(AlertOut, 2)).sequence == 1
        first.hang_up()
        await eventually(lambda: ("link_lost", "raised") in vault.alerts())
        second = await scene.coprocessor()
        await second.say(UP)
        sequences = await deliver(scene, second)
        assert sequences == sorted(set(sequences))
        assert sequences[:3] == [1, 2, 3]

    tell(vault, tmp_path, story)


def test_a_vault_that_stalls_loses_no_alert(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        peer = await scene.coprocessor()
        await tampered(scene, 1)
        with vault.locked():
            await peer.say(UP)
            await peer.say(AlertAcked((await peer.asked(AlertOut)).sequence))
            await asyncio.sleep(2.2)  # longer than the vault's patience
        sequences = await deliver(scene, peer)
        assert sorted(set(sequences)) == sequences[:1] + sorted(set(sequences[1:]))
        assert {1, 2, 3} <= set(sequences)

    tell(vault, tmp_path, story)

"""Alerts at a real broker that stops, dies and comes back: in order, none lost, none twice."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from board.link import alerts
from board.link.messages import AlertOut
from coprocessor.config import Broker as BrokerConfig
from coprocessor.publisher import Publisher
from tests.broker import Broker, Ear, find_mosquitto
from tests.coprocessor.waiting import eventually

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")
TERMINAL = "demo-1"
TOPIC = alerts.topic(TERMINAL, "front")
AVAILABILITY = alerts.availability_topic(TERMINAL)


def alert(sequence: int, reason: str = "") -> AlertOut:
    body = alerts.encode(
        alerts.Alert(
            schema=alerts.SCHEMA,
            terminal=TERMINAL,
            portal="front",
            sequence=sequence,
            time="2026-11-23T12:00:00Z",
            boot="0011223344556677",
            kind="tamper",
            severity="critical",
            state="raised",
            reason=reason,
        )
    )
    return AlertOut(sequence, TOPIC, body)


@asynccontextmanager
async def publishing(port: int, acked: list[int]) -> AsyncIterator[Publisher]:
    publisher = Publisher(BrokerConfig("127.0.0.1", port, retry_s=1), TERMINAL, acked.append)
    publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as broker:
        yield broker


def bodies(first: int, last: int) -> list[bytes]:
    return [alert(sequence).body for sequence in range(first, last + 1)]


def test_alerts_arrive_in_order_and_are_acknowledged(broker: Broker) -> None:
    async def story() -> None:
        acked: list[int] = []
        with Ear(broker.port) as ear:
            async with publishing(broker.port, acked) as publisher:
                for sequence in range(1, 51):
                    publisher.publish(alert(sequence))
                await eventually(lambda: len(acked) >= 50 and len(ear.on(TOPIC)) >= 50)
            await eventually(lambda: len(ear.on(AVAILABILITY)) == 2)
            assert acked == list(range(1, 51))
            assert ear.on(TOPIC) == bodies(1, 50)
            assert ear.on(AVAILABILITY) == [b"online", b"stopped"]
        with Ear(broker.port, "latecomer") as late:
            await eventually(lambda: late.heard)
            assert late.heard == [(AVAILABILITY, b"stopped", True)]

    asyncio.run(story())


def test_an_alert_handed_over_again_is_published_once(broker: Broker) -> None:
    async def story() -> None:
        acked: list[int] = []
        with Ear(broker.port) as ear:
            async with publishing(broker.port, acked) as publisher:
                publisher.publish(alert(1))
                publisher.publish(alert(2))
                publisher.publish(alert(1))  # waits
                publisher.publish(alert(2))
                await eventually(lambda: len(acked) >= 2)
                publisher.publish(alert(2))  # long acknowledged
                await eventually(lambda: len(acked) >= 3)
                publisher.publish(alert(3))
                await eventually(lambda: 3 in acked and len(ear.on(TOPIC)) >= 3)
            assert acked == [1, 2, 2, 3]
            assert ear.on(TOPIC) == bodies(1, 3)

    asyncio.run(story())


def test_a_vault_made_anew_counts_from_one_and_is_heard(broker: Broker) -> None:
    async def story() -> None:
        acked: list[int] = []
        with Ear(broker.port) as ear:
            async with publishing(broker.port, acked) as publisher:
                publisher.publish(alert(1))
                await eventually(lambda: acked == [1])
                publisher.publish(alert(1, reason="another"))
                await eventually(lambda: acked == [1, 1] and len(ear.on(TOPIC)) >= 2)
            assert ear.on(TOPIC) == [alert(1).body, alert(1, reason="another").body]

    asyncio.run(story())


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_broker_gone_for_a_while_loses_nothing(broker: Broker, how: str) -> None:
    async def story() -> None:
        acked: list[int] = []
        with Ear(broker.port) as ear:
            async with publishing(broker.port, acked) as publisher:
                for sequence in range(1, 6):
                    publisher.publish(alert(sequence))
                await eventually(lambda: len(acked) >= 5 and len(ear.on(TOPIC)) >= 5)
                getattr(broker, how)()
                await eventually(lambda: not publisher.connected)
                for sequence in range(6, 26):
                    publisher.publish(alert(sequence))
                await asyncio.sleep(0.5)  # long enough for a try that fails
                assert acked == list(range(1, 6))
                broker.start()
                await eventually(lambda: len(acked) >= 25 and len(ear.on(TOPIC)) >= 25)
                publisher.publish(alert(26))
                await eventually(lambda: len(acked) >= 26 and len(ear.on(TOPIC)) >= 26)
            assert acked == list(range(1, 27))
            assert ear.on(TOPIC) == bodies(1, 26)

    asyncio.run(story())


def test_a_broker_stopped_under_load_loses_nothing_and_keeps_the_order(broker: Broker) -> None:
    async def story() -> None:
        acked: list[int] = []
        with Ear(broker.port) as ear:
            async with publishing(broker.port, acked) as publisher:
                for sequence in range(1, 401):
                    publisher.publish(alert(sequence))
                await eventually(lambda: len(acked) >= 20)
                await asyncio.to_thread(broker.stop)
                await asyncio.to_thread(broker.start)
                await eventually(lambda: len(acked) >= 400)
                await eventually(lambda: alert(400).body in ear.on(TOPIC))
            assert acked == list(range(1, 401))
            heard = ear.on(TOPIC)
            # QoS 1: only the one in flight at that moment may have come twice.
            assert len(heard) <= 401
            assert [body for at, body in enumerate(heard) if heard.index(body) == at] == bodies(
                1, 400
            )

    asyncio.run(story())


def test_a_killed_publisher_is_reported_offline(broker: Broker) -> None:
    code = (
        "import asyncio, sys\n"
        "from tests.coprocessor.test_mqtt import publishing\n"
        "async def main():\n"
        "    async with publishing(int(sys.argv[1]), []):\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).parents[2]
    with Ear(broker.port) as ear:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(broker.port)],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        try:
            asyncio.run(eventually(lambda: ear.on(AVAILABILITY) == [b"online"]))
        finally:
            process.kill()
            process.wait()
        asyncio.run(eventually(lambda: ear.on(AVAILABILITY) == [b"online", b"offline"]))
    with Ear(broker.port, "latecomer") as late:
        asyncio.run(eventually(lambda: late.heard == [(AVAILABILITY, b"offline", True)]))


def test_what_is_no_alert_of_this_terminal_never_reaches_the_broker(broker: Broker) -> None:
    good = alert(7)
    smuggled = [
        AlertOut(7, TOPIC, good.body[:-1] + b',"name":"Vera"}'),
        AlertOut(7, TOPIC, good.body + b" "),
        AlertOut(7, TOPIC, b"\xff\xd8\xff"),
        AlertOut(7, TOPIC, b""),
        AlertOut(8, TOPIC, good.body),
        AlertOut(7, "cardea/other/front/alert", good.body),
        AlertOut(7, AVAILABILITY, good.body),
        AlertOut(7, TOPIC, good.body.replace(b"tamper", b"gossip")),
        AlertOut(7, TOPIC, good.body.replace(b"demo-1", b"demo-2")),
    ]

    async def story() -> None:
        acked: list[int] = []
        with Ear(broker.port) as ear:
            async with publishing(broker.port, acked) as publisher:
                for lie in smuggled:
                    publisher.publish(lie)
                publisher.publish(good)
                await eventually(lambda: acked and ear.on(TOPIC))
                assert publisher.refused == len(smuggled)
            await eventually(lambda: len(ear.heard) >= 3)
            assert [payload for _, payload, _ in ear.heard] == [b"online", good.body, b"stopped"]

    asyncio.run(story())

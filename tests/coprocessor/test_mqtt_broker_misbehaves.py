"""A broker that lies, stalls and sends what nobody asked for: it gets alerts, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from coprocessor.config import Broker as BrokerConfig
from coprocessor.publisher import Publisher
from tests.coprocessor.raw_broker import (
    CONNACK_RESUMED,
    CONNECT,
    DISCONNECT,
    PINGREQ,
    PUBLISH,
    SUBSCRIBE,
    UNSUBSCRIBE,
    Packet,
    RawBroker,
    Visit,
    polite,
)
from tests.coprocessor.test_mqtt import AVAILABILITY, TERMINAL, TOPIC, alert
from tests.coprocessor.waiting import eventually

UNASKED = {
    "publish, QoS 0": b"\x30\x08\x00\x03a/b\x00hi",
    "publish, QoS 1": b"\x32\x0a\x00\x03a/b\x00\x07\x00hi",
    "publish, QoS 2": b"\x34\x0a\x00\x03a/b\x00\x07\x00hi",
    "publish, topic that is no UTF-8": b"\x30\x06\x00\x02\xff\xfe\x00!",
    "publish, topic longer than the packet": b"\x30\x04\xff\xff\x00!",
    "suback": b"\x90\x04\x00\x01\x00\x01",
    "unsuback": b"\xb0\x04\x00\x01\x00\x00",
    "puback of what was never sent": b"\x40\x02\x77\x77",
    "puback too short": b"\x40\x01\x00",
    "pubrel of what was never received": b"\x62\x02\x00\x01",
    "a second connack": b"\x20\x03\x00\x00\x00",
    "connack with broken properties": b"\x20\x05\x00\x00\x02\xff\xff",
    "empty connack": b"\x20\x00",
    "disconnect": b"\xe0\x02\x8d\x00",
    "empty suback": b"\x90\x00",
    "reserved packet type": b"\x00\x00",
    "auth": b"\xf0\x02\x18\x00",
    "length without end": b"\x30\xff\xff\xff\xff\xff",
    "a packet of 200 MB that never comes": b"\x30\xff\xff\xff\x5f",
    "subscribe, as if we were the broker": b"\x82\x08\x00\x01\x00\x00\x02a/\x01",
}


@asynccontextmanager
async def publishing(port: int, acked: list[int]) -> AsyncIterator[Publisher]:
    publisher = Publisher(BrokerConfig("127.0.0.1", port, retry_s=1), TERMINAL, acked.append)
    publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()


def alerts_in(visit: Visit) -> list[Packet]:
    publishes = [packet for packet in visit.packets if packet.kind == PUBLISH]
    return [packet for packet in publishes if packet.published()[0] == TOPIC]


@pytest.mark.parametrize("what", UNASKED)
def test_what_nobody_asked_for_changes_nothing(what: str) -> None:
    async def rude(visit: Visit) -> None:
        await visit.welcome()
        visit.say(UNASKED[what])
        await asyncio.sleep(0.1)
        visit.hang_up()

    async def story() -> None:
        acked: list[int] = []
        async with RawBroker(rude, polite) as broker:
            async with publishing(broker.port, acked) as publisher:
                await eventually(lambda: len(broker.visits) >= 2 and publisher.connected)
                publisher.publish(alert(1))
                await eventually(lambda: acked == [1])
            assert not broker.kinds() & {SUBSCRIBE, UNSUBSCRIBE}
            for visit in broker.visits:
                for packet in visit.packets:
                    if packet.kind == PUBLISH:
                        assert packet.published()[0] in (TOPIC, AVAILABILITY)

    asyncio.run(story())


def test_it_never_subscribes() -> None:
    async def story() -> None:
        acked: list[int] = []
        async with RawBroker(polite) as broker:
            async with publishing(broker.port, acked) as publisher:
                for sequence in range(1, 11):
                    publisher.publish(alert(sequence))
                await eventually(lambda: len(acked) == 10)
            await eventually(lambda: DISCONNECT in broker.kinds())
            assert broker.kinds() <= {CONNECT, PUBLISH, PINGREQ, DISCONNECT}

    asyncio.run(story())


def test_what_was_in_flight_goes_out_again_once_with_the_same_identity() -> None:
    async def swallow(visit: Visit) -> None:
        await visit.welcome()
        await visit.packet()

    async def resume(visit: Visit) -> None:
        """The broker remembers the session and acknowledges whatever comes."""
        connect = await visit.packet()
        assert connect.kind == CONNECT
        visit.say(CONNACK_RESUMED)
        while True:
            visit.puback(await visit.packet())

    async def story() -> None:
        acked: list[int] = []
        async with RawBroker(swallow, resume) as broker, publishing(broker.port, acked) as sender:
            for sequence in (1, 2, 3):
                sender.publish(alert(sequence))
            await eventually(lambda: broker.visits and alerts_in(broker.visits[0]))
            sender.publish(alert(1))  # the appliance hands it over again meanwhile
            await eventually(lambda: acked == [1, 2, 3])
            (lost,) = alerts_in(broker.visits[0])
            again = alerts_in(broker.visits[1])
        assert [packet.published()[2] for packet in again] == [alert(n).body for n in (1, 2, 3)]
        assert lost.published()[1] == again[0].published()[1]
        assert [packet.flags & 8 for packet in again] == [8, 0, 0]  # DUP
        clean_start = [visit.packets[0].rest[7] & 2 for visit in broker.visits]
        assert clean_start == [2, 0]

    asyncio.run(story())


def test_a_refused_alert_is_not_acknowledged_but_sent_again_first() -> None:
    async def no_right_at_first(visit: Visit) -> None:
        await visit.welcome()
        visit.puback(await visit.packet(), reason=0x87)
        while True:
            visit.puback(await visit.packet())

    async def story() -> None:
        acked: list[int] = []
        async with RawBroker(no_right_at_first) as broker:
            async with publishing(broker.port, acked) as publisher:
                publisher.publish(alert(1))
                publisher.publish(alert(2))
                await eventually(lambda: broker.visits and alerts_in(broker.visits[0]))
                assert acked == []
                await eventually(lambda: acked == [1, 2])
            sent = [packet.published()[2] for packet in alerts_in(broker.visits[0])]
            assert sent == [alert(1).body, alert(1).body, alert(2).body]

    asyncio.run(story())


def test_a_broker_that_never_answers_is_left_for_another_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("coprocessor.mqtt.ANSWER_S", 0.2)

    async def mute(visit: Visit) -> None:
        await visit.packet()
        await asyncio.Event().wait()

    async def story() -> None:
        acked: list[int] = []
        async with RawBroker(mute, polite) as broker, publishing(broker.port, acked) as publisher:
            publisher.publish(alert(1))
            await eventually(lambda: acked == [1])
            assert len(broker.visits) == 2

    asyncio.run(story())


def test_a_broker_that_keeps_an_acknowledgement_back_is_left_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("coprocessor.mqtt.ANSWER_S", 0.2)

    async def keeps_it(visit: Visit) -> None:
        await visit.welcome()
        await asyncio.Event().wait()

    async def story() -> None:
        acked: list[int] = []
        async with RawBroker(keeps_it, polite) as broker:
            async with publishing(broker.port, acked) as publisher:
                publisher.publish(alert(1))
                await eventually(lambda: acked == [1])
            (only,) = alerts_in(broker.visits[1])
            assert only.flags & 8

    asyncio.run(story())

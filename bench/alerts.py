"""Alert handed to the publisher until a subscriber has it, over a real broker on loopback."""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

from board.link import alerts
from board.link.messages import AlertOut
from coprocessor.config import Broker as BrokerConfig
from coprocessor.pace import nearest_rank
from coprocessor.publisher import Publisher
from tests.broker import Broker, Ear

TERMINAL = "bench"
TOPIC = alerts.topic(TERMINAL, "front")


def alert(sequence: int) -> AlertOut:
    """Return an alert as the appliance hands it over."""
    content = alerts.Alert(
        schema=alerts.SCHEMA,
        terminal=TERMINAL,
        portal="front",
        sequence=sequence,
        time="2026-11-23T12:00:00Z",
        boot="0011223344556677",
        kind="tamper",
        severity="critical",
        state="raised",
    )
    return AlertOut(sequence, TOPIC, alerts.encode(content))


class Stopwatch(Ear):
    """An ear that says when each alert came, in perf_counter nanoseconds."""

    def __init__(self, port: int) -> None:
        self._loop = asyncio.get_running_loop()
        self.came_ns: asyncio.Queue[int] = asyncio.Queue()
        super().__init__(port)

    def take(self, topic: str, payload: bytes, retained: bool) -> None:
        now_ns = time.perf_counter_ns()
        super().take(topic, payload, retained)
        if topic == TOPIC:
            self._loop.call_soon_threadsafe(self.came_ns.put_nowait, now_ns)


async def measure(port: int, count: int) -> dict[str, list[int]]:
    """Return microseconds from hand-over to subscriber and to acknowledgement, one at a time."""
    up, acked = asyncio.Event(), asyncio.Event()
    broker = BrokerConfig("127.0.0.1", port)
    publisher = Publisher(broker, TERMINAL, lambda _: acked.set(), up.set)
    publisher.start()
    to_subscriber, to_acknowledged = [], []
    with Stopwatch(port) as ear:
        await up.wait()
        for sequence in range(1, count + 1):
            acked.clear()
            began_ns = time.perf_counter_ns()
            publisher.publish(alert(sequence))
            await acked.wait()
            to_acknowledged.append((time.perf_counter_ns() - began_ns) // 1_000)
            to_subscriber.append((await ear.came_ns.get() - began_ns) // 1_000)
            # As alerts come: one by one, not in a stream that keeps every thread awake.
            await asyncio.sleep(0.02)
    await publisher.stop()
    return {"to_subscriber_us": to_subscriber, "to_acknowledged_us": to_acknowledged}


def main() -> None:
    """Print p50, p99 and the largest."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=100)
    arguments.add_argument("--json", action="store_true")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder)) as broker:
        times = asyncio.run(measure(broker.port, asked.count))
    figures = {"alerts": asked.count} | {
        f"{percent}_{name}": value
        for name, taken in times.items()
        for percent, value in (
            ("p50", nearest_rank(sorted(taken), 50)),
            ("p99", nearest_rank(sorted(taken), 99)),
            ("max", max(taken)),
        )
    }
    if asked.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:24} {value}")


if __name__ == "__main__":
    main()

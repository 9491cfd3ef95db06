"""The simulator's parts on real sockets and processes: metal, cable, power, broker, words."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from paho.mqtt.publish import single

from appliance import decision
from board import wiegand
from board.link.answers import Entry
from board.simulated import SimulatedBoard
from board.table import read_table
from provisioning.simulator.broker import (
    HOST,
    Cable,
    answering,
    configure,
    find_mosquitto,
    free_port,
)
from provisioning.simulator.events import PENDING, Events
from provisioning.simulator.metal import Metal, MetalGone
from provisioning.simulator.outside import Outside, Published
from provisioning.simulator.processes import Program
from provisioning.simulator.simulation import Simulation
from provisioning.simulator.wiring import WiringError, derived, read_wiring
from provisioning.simulator.words import REFUSALS, tone, words


async def until(true: Callable[[], object], timeout_s: float = 10) -> None:
    """Wait until something is so; fail when it does not become so."""
    async with asyncio.timeout(timeout_s):
        while not true():
            await asyncio.sleep(0.01)


def pulses(board: SimulatedBoard) -> Callable[[], list[tuple[int, ...]]]:
    """What a Wiegand decoder makes of the board's data lines, frame by frame."""
    decoder, frames = wiegand.Pulses(), []

    def edge(bit: int, level: int, at_us: int) -> None:
        if level == 0 and (done := decoder.edge(bit, at_us)):
            frames.append(done)

    board.pin("D0").irq(lambda level, at_us: edge(0, level, at_us))
    board.pin("D1").irq(lambda level, at_us: edge(1, level, at_us))

    def read() -> list[tuple[int, ...]]:
        last = decoder.idle(time.monotonic_ns() // 1000 + 10_000_000)
        return [*frames, *([last] if last else [])]

    return read


def test_a_card_and_keys_arrive_as_they_were_shown(state: Path) -> None:
    async def story() -> None:
        metal = Metal(read_wiring(state / "site.toml"), state / "run" / "board.sock")
        with pytest.raises(MetalGone):
            await metal.swipe("front", "01")
        board = SimulatedBoard(read_table("simulated"), state / "run" / "board.sock")
        await board.start()
        frames = pulses(board)
        holding = asyncio.create_task(metal.run())
        await until(lambda: metal.present)
        bits = wiegand.encode("H10301", 17, 1815)
        await metal.swipe("front", "".join(map(str, bits)))
        await metal.press("front", "7#*")
        await asyncio.sleep(0.2)
        assert frames() == [bits, (0, 1, 1, 1), (1, 0, 1, 1), (1, 0, 1, 0)]
        holding.cancel()
        await board.close()

    asyncio.run(story())


def test_a_supervised_line_is_put_damaged_and_mended(state: Path) -> None:
    site = state / "site.toml"
    line = 'rex = { pin = "AIN2", supervised = true, asserted = "low" }'
    text = site.read_text().replace('rex = { pin = "IN2", asserted = "low" }', line)
    site.write_text(text.replace('strike = "K1"', 'strike = "K1"\nbond = { pin = "AIN5" }'))

    async def story() -> None:
        metal = Metal(read_wiring(site), state / "run" / "board.sock")
        await metal.put("rex", "front", True)  # before anybody reads it
        board = SimulatedBoard(read_table("simulated"), state / "run" / "board.sock")
        await board.start()
        holding = asyncio.create_task(metal.run())
        levels = {"": (True, 500), "cut": (False, 1000), "short": (False, 0), " ": (False, 667)}
        for damage, (asserted, permille) in levels.items():
            await metal.put("rex", "front", asserted, damage.strip())  # type: ignore[arg-type]
            full = permille * 0xFFFF // 1000
            await until(lambda full=full: board.adc("AIN2").read_u16() == full)  # type: ignore[misc]
            assert metal.inputs("front")["rex"] is asserted
        assert metal.inputs("front")["bond"] is True
        holding.cancel()
        await board.close()

    asyncio.run(story())


def test_inputs_outlive_the_appliance_and_the_strike_does_not(state: Path) -> None:
    """A door that stands open still stands open when the board is back; a relay falls off."""

    async def story() -> None:
        metal = Metal(read_wiring(state / "site.toml"), state / "run" / "board.sock")
        await metal.put("contact", "front", True)
        await metal.put("rex", "front", True)
        holding = asyncio.create_task(metal.run())
        for _life in range(2):
            board = SimulatedBoard(read_table("simulated"), state / "run" / "board.sock")
            await board.start()
            await until(lambda: board.pin("IN1").value() == 1)  # noqa: B023 - read at once
            assert board.pin("IN2").value() == 0
            assert metal.released("front") is False
            board.pin("K1").value(1)
            await until(lambda: metal.released("front"))
            await board.close()
            await until(lambda: not metal.present)
            assert metal.released("front") is False
        holding.cancel()

    asyncio.run(story())


def test_a_pulled_cable_hangs_up_and_refuses_and_a_plugged_one_forwards() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    async def through(cable: Cable) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(HOST, cable.port)
        writer.write(b"ping")
        assert await reader.readexactly(4) == b"ping"
        return reader, writer

    async def story() -> None:
        server = await asyncio.start_server(echo, HOST, 0)
        cable = Cable(server.sockets[0].getsockname()[1])
        for _time in range(2):
            await cable.plug()
            reader, writer = await through(cable)
            await cable.pull()
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            writer.close()
            with pytest.raises(ConnectionError):
                await asyncio.open_connection(HOST, cable.port)
        server.close()

    asyncio.run(story())


def sleeper(tmp_path: Path) -> Program:
    code = "import time; print('up', flush=True); time.sleep(60)"
    return Program("sleeper", [sys.executable, "-c", code], tmp_path / "log" / "sleeper.log")


def test_a_killed_program_is_started_again(tmp_path: Path) -> None:
    async def story() -> None:
        program = sleeper(tmp_path)
        running = asyncio.create_task(program.run())
        await until(lambda: program.pid)
        first = program.pid
        assert first
        os.kill(first, signal.SIGKILL)
        await until(lambda: program.pid not in (None, first))
        assert program.restarts == 1
        assert program.said == "Ended by signal 9."
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert program.pid is None

    asyncio.run(story())


def test_a_program_without_power_stays_off_until_it_has_power(tmp_path: Path) -> None:
    async def story() -> None:
        program = sleeper(tmp_path)
        running = asyncio.create_task(program.run())
        await until(lambda: program.pid)
        program.power(False)
        await until(lambda: program.pid is None)
        await asyncio.sleep(0.6)
        assert program.pid is None
        program.power(True)
        await until(lambda: program.pid)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(story())


def test_a_program_that_cannot_start_says_why(tmp_path: Path) -> None:
    async def story() -> None:
        argv = [sys.executable, "-c", "raise SystemExit('board: unknown; name another')"]
        program = Program("broken", argv, tmp_path / "broken.log")
        running = asyncio.create_task(program.run())
        await until(lambda: program.restarts)
        assert program.said == "board: unknown; name another"
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(story())


@pytest.mark.skipif(find_mosquitto() is None, reason="no mosquitto: apt-get install mosquitto")
def test_the_outside_sees_every_message_as_it_was_published(tmp_path: Path) -> None:
    async def story() -> None:
        port = free_port()
        conf = configure(tmp_path / "broker", port)
        program = Program("broker", [str(find_mosquitto()), "-c", str(conf)], tmp_path / "log")
        running = asyncio.create_task(program.run())
        await answering(port)
        heard: list[Published] = []
        outside = Outside(port, heard.append)
        async with asyncio.timeout(10):
            await outside.subscribed.wait()
        for payload in ('{"kind": "tamper"}', "online", b"\xff"):
            await asyncio.to_thread(single, "cardea/x/alert", payload, 1, hostname=HOST, port=port)
        await until(lambda: len(heard) == 3)
        assert [message.number for message in outside.since(1)] == [2, 3]
        assert [message.payload for message in heard] == [{"kind": "tamper"}, "online", "\ufffd"]
        outside.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(story())


def test_a_listener_that_does_not_listen_is_dropped_and_the_others_are_not() -> None:
    async def story() -> None:
        events = Events()
        deaf, keen = events.listen([b"first"]), events.listen([b"first"])
        assert await anext(deaf) == await anext(keen) == b"first"
        events.tell("state", 0)
        for number in range(PENDING + 1):
            events.tell("state", number)
            assert b"event: state" in await anext(keen)
        taken = [event async for event in deaf]
        assert len(taken) <= PENDING
        await keen.aclose()  # type: ignore[attr-defined]

    asyncio.run(story())


def test_the_private_brokers_address_replaces_the_sites(
    state: Path, simulation: Simulation
) -> None:
    del simulation  # made it
    text = (state / "coprocessor.simulated.toml").read_text()
    assert "elsewhere.example" not in text
    assert "ca.pem" not in text
    assert 'serial = "door-1"' in text


def test_a_state_directory_without_a_site_is_told_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(WiringError, match="cardea site new"):
        read_wiring(tmp_path / "site.toml")
    (tmp_path / "site.toml").write_text("portals = 3")
    with pytest.raises(WiringError, match=r"site\.toml: .*; correct it"):
        read_wiring(tmp_path / "site.toml")
    with pytest.raises(WiringError, match="cardea site new"):
        derived(tmp_path / "coprocessor.toml", "x.toml", {})


def test_every_refusal_has_plain_words() -> None:
    reasons = {
        value
        for name, value in vars(decision).items()
        if name.isupper() and isinstance(value, str) and value != decision.GRANTED
    }
    assert reasons == set(REFUSALS)


def entry(kind: str, **body: str) -> Entry:
    return Entry(1, "2026-11-23T12:00:00.000Z", kind, "front", 1, dict(body), "00", "")


def test_the_journal_speaks_plainly() -> None:
    names = {"h1": "Ada"}
    assert words(entry("granted", holder="h1"), names) == "Let in, Ada: the strike was released"
    refused = entry("denied", holder="", reason="unknown_credential")
    assert words(refused, names) == "Refused: this card is not known here"
    assert tone(refused) == "refused"
    assert tone(entry("denied", reason="attack_suspected")) == "alarm"
    assert words(entry("brand_new"), names) == "Brand new"

"""A broker that is not one: it logs each packet a client sends and answers as it was told to."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 8, 10, 12, 14
CONNACK_OK = b"\x20\x03\x00\x00\x00"
CONNACK_RESUMED = b"\x20\x03\x01\x00\x00"


class Packet(NamedTuple):
    """One MQTT v5 control packet: its type, the flags beside it, and all that follows."""

    kind: int
    flags: int
    rest: bytes

    def published(self) -> tuple[str, int, bytes]:
        """Return topic, packet id and payload of a PUBLISH with QoS 1."""
        end = 2 + int.from_bytes(self.rest[:2])
        # Property lengths below 128 are one byte; our publisher sends none.
        start = end + 3 + self.rest[end + 2]
        return (
            self.rest[2:end].decode(),
            int.from_bytes(self.rest[end : end + 2]),
            self.rest[start:],
        )


class Visit:
    """One connection of the client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.packets: list[Packet] = []

    async def packet(self) -> Packet:
        """Return the next packet; EOFError (IncompleteReadError) when the client hangs up."""
        first = (await self._reader.readexactly(1))[0]
        length, shift = 0, 0
        while True:
            digit = (await self._reader.readexactly(1))[0]
            length |= (digit & 127) << shift
            shift += 7
            if digit < 128:
                break
        packet = Packet(first >> 4, first & 15, await self._reader.readexactly(length))
        self.packets.append(packet)
        return packet

    def say(self, data: bytes) -> None:
        """Send bytes, whatever they are."""
        self._writer.write(data)

    def puback(self, packet: Packet, reason: int = 0) -> None:
        """Acknowledge a packet if it is a PUBLISH."""
        if packet.kind != PUBLISH:
            return
        _, identity, _ = packet.published()
        self.say(b"\x40\x04" + identity.to_bytes(2) + bytes([reason, 0]))

    async def welcome(self, connack: bytes = CONNACK_OK) -> None:
        """Let the client in, and acknowledge its `online`."""
        assert (await self.packet()).kind == CONNECT
        self.say(connack)
        self.puback(await self.packet())

    def hang_up(self) -> None:
        self._writer.close()


Host = Callable[[Visit], Awaitable[None]]


class RawBroker:
    """Serves the n-th connection with the n-th host, later ones with the last."""

    def __init__(self, *hosts: Host) -> None:
        self._hosts = hosts
        self.visits: list[Visit] = []
        self.port = 0

    async def __aenter__(self) -> "RawBroker":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for visit in self.visits:
            visit.hang_up()
        await self._server.wait_closed()

    def kinds(self) -> set[int]:
        """Return the packet types seen so far."""
        return {packet.kind for visit in self.visits for packet in visit.packets}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = Visit(reader, writer)
        self.visits.append(visit)
        host = self._hosts[min(len(self.visits), len(self._hosts)) - 1]
        try:
            await host(visit)
        except (EOFError, OSError):
            pass
        finally:
            visit.hang_up()


async def polite(visit: Visit) -> None:
    """Acknowledge everything until the client leaves."""
    await visit.welcome()
    while True:
        packet = await visit.packet()
        visit.puback(packet)
        if packet.kind == PINGREQ:
            visit.say(b"\xd0\x00")

"""Length-framed bytes over a UNIX socket between two processes that may talk to each other."""

import asyncio
import contextlib
import os
import pwd
import socket
import stat
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

HEADER: Final = struct.Struct(">I")
CREDENTIALS: Final = struct.Struct("3i")  # struct ucred: pid, uid, gid
DEFAULT_CAP: Final = 8 << 20
"""Largest frame in bytes: an enrolment picture of a phone camera fits, a runaway peer does not."""


class StreamClosed(Exception):
    """The other side is gone, or sent something after which no frame boundary can be trusted."""


def frame(body: bytes) -> bytes:
    """Return `body` with its 4-byte big-endian length before it."""
    return HEADER.pack(len(body)) + body


class Deframer:
    """Bytes in, whole frames out; no I/O.

    Raises StreamClosed on a length above the cap: what follows cannot be told from garbage.
    """

    def __init__(self, cap: int = DEFAULT_CAP) -> None:
        self._cap = cap
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take any split of the byte stream; return the frames it completes, in order."""
        self._pending += data
        frames = []
        while len(self._pending) >= HEADER.size:
            (length,) = HEADER.unpack_from(self._pending)
            if length > self._cap:
                raise StreamClosed(f"a frame of {length} bytes; the cap is {self._cap}")
            end = HEADER.size + length
            if len(self._pending) < end:
                break
            frames.append(bytes(self._pending[HEADER.size : end]))
            del self._pending[:end]
        return frames


class Stream:
    """Frames over one asyncio connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cap: int = DEFAULT_CAP
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._deframer = Deframer(cap)
        self._frames: list[bytes] = []
        self._cap = cap
        self.peer_uid = peer_uid(writer.get_extra_info("socket"))

    async def receive(self) -> bytes:
        """Return the next frame; raise StreamClosed when there will be none."""
        while not self._frames:
            try:
                data = await self._reader.read(1 << 18)
            except OSError as fault:
                raise StreamClosed(str(fault)) from fault
            if not data:
                raise StreamClosed("the other side closed the connection")
            self._frames = self._deframer.feed(data)
        return self._frames.pop(0)

    async def send(self, body: bytes) -> None:
        """Write one frame; raise StreamClosed when the other side is gone."""
        if len(body) > self._cap:
            raise StreamClosed(f"refusing to send {len(body)} bytes; the cap is {self._cap}")
        try:
            self._writer.write(frame(body))
            await self._writer.drain()
        except OSError as fault:
            raise StreamClosed(str(fault)) from fault

    def close(self) -> None:
        """Hang up; the peer sees the end of the stream."""
        with contextlib.suppress(OSError, RuntimeError):
            self._writer.close()


def peer_uid(connection: socket.socket) -> int:
    """Return the user id of the process at the other end (SO_PEERCRED, unix(7))."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    _pid, uid, _gid = CREDENTIALS.unpack(raw)
    return int(uid)


async def connect(path: Path, cap: int = DEFAULT_CAP, account: str = "") -> Stream:
    """Connect to a listening socket; raise StreamClosed when nobody we trust listens there.

    account: the other side's, where it is not ours.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError as fault:
        raise StreamClosed(
            f"{path}: {fault.strerror}; is the process that listens there running?"
        ) from fault
    stream = Stream(reader, writer, cap)
    if stream.peer_uid not in trusted(account):
        stream.close()
        raise StreamClosed(
            f"{path}: served by uid {stream.peer_uid}, which this process does not trust"
        )
    return stream


async def listen(
    path: Path,
    serve: Callable[[Stream], Awaitable[None]],
    cap: int = DEFAULT_CAP,
    account: str = "",
    uids: frozenset[int] = frozenset(),
    group: int = -1,
) -> asyncio.Server:
    """Serve every trusted connection to `path` (mode 0600 in a 0700 directory) with `serve`.

    account: one more that may connect; socket and directory then belong to its group as well.
    uids: accounts that are served, too, where file modes let them in. group: the id of a group
    whose members reach the socket; everybody may then pass through the directory (not list it).
    Raises OSError when the socket cannot be made, or given to that group.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    peers = trusted(account) | uids

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stream = Stream(reader, writer, cap)
        try:
            if stream.peer_uid in peers:
                await serve(stream)
        except (StreamClosed, asyncio.CancelledError):
            pass  # how every conversation ends: asyncio would log a cancelled one as a fault
        finally:
            stream.close()

    server = await asyncio.start_unix_server(accept, path)
    path.chmod(0o600)
    if account:
        _admit(path, pwd.getpwnam(account).pw_gid)
    if group >= 0:
        path.parent.chmod(stat.S_IMODE(path.parent.stat().st_mode) | stat.S_IXOTH)
        os.chown(path, -1, group)
        path.chmod(0o660)
    return server


def _admit(path: Path, group: int) -> None:
    """Let a group pass through the directory (not list it) and connect to the socket."""
    os.chown(path.parent, -1, group)
    path.parent.chmod(0o710)
    os.chown(path, -1, group)
    path.chmod(0o660)


def trusted(account: str = "") -> frozenset[int]:
    """Return the user ids to talk to: our own, root, which may do anything, and `account`'s.

    Raises OSError when there is no such account.
    """
    ours = {os.getuid(), 0}
    if not account:
        return frozenset(ours)
    try:
        return frozenset({*ours, pwd.getpwnam(account).pw_uid})
    except KeyError as fault:
        raise OSError(f"account {account!r} is not known here; make it, or name another") from fault

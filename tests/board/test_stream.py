"""Frames are what was sent, whole or in splinters; only who is trusted is served."""

import asyncio
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board.link import stream
from board.link.stream import Deframer, Stream, StreamClosed, frame
from tests.others import let_pass

BODIES = st.lists(st.binary(max_size=40), max_size=6)


@given(BODIES)
def test_frames_fed_whole(bodies: list[bytes]) -> None:
    assert Deframer().feed(b"".join(map(frame, bodies))) == bodies


@given(BODIES)
def test_frames_fed_byte_by_byte(bodies: list[bytes]) -> None:
    deframer, found = Deframer(), []
    for byte in b"".join(map(frame, bodies)):
        found += deframer.feed(bytes([byte]))
    assert found == bodies


@given(BODIES, st.data())
def test_frames_fed_in_any_pieces(bodies: list[bytes], data: st.DataObject) -> None:
    raw, deframer, found = b"".join(map(frame, bodies)), Deframer(), []
    while raw:
        length = data.draw(st.integers(1, len(raw)))
        found += deframer.feed(raw[:length])
        raw = raw[length:]
    assert found == bodies


def test_a_frame_at_the_cap_passes_and_one_above_ends_it() -> None:
    assert Deframer(cap=4).feed(frame(b"four")) == [b"four"]
    with pytest.raises(StreamClosed, match="5 bytes; the cap is 4"):
        Deframer(cap=4).feed(frame(b"fives")[:4])  # its length is enough: nothing is kept for it


@given(st.lists(st.binary(max_size=30), max_size=8))
def test_garbage_gives_frames_or_ends_the_stream(pieces: list[bytes]) -> None:
    deframer = Deframer(cap=64)
    try:
        found = [body for piece in pieces for body in deframer.feed(piece)]
    except StreamClosed:
        return
    assert b"".join(map(frame, found)) == b"".join(pieces)[: sum(len(b) + 4 for b in found)]


async def echo(connection: Stream) -> None:
    while True:
        await connection.send(await connection.receive())


def test_frames_go_there_and_back(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "run" / "a.sock"
        server = await stream.listen(path, echo)
        connection = await stream.connect(path)
        for body in (b"", b"one", bytes(1 << 20)):
            await connection.send(body)
            assert await connection.receive() == body
        assert connection.peer_uid == os.getuid()
        connection.close()
        server.close()
        await asyncio.sleep(0.05)

    asyncio.run(story())


def test_the_socket_is_its_owners_alone(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "run" / "a.sock"
        before = os.umask(0)
        try:
            server = await stream.listen(path, echo)
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        server.close()

    asyncio.run(story())


def test_a_stale_socket_file_is_replaced(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "a.sock"
        path.write_bytes(b"left behind")
        server = await stream.listen(path, echo)
        connection = await stream.connect(path)
        await connection.send(b"here")
        assert await connection.receive() == b"here"
        connection.close()
        server.close()
        await asyncio.sleep(0.05)

    asyncio.run(story())


def test_nobody_listening_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(StreamClosed, match=r"nobody\.sock: .*is the process .* running\?"):
        asyncio.run(stream.connect(tmp_path / "nobody.sock"))


def test_a_frame_above_the_cap_is_neither_sent_nor_taken(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "a.sock"
        server = await stream.listen(path, echo, cap=8)
        small, large = await stream.connect(path, cap=8), await stream.connect(path, cap=80)
        with pytest.raises(StreamClosed, match="refusing to send 9 bytes"):
            await small.send(bytes(9))
        await large.send(bytes(9))
        with pytest.raises(StreamClosed):
            await large.receive()
        small.close()
        large.close()
        server.close()
        await asyncio.sleep(0.05)

    asyncio.run(story())


SOMEBODY_ELSE = """
import os, socket, sys
os.setuid(65534)
with socket.socket(socket.AF_UNIX) as connection:
    connection.settimeout(10)
    connection.connect(sys.argv[1])
    try:
        connection.sendall(b"\\0\\0\\0\\2hi")
        answer = connection.recv(10)
    except ConnectionError:
        answer = b""
print(answer)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_peer_of_another_account_is_hung_up_on(tmp_path: Path) -> None:
    """Even with file modes that let it in: the kernel says who it is (SO_PEERCRED)."""

    async def story() -> None:
        path = tmp_path / "a.sock"
        server = await stream.listen(path, echo)
        path.chmod(0o777)
        let_pass(tmp_path)
        program = (sys.executable, "-c", SOMEBODY_ELSE, str(path))
        stranger = await asyncio.to_thread(
            subprocess.run, program, capture_output=True, text=True, timeout=30, check=False
        )
        ours = await stream.connect(path)
        await ours.send(b"hi")
        assert await ours.receive() == b"hi"
        assert stranger.stdout == "b''\n", stranger.stderr
        ours.close()
        server.close()
        await asyncio.sleep(0.05)

    asyncio.run(story())


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_peer_of_the_account_that_was_named_is_served(tmp_path: Path) -> None:
    """The co-processor's own account reaches the link, and nothing beside it."""

    async def story() -> None:
        path = tmp_path / "run" / "link.sock"
        server = await stream.listen(path, echo, account="nobody")
        let_pass(tmp_path)
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o710
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        other = await stream.listen(tmp_path / "run" / "admin.sock", echo)
        script = SOMEBODY_ELSE.replace("os.setuid", "os.setgroups([]); os.setgid(65534); os.setuid")
        guest, stranger = [
            await asyncio.to_thread(
                subprocess.run,
                (sys.executable, "-c", script, str(path.with_name(name))),
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            for name in ("link.sock", "admin.sock")
        ]
        assert "hi" in guest.stdout, guest.stderr
        assert "PermissionError" in stranger.stderr
        server.close()
        other.close()
        await asyncio.sleep(0.05)

    asyncio.run(story())


def test_an_account_that_is_not_there_is_named() -> None:
    with pytest.raises(OSError, match="'nemo' is not known here"):
        stream.trusted("nemo")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_server_of_another_account_is_not_spoken_to(tmp_path: Path) -> None:
    program = (
        "import os, socket, sys; os.setuid(65534); s = socket.socket(socket.AF_UNIX);"
        "s.bind(sys.argv[1]); s.listen(); print('up', flush=True); sys.stdin.read()"
    )
    let_pass(tmp_path)
    tmp_path.chmod(0o777)
    path = tmp_path / "a.sock"
    with subprocess.Popen(
        (sys.executable, "-c", program, str(path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as impostor:
        assert impostor.stdout
        assert impostor.stdout.readline() == b"up\n"
        with pytest.raises(StreamClosed, match=r"served by uid 65534, which .* does not trust"):
            asyncio.run(stream.connect(path))

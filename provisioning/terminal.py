"""A conversation with a running terminal, over its admin socket."""

import socket
from pathlib import Path
from typing import Final

import msgspec

from board.link import admin
from board.link.stream import Deframer, StreamClosed, frame

PATIENCE_S: Final = 15.0
"""An enrolment waits for the co-processor's template; everything else answers at once."""


class NoTerminal(Exception):
    """No terminal answers; the message says where it was looked for, and how to start one."""


def ask(state: Path, request: admin.Request, patience_s: float = PATIENCE_S) -> admin.Answer:
    """Return the answer of the terminal whose state directory this is; raise NoTerminal."""
    path = state / "run" / "admin.sock"
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(patience_s)
            connection.connect(str(path))
            connection.sendall(frame(msgspec.msgpack.encode(request)))
            return _answer(connection)
    except (OSError, StreamClosed, msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise NoTerminal(
            f"{path}: {fault}; is the terminal running? (`cardea simulate`)"
        ) from fault


def _answer(connection: socket.socket) -> admin.Answer:
    frames = Deframer()
    while True:
        data = connection.recv(1 << 18)
        if not data:
            raise StreamClosed("the terminal hung up")
        for body in frames.feed(data):
            answer: admin.Answer = msgspec.msgpack.decode(body, type=admin.Answer)
            return answer

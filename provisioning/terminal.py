"""A conversation with a running terminal, over its admin socket."""

import argparse
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from board.link import admin, answers
from board.link.stream import Deframer, StreamClosed, frame
from provisioning.pages import Question, whole

Line = TypeVar("Line")

PATIENCE_S: Final = 15.0
"""An enrolment waits for the co-processor's template; everything else answers at once."""


class NoTerminal(Exception):
    """No terminal answers; the message says where it was looked for, and how to start one."""


class WouldRefuse(Exception):
    """What was only to be tried (--dry-run) would be refused; the message says why."""


def common_options(parser: argparse.ArgumentParser, *actions: argparse.ArgumentParser) -> None:
    """Take --state and --json, before an action's name or after it."""
    parser.add_argument("--state", type=Path, default=Path("state"), help="state directory")
    parser.add_argument("--json", action="store_true", help="for programs: what is listed")
    for action in actions:
        action.add_argument("--state", type=Path, default=argparse.SUPPRESS, help="state directory")
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def dry_run(parser: argparse.ArgumentParser, action: argparse.ArgumentParser) -> None:
    """Let an action take --dry-run: the command then asks for the list, and shows a `preview`."""
    parser.set_defaults(dry_run=False)
    action.add_argument("--dry-run", action="store_true", help="say what would be lost, no more")


def preview(
    options: argparse.Namespace, lost: list[Line], show: Callable[[list[Line]], str], missing: str
) -> str:
    """What would be lost, as lists show it. Raises WouldRefuse where there is nothing to lose."""
    if not lost:
        raise WouldRefuse(missing)
    if options.json:
        return json_of(lost)
    return f"would be lost:\n{show(lost)}\nNothing was changed."


def ask(state: Path, request: admin.Request, patience_s: float = PATIENCE_S) -> answers.Answer:
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


def carry_out(state: Path, request: admin.Request, show: Callable[[answers.Answer], str]) -> int:
    """Ask, and print what `show` makes of the answer; returns the exit code.

    1: refused, the sentence says why; 2: no terminal.
    """
    try:
        answer = _whole(state, request)
    except NoTerminal as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2
    if isinstance(answer, answers.Refused):
        print(f"cardea: {answer.sentence}", file=sys.stderr)
        return 1
    try:
        print(show(answer))
    except WouldRefuse as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 1
    return 0


def _whole(state: Path, request: admin.Request) -> answers.Answer:
    """The answer; of a list that comes in pages, all of them."""
    if isinstance(request, Question):
        return whole(lambda page: ask(state, page), request)
    return ask(state, request)


def json_of(answer: object) -> str:
    """For programs: any part of an answer, laid out."""
    return msgspec.json.format(msgspec.json.encode(answer)).decode()


def _answer(connection: socket.socket) -> answers.Answer:
    frames = Deframer()
    while True:
        data = connection.recv(1 << 18)
        if not data:
            raise StreamClosed("the terminal hung up")
        for body in frames.feed(data):
            answer: answers.Answer = msgspec.msgpack.decode(body, type=answers.Answer)
            return answer

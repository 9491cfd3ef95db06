"""The roster of a running terminal as CSV or JSON, or its signed journal as JSON Lines."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from board.link import admin, answers
from provisioning.rosters.file import text
from provisioning.terminal import NoTerminal, ask

OUT: Final = Path("-")
PIECE: Final = 1_000


class Refusal(Exception):
    """The terminal refuses; the message is its sentence."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="made, and readable by you alone; -: printed")
    parser.add_argument("--format", choices=("csv", "json"), help="default: by the file's suffix")
    parser.add_argument(
        "--journal", action="store_true", help="the signed journal instead, JSON Lines"
    )
    parser.add_argument("--state", type=Path, default=Path("state"), help="state directory")


def run(options: argparse.Namespace) -> int:
    """Exit code 1: refused; 2: no terminal, or the file cannot be made (it may be there)."""
    form = options.format or options.file.suffix.lstrip(".").lower() or "csv"
    if not options.journal and form not in ("csv", "json"):
        print(
            f"cardea: {options.file}: neither .csv nor .json; say --format csv or json",
            file=sys.stderr,
        )
        return 2
    try:
        if options.journal:
            _write(options.file, _entries(options.state))
        else:
            _roster(options, form)
    except Refusal as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 1
    except (NoTerminal, OSError) as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2
    return 0


def _roster(options: argparse.Namespace, form: str) -> None:
    keyless = [0]
    rows = list(_rows(options.state, keyless.append))
    _write(options.file, iter((text(rows, form),)))
    told = f"{len(rows):,} holders"
    if keyless[-1]:
        told += (
            f"; {keyless[-1]:,} more have no key and are in no roster: "
            f"`cardea holders set ID --key KEY` gives one"
        )
    print(told, file=sys.stderr)


def _rows(state: Path, keyless: Callable[[int], None]) -> Iterator[admin.RosterRow]:
    after = ""
    while True:
        answer = _allowed(state, admin.RosterExport(after))
        assert isinstance(answer, answers.RosterExportAnswer)
        keyless(answer.keyless)
        if not answer.rows:
            return
        yield from answer.rows
        after = answer.rows[-1].cells["key"]


def _entries(state: Path) -> Iterator[str]:
    """The journal up to where it has just been signed, each checkpoint behind its entry."""
    signed = list(_checkpoints(state))
    last = signed[-1].entries if signed else 0
    behind = {checkpoint.entries: _line(checkpoint) for checkpoint in signed}
    after = 0
    while after < last:
        answer = _allowed(state, admin.Journal(after, min(PIECE, last - after)))
        assert isinstance(answer, answers.JournalAnswer)
        if not answer.entries:
            return
        yield "".join(_line(each) + behind.get(each.sequence, "") for each in answer.entries)
        after = answer.entries[-1].sequence


def _checkpoints(state: Path) -> Iterator[answers.Checkpoint]:
    after = 0
    while True:
        answer = _allowed(state, admin.Checkpoints(after))
        assert isinstance(answer, answers.CheckpointsAnswer)
        if not answer.checkpoints:
            return
        yield from answer.checkpoints
        after = answer.checkpoints[-1].entries


def _line(told: answers.Entry | answers.Checkpoint) -> str:
    return msgspec.json.encode(told).decode() + "\n"


def _allowed(state: Path, request: admin.Request) -> answers.Answer:
    answer = ask(state, request)
    if isinstance(answer, answers.Refused):
        raise Refusal(answer.sentence)
    return answer


def _write(file: Path, parts: Iterator[str]) -> None:
    """Names and card numbers go to a new file that nobody else may read. Raises OSError."""
    if file == OUT:
        sys.stdout.writelines(parts)
        return
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        stream.writelines(parts)

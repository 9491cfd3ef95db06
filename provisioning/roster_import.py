"""Take the site's roster from a CSV or JSON file into a running terminal: all of it or nothing."""

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from board.link import admin, answers
from provisioning.rosters.file import RosterFileError, parse
from provisioning.table import table
from provisioning.terminal import NoTerminal, ask, common_options, json_of

LARGEST_BYTES: Final = 64 << 20
PIECE: Final = 1 << 20
"""Characters of cells that are sent in one frame: the terminal takes 8 MiB."""

PATIENCE_S: Final = 120.0
TOLD: Final = 100
"""Faults that are told; of more, the number."""


class Refusal(Exception):
    """The terminal refuses; the message is its sentence."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="docs/roster.md tells its columns")
    parser.add_argument("--format", choices=("csv", "json"), help="default: by the file's suffix")
    missing = "forget holders with a key that is not in the file; others are left alone"
    parser.add_argument("--remove-missing", action="store_true", help=missing)
    parser.add_argument("--dry-run", action="store_true", help="only say what would be changed")
    common_options(parser)


def run(options: argparse.Namespace) -> int:
    """Exit code 0: done, or nothing to do; 1: refused, nothing is changed; 2: no file, terminal."""
    form = options.format or options.file.suffix.lstrip(".").lower()
    try:
        if form not in ("csv", "json"):
            raise RosterFileError("neither .csv nor .json; say --format csv or json")
        answer = _sent(options, _raw(options.file), form)
    except RosterFileError as fault:
        print(f"cardea: {options.file}: {fault}", file=sys.stderr)
        return 2
    except Refusal as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 1
    except (NoTerminal, OSError) as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2
    if answer.faults:
        where = "line" if form == "csv" else "object"
        print("\n".join(_faults(answer, options.file, where)), file=sys.stderr)
    if options.json:
        print(json_of(answer))
    elif not answer.faults:
        print("\n".join(_told(answer, dry_run=options.dry_run)))
    return 1 if answer.faults else 0


def _raw(file: Path) -> bytes:
    with file.open("rb") as stream:
        raw = stream.read(LARGEST_BYTES + 1)
    if len(raw) > LARGEST_BYTES:
        raise RosterFileError(f"more than {LARGEST_BYTES >> 20} MiB; cut it in two")
    return raw


def _sent(options: argparse.Namespace, raw: bytes, form: str) -> answers.RosterAnswer:
    """Send what can be read. With rows that cannot, only to learn what else is wrong."""
    parsed = parse(raw, form)
    roster = _done(options, admin.RosterBegin(hashlib.sha256(raw).hexdigest()))
    for piece in _pieces(parsed.rows):
        _done(options, admin.RosterRows(roster, piece))
    dry_run = options.dry_run or bool(parsed.faults)
    answer = _allowed(options, admin.RosterCommit(roster, options.remove_missing, dry_run))
    assert isinstance(answer, answers.RosterAnswer)
    if not parsed.faults:
        return answer
    both = sorted((*parsed.faults, *answer.faults), key=lambda fault: fault.line)
    more = answer.more_faults + max(0, len(both) - TOLD)
    return answers.RosterAnswer(faults=tuple(both[:TOLD]), more_faults=more)


def _done(options: argparse.Namespace, request: admin.Request) -> str:
    answer = _allowed(options, request)
    assert isinstance(answer, answers.Done)
    return answer.id


def _allowed(options: argparse.Namespace, request: admin.Request) -> answers.Answer:
    answer = ask(options.state, request, PATIENCE_S)
    if isinstance(answer, answers.Refused):
        raise Refusal(answer.sentence)
    return answer


def _pieces(parsed: Sequence[admin.RosterRow]) -> Iterator[tuple[admin.RosterRow, ...]]:
    piece: list[admin.RosterRow] = []
    size = 0
    for row in parsed:
        piece.append(row)
        size += 200 + sum(map(len, row.cells.values()))
        if size > PIECE:
            yield tuple(piece)
            piece, size = [], 0
    yield tuple(piece)


def _faults(answer: answers.RosterAnswer, file: Path, where: str) -> Iterator[str]:
    count = len(answer.faults) + answer.more_faults
    yield f"cardea: {file}: {count:,} faults; nothing was changed"
    for fault in answer.faults:
        yield f"  {where} {fault.line}: {fault.column}: {fault.reason}"
    if answer.more_faults:
        yield f"  and {answer.more_faults:,} more"


def _told(answer: answers.RosterAnswer, *, dry_run: bool) -> Iterator[str]:
    lost = len(answer.lost) + answer.more_lost
    if not (answer.added or answer.changed or lost):
        yield f"{answer.same:,} holders are as the file says; nothing was changed"
        return
    yield (
        f"{'would be: ' if dry_run else ''}{answer.added:,} added, {answer.changed:,} changed, "
        f"{answer.same:,} as they were, {lost:,} {'lost' if dry_run else 'removed'}"
    )
    if lost:
        yield table(("id", "key", "name"), [(one.id, one.key, one.name) for one in answer.lost])
    if answer.more_lost:
        yield f"and {answer.more_lost:,} more"
    if dry_run:
        yield "Nothing was changed."

"""Show the journal of a running terminal, or follow it."""

import argparse
import sys
from typing import Final

import msgspec

from board.link import admin, answers
from provisioning.terminal import NoTerminal, ask, common_options

PIECE: Final = 500
WAIT_MS: Final = 10_000
"""The terminal answers after this at the latest; then it is asked again."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--after", type=int, default=0, metavar="N", help="entries behind this one")
    parser.add_argument("--follow", action="store_true", help="wait for more until interrupted")
    common_options(parser)


def run(options: argparse.Namespace) -> int:
    """Print line by line, with --json each a JSON object. Exit code 1: refused; 2: no terminal."""
    after = options.after
    try:
        while True:
            request = admin.Journal(after, PIECE, WAIT_MS if options.follow else 0)
            answer = ask(options.state, request, WAIT_MS / 1000 + 15)
            if not isinstance(answer, answers.JournalAnswer):
                sentence = answer.sentence if isinstance(answer, answers.Refused) else str(answer)
                print(f"cardea: {sentence}", file=sys.stderr)
                return 1
            for entry in answer.entries:
                print(_line(entry, as_json=options.json), flush=True)
                after = entry.sequence
            if not answer.entries and not options.follow:
                return 0
    except NoTerminal as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


def _line(entry: answers.Entry, *, as_json: bool) -> str:
    if as_json:
        return msgspec.json.encode(entry).decode()
    words = [f"{word}={_word(value)}" for word, value in entry.body.items() if value != ""]
    attempt = [f"attempt={entry.attempt}"] if entry.attempt else []
    head = f"{entry.sequence:>7}  {entry.time}  {entry.portal:<10} {entry.kind}"
    return "  ".join([head, *attempt, *words])


def _word(value: str | int | bool | list[str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(value) if isinstance(value, list) else str(value)

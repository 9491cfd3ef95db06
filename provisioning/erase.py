"""Erase a holder from a running terminal, or with --dry-run only say what would be lost."""

import argparse
import sys
from pathlib import Path
from typing import Final

import msgspec

from board.link import admin, answers
from provisioning.terminal import NoTerminal, ask

PATIENCE_S: Final = 300.0
"""The whole vault is searched afterwards, a slice at a time: the door comes first."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("holder", help="the holder's id: `cardea holders` lists them")
    parser.add_argument("--dry-run", action="store_true", help="change nothing")
    parser.add_argument("--state", type=Path, default=Path("state"), help="state directory")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace) -> int:
    """Exit code 0: erased and nothing found; 1: refused, or something is left; 2: no terminal."""
    try:
        answer = ask(options.state, admin.Erase(options.holder, options.dry_run), PATIENCE_S)
    except NoTerminal as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2
    if isinstance(answer, answers.EraseAnswer):
        print(_json(answer) if options.json else "\n".join(_text(options.holder, answer)))
        return 1 if answer.found else 0
    sentence = answer.sentence if isinstance(answer, answers.Refused) else str(answer)
    print(f"cardea: {sentence}", file=sys.stderr)
    return 1


def _json(answer: answers.EraseAnswer) -> str:
    return msgspec.json.format(msgspec.json.encode(answer)).decode()


def _text(holder: str, answer: answers.EraseAnswer) -> list[str]:
    lost = answer.lost
    pin = "a PIN" if lost.pin else "no PIN"
    what = f"{lost.name}: {lost.cards} cards, {pin}, {lost.faces} faces"
    portals = f"may pass {', '.join(lost.portals) or 'no portal'}"
    if not answer.erased:
        return [f"would be lost of {holder}: {what}; {portals}", "Nothing was changed."]
    lines = [f"erased {holder}: {what}; {portals}", "The journal keeps the id alone. Searched:"]
    lines += [f"  {count:>12,} {where}" for where, count in answer.searched.items()]
    if answer.found:
        return [
            *lines,
            "FOUND; look at it, for it may be theirs:",
            *(f"  {f}" for f in answer.found),
        ]
    return [*lines, "Found: nothing."]

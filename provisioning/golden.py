"""The golden set of a running terminal: make it, check it now, or forget it."""

import argparse
import sys
from pathlib import Path
from typing import Final

import msgspec

from board.link import admin, answers
from provisioning.enrol import TooLarge, read
from provisioning.terminal import NoTerminal, ask

PATIENCE_S: Final = 90.0
"""The pictures are asked for one by one, and the door comes first."""

CONSENT: Final = (
    "who agreed to what, e.g. 'A. Lovelace and B. Ben, paper of 2026-11-23'; kept beside"
)
PICTURES: Final = (
    "JPEG or PNG: two or three people twice each, and a view without anybody; 24 at most"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="make|check|forget")
    make = actions.add_parser("make", help="keep these pictures and today's answers, encrypted")
    make.add_argument("pictures", type=Path, nargs="+", help=PICTURES)
    make.add_argument("--consent", required=True, help=CONSENT)
    check = actions.add_parser("check", help="ask them all again, now")
    check.add_argument("--json", action="store_true", help="for programs")
    forget = actions.add_parser("forget", help="erase pictures and answers: consent taken back")
    for action in (make, check, forget):
        action.add_argument("--state", type=Path, default=Path("state"), help="state directory")


def run(options: argparse.Namespace) -> int:
    """Exit code 0: kept, forgotten or the same; 1: refused, or answers differ; 2: no terminal."""
    try:
        answer = ask(options.state, _request(options), PATIENCE_S)
    except (NoTerminal, TooLarge, OSError) as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2
    if isinstance(answer, answers.GoldenAnswer):
        print(_json(answer) if getattr(options, "json", False) else _text(options.action, answer))
        return 1 if answer.differs else 0
    sentence = answer.sentence if isinstance(answer, answers.Refused) else str(answer)
    print(f"cardea: {sentence}", file=sys.stderr)
    return 1


def _request(options: argparse.Namespace) -> admin.Golden:
    if options.action == "make":
        return admin.Golden(read(options.pictures), options.consent)
    return admin.Golden(forget=options.action == "forget")


def _json(answer: answers.GoldenAnswer) -> str:
    return msgspec.json.format(msgspec.json.encode(answer)).decode()


def _text(action: str, answer: answers.GoldenAnswer) -> str:
    if action == "forget":
        return "the golden set is erased; a new bundle is taken without a check until there is one"
    if action == "make":
        kept = f"{answer.pictures} pictures are kept; they are checked at every start"
        doubt = "Who was taken for one person is kept as the truth: make the set anew if it is not."
        return "\n".join([kept, *answer.notes, doubt])
    if not answer.pictures:
        return "there is no golden set; `cardea golden make` keeps one"
    if not answer.differs:
        return f"all {answer.pictures} answers are as they were"
    return "\n".join([*answer.differs, "No face is asked for until a check passes."])

"""Who must come again after new models, as a plan; and a known holder's new face."""

import argparse
import sys
from pathlib import Path
from typing import Final

import msgspec

from board.link import admin, answers
from provisioning.enrol import FACE, TooLarge, read
from provisioning.terminal import NoTerminal, ask

NOBODY: Final = "every face that is enrolled can be compared; nobody must come again"
REMEDY: Final = """\
Their faces were made by other networks and are compared with nothing; until then each door asks
them for what `without_face` says. Let each come, and with two or three new pictures:
  cardea reenrol ID --face A.jpg --face B.jpg --face C.jpg"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("holder", nargs="?", default="", help="id of the holder who is there now")
    parser.add_argument("--face", type=Path, action="append", default=[], help=FACE)
    wording = "what is agreed to now; default: what was agreed to before stays"
    parser.add_argument("--consent", default="", metavar="TEXT", help=wording)
    parser.add_argument("--plan", action="store_true", help="only list who must come; the default")
    parser.add_argument("--state", type=Path, default=Path("state"), help="state directory")
    parser.add_argument("--json", action="store_true", help="the plan, for programs")


def run(options: argparse.Namespace) -> int:
    """Exit code 0 also when somebody must come: that is an answer, not a fault."""
    plan = options.plan or not options.holder
    if (plan and options.face) or (not plan and not options.face):
        print(
            "cardea: a new face wants the holder's id and --face; a plan neither", file=sys.stderr
        )
        return 2
    try:
        pictures = read(options.face)
        whom = "" if plan else options.holder
        answer = ask(options.state, admin.Reenrol(whom, pictures, options.consent))
    except (NoTerminal, TooLarge, OSError) as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2
    if isinstance(answer, answers.ReenrolAnswer):
        print(_json(answer) if options.json else _table(answer))
        return 0
    if isinstance(answer, answers.Done):
        print(f"{answer.id} has a new face; the older ones are gone")
        return 0
    sentence = answer.sentence if isinstance(answer, answers.Refused) else str(answer)
    print(f"cardea: {sentence}", file=sys.stderr)
    return 1


def _json(answer: answers.ReenrolAnswer) -> str:
    plan = {"bundle": answer.bundle, "holders": answer.holders}
    return msgspec.json.format(msgspec.json.encode(plan)).decode()


def _table(answer: answers.ReenrolAnswer) -> str:
    if not answer.holders:
        return f"A plan; nothing was changed. Networks {answer.bundle}: {NOBODY}."
    rows = [("id", "name", "face made by"), *((h.id, h.name, h.bundle) for h in answer.holders)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    count = f"{len(answer.holders)} must come again"
    head = f"A plan; nothing was changed. Networks {answer.bundle}: {count}."
    return "\n".join([head, "", *lines, "", REMEDY])

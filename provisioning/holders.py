"""List the holders of a running terminal."""

import argparse
import sys
from pathlib import Path

import msgspec

from board.link import admin
from provisioning.table import table
from provisioning.terminal import NoTerminal, ask


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", type=Path, default=Path("state"), help="state directory")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace) -> int:
    try:
        answer = ask(options.state, admin.Holders())
    except NoTerminal as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2
    if isinstance(answer, admin.HoldersAnswer):
        print(_json(answer) if options.json else _table(answer))
        return 0
    print(f"cardea: {answer}", file=sys.stderr)
    return 1


def _json(answer: admin.HoldersAnswer) -> str:
    return msgspec.json.format(msgspec.json.encode(answer.holders)).decode()


def _table(answer: admin.HoldersAnswer) -> str:
    head = ("id", "name", "status", "cards", "PIN", "faces", "portals", "groups")
    rows = [
        (
            holder.id,
            holder.name,
            holder.status,
            str(holder.cards),
            "yes" if holder.pin else "no",
            str(holder.faces),
            ", ".join(holder.portals),
            ", ".join(holder.groups),
        )
        for holder in answer.holders
    ]
    return table(head, rows)

"""The clock of a running terminal as its schedules see it; accept: believe it from now on."""

import argparse
from pathlib import Path
from typing import Final

from board.link import admin, answers
from provisioning.terminal import carry_out, json_of

DOUBTS: Final = {
    "": "believed",
    "never_set": "NOT BELIEVED, it was never set: schedules are shut until it is",
    "jumped": "NOT BELIEVED, it has jumped: schedules are shut until it is put right, or accepted",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action", nargs="?", choices=("show", "accept"), default="show", help="default: show"
    )
    parser.add_argument("--state", type=Path, default=Path("state"), help="state directory")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace) -> int:
    request = admin.Clock(accept=options.action == "accept")
    return carry_out(options.state, request, lambda answer: _text(options, answer))


def _text(options: argparse.Namespace, answer: answers.Answer) -> str:
    if options.json or not isinstance(answer, answers.ClockAnswer):
        return json_of(answer)
    return f"{answer.time} {answer.time_zone}: {DOUBTS[answer.doubt]}"

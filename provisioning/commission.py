"""Fit the attack score to this site, with three people and their pictures."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from board.link import admin, answers
from provisioning.terminal import PATIENCE_S, NoTerminal, ask

SECONDS: Final = 12
MOST_SECONDS: Final = 60
FIT_S: Final = 45.0
PEOPLE: Final = 3
SHOWN: Final = ("live", "print", "phone", "tablet")
ASKS: Final = {
    "live": "person {person}: stand before the camera, then `cardea commission live --person"
    " {person}`",
    "print": "person {person}: hold a printed picture of their face before the camera, then"
    " `cardea commission print --person {person}`",
    "phone": "person {person}: hold a phone with their picture before the camera, then"
    " `cardea commission phone --person {person}`",
    "tablet": "person {person}: hold a tablet with their picture before the camera, then"
    " `cardea commission tablet --person {person}`",
}
WORDS: Final = {
    "none": "not calibrated: the first constants are in force, and a second factor is wanted",
    "site": "calibrated to this site",
    "void": "VOID: the camera was moved or changed; forget, and commission again",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "step",
        choices=(*SHOWN, "fit", "report", "forget"),
        help="what stands before the camera now; or fit, report how it stands, forget all",
    )
    parser.add_argument("--person", type=int, default=0, help="which of the people: 1, 2, 3, ...")
    parser.add_argument(
        "--seconds", type=int, default=SECONDS, help=f"how long to look (default {SECONDS})"
    )
    parser.add_argument("--state", type=Path, default=Path("state"), help="state directory")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace) -> int:
    request = _request(options)
    if request.action == "observe" and not options.json:
        print(f"looking for {options.seconds} s ...", flush=True)
    try:
        answer = ask(options.state, request, PATIENCE_S + request.observe_ms / 1_000 + FIT_S)
    except NoTerminal as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2
    if isinstance(answer, answers.CommissionAnswer):
        print(_json(answer) if options.json else report(answer))
        return 0
    sentence = answer.sentence if isinstance(answer, answers.Refused) else str(answer)
    print(f"cardea: {sentence}", file=sys.stderr)
    return 1


def _request(options: argparse.Namespace) -> admin.Commission:
    if options.step not in SHOWN:
        return admin.Commission(options.step)
    seconds = min(max(options.seconds, 0), MOST_SECONDS)
    return admin.Commission("observe", options.step, options.person, 1_000 * seconds)


def _json(answer: answers.CommissionAnswer) -> str:
    return msgspec.json.format(msgspec.json.encode(answer)).decode()


def report(answer: answers.CommissionAnswer) -> str:
    """All there is to know, and what comes next."""
    parts = [WORDS[answer.calibration], table(answer.observed), figures(answer), following(answer)]
    return "\n\n".join(part for part in parts if part)


def table(observed: Mapping[str, int]) -> str:
    """Windows of about three seconds, by person and what was shown; "" before the first."""
    if not observed:
        return ""
    people = {int(key.split()[0]) for key in observed} | set(range(1, PEOPLE + 1))
    rows: list[tuple[str, ...]] = [("windows", *SHOWN)]
    rows += [
        (f"person {one}", *(str(observed.get(f"{one} {what}", "-")) for what in SHOWN))
        for one in sorted(people)
    ]
    return "\n".join("".join(cell.ljust(10) for cell in row).rstrip() for row in rows)


def figures(answer: answers.CommissionAnswer) -> str:
    """What the fit is worth to people it never saw; "" before there is one."""
    if answer.apcer_permille < 0:
        return ""
    return "\n".join(
        [
            "each person judged by the others' fit (in brackets: 95 % upper bound)",
            f"  attacks let pass, worst kind ({answer.worst})  "
            f"{_percent(answer.apcer_permille)} ({_percent(answer.apcer_high_permille)})",
            "  living people refused              "
            f"{_percent(answer.bpcer_permille)} ({_percent(answer.bpcer_high_permille)})",
            f"  living people asked to turn        {_percent(answer.asked_permille)}",
            f"  passes of consenting holders since {answer.live}",
        ]
    )


def following(answer: answers.CommissionAnswer) -> str:
    """What to do next."""
    for person in range(1, PEOPLE + 1):
        for what in SHOWN:
            if not answer.observed.get(f"{person} {what}"):
                return "" if answer.calibration == "site" else f"next: {_asked(what, person)}"
    return "" if answer.calibration == "site" else "next: `cardea commission fit`"


def _asked(what: str, person: int) -> str:
    return ASKS[what].format(person=person)


def _percent(permille: int) -> str:
    return f"{permille / 10:.1f} %"

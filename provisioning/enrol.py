"""Enrol a holder at a running terminal: card, PIN, and a face from a picture file."""

import argparse
import getpass
import sys
from pathlib import Path

from board.link import admin
from provisioning.terminal import NoTerminal, ask


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="the holder's name; it never leaves the terminal")
    parser.add_argument("--state", type=Path, default=Path("state"), help="state directory")
    parser.add_argument("--format", default="H10301", help="card format (default: 26 bits)")
    parser.add_argument("--facility", type=int, required=True, help="facility code of the card")
    parser.add_argument("--number", type=int, required=True, help="number of the card")
    parser.add_argument("--pin", action="store_true", help="ask for a PIN, without showing it")
    parser.add_argument("--duress-pin", action="store_true", help="ask for one that calls for help")
    parser.add_argument("--face", type=Path, help="picture of the face, JPEG or PNG")
    parser.add_argument("--portal", action="append", default=[], help="may pass here; default all")


def run(options: argparse.Namespace) -> int:
    try:
        answer = ask(options.state, _request(options))
    except (NoTerminal, OSError) as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2
    if isinstance(answer, admin.Done):
        print(f"enrolled as {answer.id}")
        return 0
    sentence = answer.sentence if isinstance(answer, admin.Refused) else str(answer)
    print(f"cardea: {sentence}", file=sys.stderr)
    return 1


def _request(options: argparse.Namespace) -> admin.Enrol:
    return admin.Enrol(
        name=options.name,
        format=options.format,
        facility=options.facility,
        number=options.number,
        pin=_secret("PIN", options.pin),
        duress_pin=_secret("Duress PIN", options.duress_pin),
        pictures=(options.face.read_bytes(),) if options.face else (),
        portals=tuple(options.portal),
    )


def _secret(what: str, wanted: bool) -> str:
    return getpass.getpass(f"{what} (4 to 12 digits): ") if wanted else ""

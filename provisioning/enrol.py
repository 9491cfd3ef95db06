"""Enrol a holder at a running terminal: card, PIN, and a face from picture files."""

import argparse
import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from board.link import admin, answers
from board.link.stream import DEFAULT_CAP
from provisioning.terminal import NoTerminal, ask

FACE: Final = (
    "picture of the face, JPEG or PNG; up to five of one person: three different pictures halve the"
    " false rejections (docs/accuracy.md)"
)
ROOM_BYTES: Final = DEFAULT_CAP - (1 << 16)
"""What pictures may take of the one frame that a command is sent in."""


class TooLarge(Exception):
    """The pictures do not fit into one command; the message names the largest."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="the holder's name; it never leaves the terminal")
    parser.add_argument("--state", type=Path, default=Path("state"), help="state directory")
    parser.add_argument("--format", default="H10301", help="card format (default: 26 bits)")
    parser.add_argument("--facility", type=int, required=True, help="facility code of the card")
    parser.add_argument("--number", type=int, required=True, help="number of the card")
    parser.add_argument("--pin", action="store_true", help="ask for a PIN, without showing it")
    parser.add_argument("--duress-pin", action="store_true", help="ask for one that calls for help")
    parser.add_argument("--face", type=Path, action="append", default=[], help=FACE)
    parser.add_argument("--portal", action="append", default=[], help="may pass here; default all")
    parser.add_argument(
        "--group", action="append", default=[], help="has its rights, and no others by default"
    )


def run(options: argparse.Namespace) -> int:
    try:
        answer = ask(options.state, _request(options))
    except (NoTerminal, TooLarge, OSError) as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2
    if isinstance(answer, answers.Done):
        print(f"enrolled as {answer.id}")
        return 0
    sentence = answer.sentence if isinstance(answer, answers.Refused) else str(answer)
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
        pictures=read(options.face),
        portals=tuple(options.portal),
        groups=tuple(options.group),
    )


def read(paths: Sequence[Path]) -> tuple[bytes, ...]:
    """The picture files, in order. Raises TooLarge, OSError."""
    sizes = {path: path.stat().st_size for path in paths}
    if sum(sizes.values()) > ROOM_BYTES:
        largest = max(sizes, key=lambda path: sizes[path])
        raise TooLarge(
            f"{largest}: the pictures have {sum(sizes.values()) / (1 << 20):.1f} MiB and the"
            f" terminal takes {ROOM_BYTES / (1 << 20):.1f}; save this one smaller"
        )
    return tuple(path.read_bytes() for path in paths)


def _secret(what: str, wanted: bool) -> str:
    return getpass.getpass(f"{what} (4 to 12 digits): ") if wanted else ""

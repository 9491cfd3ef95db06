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
    wording = "what was agreed to for the face; default: consent.wording of site.toml"
    parser.add_argument("--consent", default="", metavar="TEXT", help=wording)
    holder_options(parser)
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
        more=cells(options),
        consent=options.consent,
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


def holder_options(parser: argparse.ArgumentParser) -> None:
    """What holders may be beside their name: in the words of a roster (docs/roster.md)."""
    day = "a day, 2026-12-31, or 2026-12-31T18:00"
    parser.add_argument("--from", dest="valid_from", metavar="DAY", help=f"counts from then: {day}")
    until = 'counts until then, a day to its end; "": for ever'
    parser.add_argument("--until", dest="valid_until", metavar="DAY", help=until)
    flag = argparse.BooleanOptionalAction
    parser.add_argument("--visitor", action=flag, help="needs --until, and may be forgotten then")
    parser.add_argument("--extended", action=flag, help="the door stays released for longer")
    escort = ("needs", "may", "no")
    parser.add_argument("--escort", choices=escort, help="never alone; or lets such in; or neither")
    parser.add_argument("--key", help="the site's own id of this holder, as in its roster")


def cells(options: argparse.Namespace) -> dict[str, str]:
    """What of `holder_options` was given, as cells of a roster."""
    given = {
        "key": options.key,
        "valid_from": options.valid_from,
        "valid_until": options.valid_until,
        "visitor": _flag(options.visitor),
        "extended": _flag(options.extended),
        "escort": "" if options.escort == "no" else options.escort,
    }
    return {column: cell for column, cell in given.items() if cell is not None}


def _flag(given: bool | None) -> str | None:
    return None if given is None else ("yes" if given else "no")


def _secret(what: str, wanted: bool) -> str:
    return getpass.getpass(f"{what} (4 to 12 digits): ") if wanted else ""

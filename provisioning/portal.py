"""Portals of a running terminal: how they stand, or put one into a mode."""

import argparse
import sys

from board.link import admin, answers
from provisioning.table import table
from provisioning.terminal import carry_out, common_options, json_of


class NoPortal(Exception):
    """There is no portal of this name; the message says which there are."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("portal", nargs="?", default="", help="this one only")
    parser.add_argument("mode", nargs="?", choices=("normal", "free", "lockdown"), help="be this")
    common_options(parser)


def run(options: argparse.Namespace) -> int:
    if options.mode:
        said = f"portal {options.portal} is {options.mode}"
        return carry_out(options.state, admin.SetMode(options.portal, options.mode), lambda _: said)
    try:
        return carry_out(options.state, admin.Status(), lambda answer: _text(options, answer))
    except NoPortal as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2


def _text(options: argparse.Namespace, answer: answers.Answer) -> str:
    assert isinstance(answer, answers.StatusAnswer)
    portals = {name: one for name, one in answer.portals.items() if options.portal in ("", name)}
    if not portals:
        raise NoPortal(f"no portal {options.portal!r} here; there is {', '.join(answer.portals)}")
    return json_of(portals) if options.json else _table(portals)


def _table(portals: dict[str, answers.PortalStatus]) -> str:
    rows = [
        (name, one.mode, one.lock, one.leaf, "yes" if one.released else "no", one.alarm)
        for name, one in portals.items()
    ]
    return table(("portal", "mode", "lock", "leaf", "released", "alarm"), rows)

"""Lock a portal down so that nobody may enter, or lift that; who is inside can always leave."""

import argparse

from board.link import admin
from provisioning.terminal import carry_out, common_options


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("portal", help="the portal's name: `cardea portal` lists them")
    parser.add_argument("--lift", action="store_true", help="back to normal")
    common_options(parser)


def run(options: argparse.Namespace) -> int:
    request = admin.SetMode(options.portal, "normal" if options.lift else "lockdown")
    now = "back to normal" if options.lift else "locked down; the exit works"
    return carry_out(options.state, request, lambda _: f"portal {options.portal} is {now}")

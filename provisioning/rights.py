"""Rights that holders have by themselves, not by a group: list, set, drop."""

import argparse

from board.link import admin, answers
from provisioning.table import table
from provisioning.terminal import carry_out, common_options, json_of


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="list|set|drop")
    shown = actions.add_parser("list", help="all of them; the default")
    make = actions.add_parser("set", help="let a holder pass a portal")
    make.add_argument("--schedule", default="", help="while this is open; default: always")
    drop = actions.add_parser("drop", help="take a holder's own right; those of groups stay")
    for one in (make, drop):
        one.add_argument("holder", help="the holder's id: `cardea holders` lists them")
        one.add_argument("--portal", required=True)
    common_options(parser, shown, make, drop)


def run(options: argparse.Namespace) -> int:
    return carry_out(options.state, _request(options), lambda answer: _text(options, answer))


def _request(options: argparse.Namespace) -> admin.Request:
    match options.action:
        case "set":
            return admin.SetRight(options.holder, options.portal, options.schedule)
        case "drop":
            return admin.SetRight(options.holder, options.portal, allowed=False)
    return admin.OwnRights()


def _text(options: argparse.Namespace, answer: answers.Answer) -> str:
    if isinstance(answer, answers.OwnRightsAnswer):
        return json_of(answer.rights) if options.json else _table(answer)
    if options.action == "drop":
        return f"holder {options.holder} has no right of their own at {options.portal} any more"
    when = f"while {options.schedule} is open" if options.schedule else "always"
    return f"holder {options.holder} may pass {options.portal} {when}"


def _table(answer: answers.OwnRightsAnswer) -> str:
    rows = [
        (line.id, line.name, line.right.portal, line.right.schedule or "always")
        for line in answer.rights
    ]
    return table(("id", "name", "portal", "when"), rows)

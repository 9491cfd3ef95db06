"""Groups of a running terminal, their rights and members: list, set, add, drop, remove."""

import argparse

from board.link import admin, answers
from provisioning.table import table
from provisioning.terminal import carry_out, common_options, dry_run, json_of, preview


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="list|set|add|drop|remove")
    shown = actions.add_parser("list", help="all groups; the default")
    make = actions.add_parser("set", help="make one, or change its right at these portals")
    make.add_argument("--portal", action="append", default=[], help="its members may pass here")
    make.add_argument("--schedule", default="", help="while this is open; default: always")
    less = "its members may pass here no longer by it"
    make.add_argument("--no-portal", action="append", default=[], metavar="PORTAL", help=less)
    add = actions.add_parser("add", help="let a holder belong to it")
    drop = actions.add_parser("drop", help="let a holder belong to it no longer")
    remove = actions.add_parser("remove", help="forget it, and what it gave to its members")
    for one in (make, add, drop, remove):
        one.add_argument("name", help="the group: 1 to 32 small letters, digits and -")
    for one in (add, drop):
        one.add_argument("holder", help="the holder's id: `cardea holders` lists them")
    common_options(parser, shown, make, add, drop, remove)
    dry_run(parser, remove)


def run(options: argparse.Namespace) -> int:
    return carry_out(options.state, _request(options), lambda answer: _text(options, answer))


def _request(options: argparse.Namespace) -> admin.Request:
    match options.action:
        case "set":
            return admin.SetGroup(
                options.name, tuple(options.portal), options.schedule, tuple(options.no_portal)
            )
        case "add" | "drop":
            return admin.SetMember(options.name, options.holder, options.action == "add")
        case "remove" if not options.dry_run:
            return admin.RemoveGroup(options.name)
    return admin.Groups()


def _text(options: argparse.Namespace, answer: answers.Answer) -> str:
    if isinstance(answer, answers.GroupsAnswer):
        groups = list(answer.groups)
        if options.dry_run:
            lost = [group for group in groups if group.name == options.name]
            missing = f"no group {options.name}: `cardea groups` lists them"
            return preview(options, lost, _table, missing)
        return json_of(groups) if options.json else _table(groups)
    done = {
        "set": "group {name} is set",
        "add": "holder {holder} is in group {name}",
        "drop": "holder {holder} is in group {name} no longer",
        "remove": "group {name} is removed",
    }
    return done[options.action].format(**vars(options))


def _table(groups: list[answers.Group]) -> str:
    if not groups:
        return "no groups; `cardea groups set NAME --portal PORTAL` makes one"
    rows = [
        (
            group.name,
            ", ".join(_right(right) for right in group.rights) or "nowhere",
            str(len(group.members)),
            ", ".join(group.members[:3]) + (", ..." if len(group.members) > 3 else ""),
        )
        for group in groups
    ]
    return table(("group", "may pass", "members", "ids"), rows)


def _right(right: answers.Right) -> str:
    return f"{right.portal} ({right.schedule or 'always'})"

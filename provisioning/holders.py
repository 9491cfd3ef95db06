"""Holders of a running terminal: list, suspend, activate."""

import argparse

from board.link import admin, answers
from provisioning.table import table
from provisioning.terminal import carry_out, common_options, json_of


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="list|suspend|activate")
    shown = actions.add_parser("list", help="all holders; the default")
    suspend = actions.add_parser("suspend", help="with all their credentials, for now")
    activate = actions.add_parser("activate", help="let them pass again")
    for one in (suspend, activate):
        one.add_argument("holder", help="the holder's id: `cardea holders` lists them")
    common_options(parser, shown, suspend, activate)


def run(options: argparse.Namespace) -> int:
    return carry_out(options.state, _request(options), lambda answer: _text(options, answer))


def _request(options: argparse.Namespace) -> admin.Request:
    match options.action:
        case "suspend":
            return admin.SetHolder(options.holder, "suspended")
        case "activate":
            return admin.SetHolder(options.holder, "active")
    return admin.Holders()


def _text(options: argparse.Namespace, answer: answers.Answer) -> str:
    if isinstance(answer, answers.HoldersAnswer):
        return json_of(answer.holders) if options.json else _table(answer)
    now = "is suspended" if options.action == "suspend" else "may pass again"
    return f"holder {options.holder} {now}"


def _table(answer: answers.HoldersAnswer) -> str:
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

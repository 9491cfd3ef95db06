"""Holders of a running terminal: list, show, set, suspend, activate, unlock."""

import argparse
from collections.abc import Iterator
from typing import Final

from board.link import admin, answers
from provisioning.enrol import cells, holder_options
from provisioning.table import table
from provisioning.terminal import carry_out, common_options, json_of

DONE: Final = {
    "suspend": "holder {holder} is suspended",
    "activate": "holder {holder} may pass again",
    "unlock": "the wrong PINs of holder {holder} are forgotten",
    "set": "holder {holder} is changed",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="list|show|set|suspend|activate|unlock")
    shown = actions.add_parser("list", help="all holders; the default")
    part = "only whose name has this in it; A to Z in either case"
    parser.add_argument("--name", dest="part", metavar="PART", default="", help=part)
    shown.add_argument("--name", dest="part", metavar="PART", default=argparse.SUPPRESS, help=part)
    show = actions.add_parser("show", help="everything about one, but nothing secret")
    change = actions.add_parser("set", help="change name, days, or what is said at `enrol`")
    suspend = actions.add_parser("suspend", help="with all their credentials, for now")
    activate = actions.add_parser("activate", help="let them pass again")
    unlock = actions.add_parser("unlock", help="forget their wrong PINs: the next one counts")
    for one in (show, change, suspend, activate, unlock):
        one.add_argument("holder", help="the holder's id: `cardea holders` lists them")
    change.add_argument("--name", help="1 to 100 printable characters")
    holder_options(change)
    common_options(parser, shown, show, change, suspend, activate, unlock)


def run(options: argparse.Namespace) -> int:
    return carry_out(options.state, _request(options), lambda answer: _text(options, answer))


def _request(options: argparse.Namespace) -> admin.Request:
    match options.action:
        case "suspend":
            return admin.SetHolder(options.holder, "suspended")
        case "activate":
            return admin.SetHolder(options.holder, "active")
        case "unlock":
            return admin.UnlockHolder(options.holder)
        case "show":
            return admin.ShowHolder(options.holder)
        case "set":
            named = {} if options.name is None else {"name": options.name}
            return admin.ChangeHolder(options.holder, named | cells(options))
    return admin.Holders(options.part)


def _text(options: argparse.Namespace, answer: answers.Answer) -> str:
    if isinstance(answer, answers.HoldersAnswer):
        return json_of(answer.holders) if options.json else _table(answer)
    if isinstance(answer, answers.HolderAnswer):
        return json_of(answer) if options.json else table(("what", "is"), list(_sheet(answer)))
    return DONE[options.action].format(holder=options.holder)


def _sheet(one: answers.HolderAnswer) -> Iterator[tuple[str, str]]:
    yield ("id", one.id)
    for column, cell in one.cells.items():
        yield (column.replace("_", " "), cell or "-")
    yield ("PIN", "locked out" if one.pin_locked else ("yes" if one.pin else "no"))
    for right in one.rights:
        yield ("own right", f"{right.portal} ({right.schedule or 'always'})")
    for face in one.faces:
        yield ("face", f"of {face.enrolled}, by {face.networks}")
        yield ("consent", f"{face.consented}: {face.consent}" if face.consent else "none is kept")
    yield ("last let in", one.last_passed or "-")


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

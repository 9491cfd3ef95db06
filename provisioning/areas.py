"""Areas of a running terminal: how many are inside, who, and an amnesty for them."""

import argparse

from board.link import admin, answers
from provisioning.table import table
from provisioning.terminal import carry_out, common_options, json_of


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="list|amnesty")
    shown = actions.add_parser("list", help="all areas; the default")
    parser.add_argument("--holders", action="store_true", help="and who is where, since when")
    shown.add_argument("--holders", action="store_true", default=argparse.SUPPRESS)
    amnesty = actions.add_parser("amnesty", help="forget where holders are: nobody is refused")
    whom = amnesty.add_mutually_exclusive_group()
    whom.add_argument("area", nargs="?", default="", help="who is in this one; default: everybody")
    whom.add_argument("--holder", default="", help="this holder only, by id")
    common_options(parser, shown, amnesty)


def run(options: argparse.Namespace) -> int:
    return carry_out(options.state, _request(options), lambda answer: _text(options, answer))


def _request(options: argparse.Namespace) -> admin.Request:
    if options.action == "amnesty":
        return admin.Amnesty(options.area, options.holder)
    return admin.Areas(options.holders)


def _text(options: argparse.Namespace, answer: answers.Answer) -> str:
    if isinstance(answer, answers.AreasAnswer):
        if options.json:
            return json_of(answer.areas)
        return _who(answer) if options.holders else _table(answer)
    if options.json or not isinstance(answer, answers.AmnestyAnswer):
        return json_of(answer)
    return f"nobody knows any more where {_people(answer.forgotten)}"


def _people(count: int) -> str:
    return "1 holder is" if count == 1 else f"{count:,} holders are"


def _table(answer: answers.AreasAnswer) -> str:
    if not answer.areas:
        return "no areas; an [areas.NAME] table in site.toml makes one: docs/areas.md"
    rows = [
        (
            area.name,
            str(area.inside),
            str(area.limit or "none"),
            f"timed, {area.passback_ms / 1000:g} s" if area.passback_ms else area.anti_passback,
            area.amnesty or "never",
        )
        for area in answer.areas
    ]
    return table(("area", "inside", "limit", "anti-passback", "amnesty"), rows)


def _who(answer: answers.AreasAnswer) -> str:
    rows = [
        (area.name, one.id, one.name, one.since) for area in answer.areas for one in area.holders
    ]
    return table(("area", "holder", "name", "since"), rows) if rows else "nobody is in any area"

"""Schedules and holidays of a running terminal: list, set, remove."""

import argparse
from collections.abc import Sequence
from functools import partial
from typing import Final

from board.link import admin, answers
from provisioning.table import table
from provisioning.terminal import WouldRefuse, carry_out, common_options, dry_run, json_of, preview

WINDOW: Final = "'mon-fri 07:00-19:00', 'sat,sun 22:00-06:00', 'holiday always', 'holiday never'"


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="list|set|remove|holiday")
    shown = actions.add_parser("list", help="all schedules and holidays; the default")
    make = actions.add_parser("set", help="make one, or give one these windows instead of its own")
    make.add_argument("name", help="1 to 32 small letters, digits and -")
    make.add_argument("windows", nargs="+", metavar="WINDOW", help=WINDOW)
    remove = actions.add_parser("remove", help="forget one that no right rests on")
    remove.add_argument("name")
    holiday = actions.add_parser("holiday", help="mark a day, or let it be an ordinary one again")
    holiday.add_argument("change", choices=("add", "remove"))
    holiday.add_argument("date", help="such as 2026-12-25")
    holiday.add_argument("name", nargs="?", default="", help="such as Christmas")
    common_options(parser, shown, make, remove, holiday)
    dry_run(parser, remove)


def run(options: argparse.Namespace) -> int:
    return carry_out(options.state, _request(options), lambda answer: _text(options, answer))


def _request(options: argparse.Namespace) -> admin.Request:
    match options.action:
        case "set":
            return admin.SetSchedule(options.name, tuple(options.windows))
        case "remove" if not options.dry_run:
            return admin.RemoveSchedule(options.name)
        case "holiday":
            return admin.SetHoliday(options.date, options.name, options.change == "remove")
    return admin.Schedules()


def _text(options: argparse.Namespace, answer: answers.Answer) -> str:
    if isinstance(answer, answers.SchedulesAnswer):
        if options.dry_run:
            missing = f"no schedule {options.name}: `cardea schedules` lists them"
            show = partial(_table, answer.time_zone)
            return preview(options, _lost(options.name, answer), show, missing)
        return json_of(answer) if options.json else _tables(answer)
    if options.action == "holiday":
        return f"{options.date} is {'no' if options.change == 'remove' else 'a'} holiday now"
    return f"schedule {options.name} is {'set' if options.action == 'set' else 'removed'}"


def _lost(name: str, answer: answers.SchedulesAnswer) -> list[answers.Schedule]:
    """The schedule of this name. Raises WouldRefuse while something rests on it."""
    lost = [one for one in answer.schedules if one.name == name]
    for one in lost:
        if one.used_by:
            raise WouldRefuse(f"schedule {name} is in use by {', '.join(one.used_by)}")
    return lost


def _tables(answer: answers.SchedulesAnswer) -> str:
    if not answer.schedules and not answer.holidays:
        return "no schedules and no holidays; a right without a schedule counts always"
    parts = [_table(answer.time_zone, answer.schedules)]
    if answer.holidays:
        days = [(holiday.date, holiday.name) for holiday in answer.holidays]
        parts.append(table(("holiday", "name"), days))
    return "\n\n".join(parts)


def _table(time_zone: str, schedules: Sequence[answers.Schedule]) -> str:
    rows = [row for schedule in schedules for row in _rows(schedule)]
    return table(("schedule", f"open ({time_zone})", "used by"), rows)


def _rows(schedule: answers.Schedule) -> list[tuple[str, str, str]]:
    """One line for each window or user, whichever are more."""
    windows = schedule.windows or ("never",)
    height = max(len(windows), len(schedule.used_by))
    columns = [
        (*column, *("" for _ in range(height - len(column))))
        for column in ((schedule.name,), windows, schedule.used_by)
    ]
    return [(name, window, user) for name, window, user in zip(*columns, strict=True)]

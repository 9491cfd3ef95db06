"""Schedules and holidays of a running terminal: list, set, remove."""

import argparse
from typing import Final

from board.link import admin, answers
from provisioning.table import table
from provisioning.terminal import carry_out, common_options, json_of

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


def run(options: argparse.Namespace) -> int:
    return carry_out(options.state, _request(options), lambda answer: _text(options, answer))


def _request(options: argparse.Namespace) -> admin.Request:
    match options.action:
        case "set":
            return admin.SetSchedule(options.name, tuple(options.windows))
        case "remove":
            return admin.RemoveSchedule(options.name)
        case "holiday":
            return admin.SetHoliday(options.date, options.name, options.change == "remove")
    return admin.Schedules()


def _text(options: argparse.Namespace, answer: answers.Answer) -> str:
    if isinstance(answer, answers.SchedulesAnswer):
        return json_of(answer) if options.json else _tables(answer)
    if options.action == "holiday":
        return f"{options.date} is {'no' if options.change == 'remove' else 'a'} holiday now"
    return f"schedule {options.name} is {'set' if options.action == 'set' else 'removed'}"


def _tables(answer: answers.SchedulesAnswer) -> str:
    if not answer.schedules and not answer.holidays:
        return "no schedules and no holidays; a right without a schedule counts always"
    rows = [row for schedule in answer.schedules for row in _rows(schedule)]
    parts = [table(("schedule", f"open ({answer.time_zone})", "used by"), rows)]
    if answer.holidays:
        days = [(holiday.date, holiday.name) for holiday in answer.holidays]
        parts.append(table(("holiday", "name"), days))
    return "\n\n".join(parts)


def _rows(schedule: answers.Schedule) -> list[tuple[str, str, str]]:
    """One line for each window or user, whichever are more."""
    windows = schedule.windows or ("never",)
    height = max(len(windows), len(schedule.used_by))
    columns = [
        (*column, *("" for _ in range(height - len(column))))
        for column in ((schedule.name,), windows, schedule.used_by)
    ]
    return [(name, window, user) for name, window, user in zip(*columns, strict=True)]

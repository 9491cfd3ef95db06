"""Who will be erased from a running terminal by itself, and when."""

import argparse

from board.link import admin, answers
from provisioning.table import table
from provisioning.terminal import carry_out, common_options, json_of


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="the default: nothing is changed")
    common_options(parser)


def run(options: argparse.Namespace) -> int:
    def text(answer: answers.Answer) -> str:
        assert isinstance(answer, answers.RetentionAnswer)
        return json_of(answer) if options.json else "\n".join(_told(answer))

    return carry_out(options.state, admin.Retention(), text)


def _told(answer: answers.RetentionAnswer) -> list[str]:
    lines = [
        f"visitors {_days(answer.visitors_days)} after their end, other holders "
        f"{_days(answer.expired_days)}; faces {_days(answer.unused_face_days)} without a pass"
    ]
    if not answer.believed:
        lines.append("The clock is not believed (`cardea clock`): nobody is erased until it is.")
    if not answer.due:
        return [*lines, "Nobody is due within 30 days."]
    rows = [(one.at, one.id, one.name, one.why.replace("_", " ")) for one in answer.due]
    return [*lines, table(("erased from", "id", "name", "why"), rows)]


def _days(days: int) -> str:
    return f"{days} days" if days else "never"

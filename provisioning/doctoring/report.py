"""Findings as a list for people, and as JSON for programs."""

import textwrap
from collections import Counter
from typing import Final

import msgspec

from provisioning.doctoring.finding import LEVELS, Finding, worst

WIDTH: Final = 100
MARK: Final = "  -> "
EXIT: Final = {"ok": 0, "note": 0, "weak": 1, "broken": 2}

CANNOT_SEE: Final = """\
What an RGB camera cannot see
  A colour camera sees light, neither depth nor heat. It gives no protection that was measured
  against masks of any kind, prints with holes or bent over a head, displays that fill its view,
  make-up, twins, or video fed in place of the camera. Flat prints and telephones raise the attack
  score; how often that is enough, and how often it is not, stands with its intervals in
  docs/accuracy.md. An infrared camera beside it sees a display as dark and a toner print as a
  face. The whole of it: docs/limits.md.
"""


class Report(msgspec.Struct, frozen=True):
    """What `cardea doctor --json` prints."""

    level: str
    findings: tuple[Finding, ...]
    cannot_see: str


def exit_code(findings: list[Finding]) -> int:
    """0 where all is ok or a note, 1 where something is weak, 2 where something is broken."""
    return EXIT[worst(findings)]


def as_json(findings: list[Finding]) -> str:
    """The report as indented JSON."""
    report = Report(worst(findings), tuple(findings), " ".join(CANNOT_SEE.split()))
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def as_text(findings: list[Finding]) -> str:
    """One finding a line, its remedy below it, and what no check can find out."""
    wide = max((len(finding.subject) for finding in findings), default=0)
    lines = [line for finding in findings for line in _lines(finding, wide)]
    counts = Counter(finding.level for finding in findings)
    summed = ", ".join(f"{counts[level]} {level}" for level in LEVELS)
    return "\n".join([*lines, "", CANNOT_SEE, summed])


def _lines(finding: Finding, wide: int) -> list[str]:
    indent = " " * (8 + wide + 2)
    head = f"{finding.level:<8}{finding.subject:<{wide}}  "
    lines = textwrap.wrap(
        printable(finding.said), WIDTH, initial_indent=head, subsequent_indent=indent
    )
    if finding.remedy:
        hang = " " * len(MARK)
        lines += textwrap.wrap(
            printable(finding.remedy),
            WIDTH,
            initial_indent=indent[: -len(MARK)] + MARK,
            subsequent_indent=indent[: -len(MARK)] + hang,
        )
    return lines


def printable(text: str) -> str:
    """What a file says may be anything; what goes to a terminal may not."""
    return "".join(char if char.isprintable() else "?" for char in text)

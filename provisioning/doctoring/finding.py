"""One thing the doctor found: what it is about, how bad it is, and what to do."""

from typing import Final, Literal, get_args

import msgspec

Level = Literal["ok", "note", "weak", "broken"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""From good to bad: as it should be; worth knowing; works, and protects less than it could; does
not work, or protects nobody."""


class Finding(msgspec.Struct, frozen=True):
    """`remedy` is what to do about it; whatever is weak or broken has one."""

    subject: str
    level: Level
    said: str
    remedy: str = ""

    def __post_init__(self) -> None:
        if self.level in ("weak", "broken") and not self.remedy:
            raise ValueError(f"{self.subject}: {self.level}, and no remedy")


def ok(subject: str, said: str) -> Finding:
    return Finding(subject, "ok", said)


def note(subject: str, said: str, remedy: str = "") -> Finding:
    return Finding(subject, "note", said, remedy)


def weak(subject: str, said: str, remedy: str) -> Finding:
    return Finding(subject, "weak", said, remedy)


def broken(subject: str, said: str, remedy: str) -> Finding:
    return Finding(subject, "broken", said, remedy)


def blamed(subject: str, fault: Exception) -> Finding:
    """Broken, in the words of an error of ours: `what is wrong; the remedy`."""
    said, _, remedy = " ".join(str(fault).split()).partition("; ")
    return broken(subject, said, remedy or "see docs/site.md")


def worst(findings: list[Finding]) -> Level:
    """The worst level of them; ok where there is none."""
    return max((finding.level for finding in findings), key=LEVELS.index, default="ok")

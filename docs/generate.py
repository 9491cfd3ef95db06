"""The pages that the contracts write themselves: messages.md, alerts.md, alert.schema.json."""

import argparse
import ast
import inspect
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from board.link import alerts, conversation, messages, stream

HERE: Final = Path(__file__).parent
GENERATED: Final = (
    "<!-- Written by docs/generate.py from {source}; change it there, then run `make docs`. -->\n"
)
DIRECTIONS: Final = {
    "both": "both ways",
    "to_coprocessor": "appliance to co-processor",
    "to_appliance": "co-processor to appliance",
}
IGNORED: Final = {
    "not_an_envelope": "the frame is not such a list",
    "replayed": "its sequence number is not above the last one",
    "gap_before": "a sequence number was left out; the message itself is taken",
    "unknown_number": "no message has this number",
    "wrong_direction": "this message does not come from that side",
    "malformed": "the body is not that message",
    "other_version": "a hello of another version",
    "before_hello": "a message before the hello",
}
ON_THE_WIRE: Final = """\
# What the two processes say to each other

Version {version}. The appliance listens on `run/link.sock` in the state directory, the
co-processor connects. Either accepts only a peer of its own user id, or root (SO_PEERCRED).

## On the wire

- A frame is {header} bytes of length, big-endian, and then so many bytes, at most {cap} MiB.
  A longer one ends the connection.
- In a frame is one MessagePack list: {envelope}. `number` is the message's in the table below;
  `sequence` counts from 1 on each side of each connection; `body` is a map of the fields by name.
- A side with nothing else to say sends a heartbeat every {beat_ms} ms. After {silence_ms} ms of
  silence the other hangs up.
- What cannot be believed is counted, ignored, and never raises past the link:
"""
WHAT_LEAVES: Final = """\
# What leaves the terminal

These alerts, and whether the terminal is there; nothing else. The terminal subscribes to nothing.
[alert.schema.json](alert.schema.json) is the JSON Schema of a payload.

| topic | QoS | retained | payload |
|---|---|---|---|
| `{alert}` | 1 | no | one alert, as JSON |
| `{availability}` | 1 | yes | `online`; `stopped` after an orderly stop; `offline` as last will |

SERIAL is `terminal.serial` of site.toml. PORTAL is a portal's name there, or `terminal` for what
concerns all of them.

## The list
"""


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or with --check name each stale one and return 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if one is stale")
    parser.add_argument("--into", type=Path, default=HERE, help="folder of the pages")
    options = parser.parse_args(arguments)
    stale = 0
    for path, text in ((options.into / name, text) for name, text in pages().items()):
        if not options.check:
            path.write_text(text, "utf-8")
        elif not path.is_file() or path.read_text("utf-8") != text:
            print(f"{path}: stale; run `make docs`", file=sys.stderr)  # noqa: T201
            stale = 1
    return stale


def pages() -> dict[str, str]:
    """Return each page's file name and whole text."""
    return {
        "messages.md": "\n".join(_messages()) + "\n",
        "alerts.md": "\n".join(_alerts()) + "\n",
        "alert.schema.json": json.dumps(alerts.json_schema(), indent=2) + "\n",
    }


def _messages() -> Iterator[str]:
    yield GENERATED.format(source="board/link/messages.py")
    yield ON_THE_WIRE.format(
        version=messages.VERSION,
        header=stream.HEADER.size,
        cap=stream.DEFAULT_CAP >> 20,
        envelope=", ".join(f"`{name}`" for name in conversation.Envelope.__struct_fields__),
        beat_ms=messages.HEARTBEAT_EVERY_MS,
        silence_ms=messages.BY_TYPE[messages.Heartbeat].deadline_ms,
    )
    yield from _table(("counted as", "because"), IGNORED.items())
    yield "\n## The table\n\nDeadline: how long the sender waits before silence is the answer.\n"
    yield from _table(
        ("number", "message", "direction", "answer", "deadline"),
        (
            (
                str(row.number),
                f"[{row.kind.__name__}](#{row.kind.__name__.lower()})",
                DIRECTIONS[row.direction],
                row.answer.__name__ if row.answer else "",
                f"{row.deadline_ms:,} ms" if row.deadline_ms else "",
            )
            for row in messages.TABLE
        ),
    )
    for row in messages.TABLE:
        yield f"\n## {row.kind.__name__}\n"
        yield from _struct(row.kind)


def _alerts() -> Iterator[str]:
    yield GENERATED.format(source="board/link/alerts.py")
    yield WHAT_LEAVES.format(
        alert=alerts.topic("SERIAL", "PORTAL"), availability=alerts.availability_topic("SERIAL")
    )
    yield from _table(
        ("kind", "severity", "states", "BACnetDoorAlarmState", "meaning"),
        (
            (
                f"`{kind}`",
                meaning.severity,
                "raised, cleared" if meaning.lasting else "momentary",
                meaning.bacnet,
                meaning.sentence,
            )
            for kind, meaning in alerts.LIST.items()
        ),
    )
    yield "\n## An alert\n"
    yield from _struct(alerts.Alert)


def _struct(kind: type[msgspec.Struct]) -> Iterator[str]:
    """A message: what its docstring says, then its fields."""
    yield f"{_doc(kind)}\n"
    hints, notes = get_type_hints(kind), _field_notes(kind)
    rows = ((f"`{name}`", spelled(hint), notes.get(name, "")) for name, hint in hints.items())
    yield from _table(("field", "type", ""), rows) if hints else ("No fields.",)


def spelled(hint: Any) -> str:
    """A type as a reader says it: `"low" or "high"`, `text`, `number`."""
    words = {str: "text", int: "whole number", bool: "true or false", bytes: "bytes"}
    words[msgspec.UnsetType] = "absent"
    if hint in words:
        return words[hint]
    if get_origin(hint) is Literal:
        return " or ".join(f'`"{value}"`' for value in get_args(hint))
    if get_origin(hint) is dict:
        key, value = map(spelled, get_args(hint))
        return f"table of {key} to {value}"
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(spelled(part) for part in get_args(hint))
    raise TypeError(f"{hint}: teach docs/generate.py to spell it")


def _doc(kind: type) -> str:
    """The docstring, with its `field, field: ...` lines as a list."""
    names = set(get_type_hints(kind))

    def told(line: str) -> str:
        before, colon, _ = line.partition(": ")
        return f"- {line}" if colon and set(before.split(", ")) & names else line

    return "\n".join(map(told, (inspect.getdoc(kind) or "").splitlines()))


def _field_notes(kind: type) -> dict[str, str]:
    """The strings that stand below single fields in the source."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    notes = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr):
            assert isinstance(field.target, ast.Name)
            notes[field.target.id] = str(ast.literal_eval(below.value))
    return notes


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"


if __name__ == "__main__":
    sys.exit(main())

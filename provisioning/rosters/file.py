"""A roster as a file: CSV or JSON to rows and back; whatever is wrong with it is one exception."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from board.link.admin import ROSTER_COLUMNS, RosterRow
from board.link.answers import RosterFault

LONGEST_CELL: Final = 2_000
LONGEST_COLUMN: Final = 30
"""Of a name that stands where a column's should, so much is told."""
DELIMITERS: Final = ",;\t"
FORMULA: Final = re.compile(r"'*[=+\-@]")
"""What a spreadsheet would compute; such a cell is written with one more quote before it."""


class RosterFileError(Exception):
    """This file is no roster; the message says where, what, and the remedy."""


class Parsed(NamedTuple):
    """The rows that can be read, and what is wrong with the others."""

    rows: tuple[RosterRow, ...]
    faults: tuple[RosterFault, ...]


def parse(raw: bytes, form: str) -> Parsed:
    """Return what is in a file; form: "csv" or "json". Raises RosterFileError.

    line: where the row ends in a CSV file; which object it is in a JSON file.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise RosterFileError(
            f"byte {fault.start} is no UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8)"
        ) from fault
    found = list(_json(text) if form == "json" else _csv(text))
    return Parsed(
        tuple(one for one in found if isinstance(one, RosterRow)),
        tuple(one for one in found if isinstance(one, RosterFault)),
    )


def text(lines: Iterable[RosterRow], form: str) -> str:
    """Return the file that reads as these rows."""
    if form == "json":
        whole = [_listed(row.cells) for row in lines]
        return msgspec.json.format(msgspec.json.encode(whole)).decode() + "\n"
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow(ROSTER_COLUMNS)
    for row in lines:
        writer.writerow([_guarded(row.cells[column]) for column in ROSTER_COLUMNS])
    return out.getvalue()


def _csv(text: str) -> Iterator[RosterRow | RosterFault]:
    first = text.split("\n", 1)[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=first.count), strict=True
    )
    try:
        head = _head([cell.strip().lower() for cell in next(reader, [])])
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(reader.line_num, head, cells)
    except csv.Error as fault:
        raise RosterFileError(
            f"line {reader.line_num}: {fault}; look for a quote that is not closed, or a cell far "
            f"too long"
        ) from fault


def _head(head: list[str]) -> list[str]:
    for name in head:
        if name not in ROSTER_COLUMNS:
            raise RosterFileError(
                f"line 1: {name[:30]!r} is no column; there are {', '.join(ROSTER_COLUMNS)}"
            )
    if "key" not in head:
        raise RosterFileError("line 1: no column key; the first line names the columns")
    if len(set(head)) < len(head):
        raise RosterFileError("line 1: a column is named twice; keep one of them")
    return head


def _row(line: int, head: list[str], cells: list[str]) -> RosterRow | RosterFault:
    if len(cells) != len(head):
        reason = (
            f"{len(cells)} cells below {len(head)} columns; quote a cell with a delimiter in it"
        )
        return RosterFault(line, head[-1], reason)
    return _capped(line, {name: _bare(cell) for name, cell in zip(head, cells, strict=True)})


def _json(text: str) -> Iterator[RosterRow | RosterFault]:
    try:
        objects = msgspec.json.decode(text, type=list[dict[str, Any]])
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as fault:
        raise RosterFileError(f"{fault}; write a list of objects, one for each holder") from fault
    for number, one in enumerate(objects, start=1):
        cells = {name: _cell(value) for name, value in one.items()}
        wrong = [name for name, cell in cells.items() if cell is None]
        if wrong:
            yield RosterFault(number, wrong[0], "write text in quotes, or a list of texts")
        else:
            yield _capped(number, {name: cell for name, cell in cells.items() if cell is not None})


def _cell(value: object) -> str | None:
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case None:
            return ""
        case list() if all(isinstance(one, str) for one in value):
            return " ".join(value)
    return None


def _listed(cells: dict[str, str]) -> dict[str, Any]:
    """Cards and groups as lists, yes and no as true and false."""
    plain: dict[str, Any] = dict(cells)
    plain |= {name: cells[name].split() for name in ("cards", "groups")}
    return plain | {name: cells[name] == "yes" for name in ("extended", "visitor")}


def _capped(line: int, cells: dict[str, str]) -> RosterRow | RosterFault:
    for name, cell in cells.items():
        if len(cell) > LONGEST_CELL:
            reason = f"{len(cell):,} characters; at most {LONGEST_CELL:,} are taken"
            return RosterFault(line, name[:LONGEST_COLUMN], reason)
    return RosterRow(line, cells)


def _guarded(cell: str) -> str:
    return "'" + cell if FORMULA.match(cell) else cell


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell

"""A list of labelled pictures or videos (CSV) to checked rows, or the one line that is wrong."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LARGEST_BYTES: Final = 256 << 20


class EvaluationError(Exception):
    """What was asked cannot be measured; the message names file, line and remedy."""


@dataclass(frozen=True)
class Row:
    """One line of the list: its place, for messages, and its cells by column."""

    place: str
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def wrong(self, remedy: str) -> EvaluationError:
        """The error that names this line."""
        return EvaluationError(f"{self.place}: {remedy}")


def rows(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> list[Row]:
    """The rows with these columns; further ones are ignored, absent optional ones are empty.

    Raises EvaluationError for a file that is no such list.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise EvaluationError(f"{path}: larger than {LARGEST_BYTES >> 20} MiB; split it")
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = _rows(path, csv.DictReader(file, strict=True), columns, optional)
    except OSError as error:
        raise EvaluationError(f"{path}: {error.strerror}") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: not a CSV file in UTF-8 ({error})") from None
    if not found:
        raise EvaluationError(f"{path}: no rows; each picture or pair is one")
    return found


def _rows(
    path: Path, reader: "csv.DictReader[str]", columns: Sequence[str], optional: Sequence[str]
) -> list[Row]:
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise EvaluationError(
            f"{path}: column {missing[0]} is missing; the first line must name {','.join(columns)}"
        )
    found = []
    for cells in reader:
        row = Row(f"{path}, line {reader.line_num}", _wanted(cells, (*columns, *optional)))
        empty = [name for name in columns if not row[name]]
        if empty:
            raise row.wrong(f"{empty[0]} is empty")
        found.append(row)
    return found


def _wanted(cells: dict[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: (cells.get(name) or "").strip() for name in names}


def inside(directory: Path, row: Row, column: str) -> Path:
    """The file a row names, relative to `directory` and within it.

    Raises EvaluationError when it is not there or leads out.
    """
    try:
        found = (directory / row[column]).resolve()
        if not found.is_relative_to(directory.resolve()):
            raise row.wrong(f"{column} leads out of {directory}")
        there = found.is_file()
    except (OSError, ValueError):  # a name too long, or with a null character
        there = False
    if not there:
        raise row.wrong(f"{row[column]} is no file in {directory}")
    return found

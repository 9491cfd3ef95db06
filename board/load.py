"""load(name) -> the board of that name, ready to be started."""

import importlib
from pathlib import Path
from typing import cast

from board.signals import Board
from board.table import read_table


def load(name: str, socket: Path) -> Board:
    """Return the board whose table is boards/NAME.toml.

    socket: where a board without metal may be worked from; the others ignore it.
    Raises BoardError when there is no such board.
    """
    table = read_table(name)
    driver = importlib.import_module(f"board.{table.driver}")
    return cast(Board, driver.open_board(table, socket))

"""Items one by one, and on a terminal a bar that says how many are left."""

from collections.abc import Iterable
from typing import Any, TypeVar

from tqdm import tqdm

T = TypeVar("T")


def progress(items: Iterable[T], unit: str, told: str | None = None) -> Iterable[T]:
    """The items; the bar goes to standard error, and into no log: what is no terminal gets none.

    unit: what one item is called. told: what this work is about.
    """
    bar: Any = tqdm(items, desc=told, unit=unit, disable=None, dynamic_ncols=True)
    wrapped: Iterable[T] = bar
    return wrapped

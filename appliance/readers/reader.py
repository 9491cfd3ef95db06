"""What a reader is: a stream of reads, and a way to show what became of them."""

from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol

from board.link.answers import Feedback


class CardRead(NamedTuple):
    """A card was shown: the bits as they came, first bit first."""

    bits: tuple[int, ...]


class KeyRead(NamedTuple):
    """A key was pressed: a digit, `*` or `#`."""

    key: str


Read = CardRead | KeyRead


class Reader(Protocol):
    """One reader at one portal. Losing it ends the stream; it never raises into the portal."""

    def reads(self) -> AsyncIterator[Read]: ...

    def show(self, feedback: Feedback) -> None:
        """Set LED and buzzer; never waits."""

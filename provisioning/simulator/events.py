"""What happens, told at once to every page that listens (server-sent events)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final

import msgspec

PENDING: Final = 500
"""A page that is this many events behind is hung up on; its browser connects again."""

ALIVE_S: Final = 15.0


def encoded(kind: str, content: Any) -> bytes:
    """One event in the format of text/event-stream."""
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), msgspec.json.encode(content))


class Events:
    """Many listeners, none of whom can slow the others down."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[bytes]] = set()

    def tell(self, kind: str, content: Any) -> None:
        """Tell everybody; who does not listen any more is dropped."""
        if not self._listeners:
            return
        event = encoded(kind, content)
        for listener in tuple(self._listeners):
            try:
                listener.put_nowait(event)
            except asyncio.QueueFull:
                self._listeners.discard(listener)

    async def listen(self, beginning: list[bytes]) -> AsyncIterator[bytes]:
        """The beginning, then all events from now on; ends when the listener is too far behind."""
        listener: asyncio.Queue[bytes] = asyncio.Queue(PENDING)
        self._listeners.add(listener)
        try:
            for event in beginning:
                yield event
            while listener in self._listeners:
                event = b": still here\n\n"
                with suppress(TimeoutError):
                    async with asyncio.timeout(ALIVE_S):
                        event = await listener.get()
                yield event
        finally:
            self._listeners.discard(listener)

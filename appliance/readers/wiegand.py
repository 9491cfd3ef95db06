"""A Wiegand reader with keypad, LED and buzzer on a board's pins."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final

from appliance.readers import keypad
from appliance.readers.reader import CardRead, KeyRead, Read
from appliance.sections import WiegandReader
from board.link.answers import Feedback
from board.signals import Board, Signal
from board.wiegand import FRAME_GAP_US, Pulses

SHORTEST_CARD: Final = 16
"""Fewer bits are a key or noise on the line, and must not end somebody's attempt."""

WAITING_READS: Final = 64
"""Reads kept for a busy portal; a reader that chatters loses the rest."""


class Wiegand:
    """Pulses on two pins become reads. The pulse's own time counts, not when we came to see it."""

    def __init__(self, board: Board, pins: WiegandReader) -> None:
        self._pulses = Pulses()
        self._keypad = pins.keypad
        self._reads: asyncio.Queue[Read] = asyncio.Queue(WAITING_READS)
        self._green = Signal(board.pin(pins.led_green))
        self._red = Signal(board.pin(pins.led_red))
        self._buzzer = Signal(board.pin(pins.buzzer))
        board.pin(pins.d0).irq(lambda level, at_us: self._edge(0, level, at_us))
        board.pin(pins.d1).irq(lambda level, at_us: self._edge(1, level, at_us))

    async def reads(self) -> AsyncIterator[Read]:
        while True:
            yield await self._reads.get()

    def show(self, feedback: Feedback) -> None:
        _be(self._green, feedback.led in ("green", "amber"))
        _be(self._red, feedback.led in ("red", "amber"))
        _be(self._buzzer, feedback.buzzer)

    def _edge(self, bit: int, level: int, at_us: int) -> None:
        if level:  # the pulse is over; its beginning was the bit
            return
        self._take(self._pulses.edge(bit, at_us))
        late_us = max(0, at_us - _now_us())
        asyncio.get_running_loop().call_later((FRAME_GAP_US + late_us) / 1e6, self._idle)

    def _idle(self) -> None:
        self._take(self._pulses.idle(_now_us()))

    def _take(self, bits: tuple[int, ...]) -> None:
        if len(bits) < keypad.BITS or self._reads.full():
            return
        pressed = keypad.key(bits)
        if pressed and self._keypad:
            self._reads.put_nowait(KeyRead(pressed))
        elif len(bits) >= SHORTEST_CARD:
            self._reads.put_nowait(CardRead(bits))


def _now_us() -> int:
    return time.monotonic_ns() // 1000


def _be(signal: Signal, asserted: bool) -> None:
    if asserted:
        signal.on()
    else:
        signal.off()

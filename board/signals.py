"""What a board offers, in the vocabulary of MicroPython's machine module."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

EdgeHandler = Callable[[int, int], None]
"""Called with the new level (0 or 1) and the edge's monotonic time in microseconds."""


class Pin(Protocol):
    """One line: 0 or 1, whatever that may mean."""

    def value(self, level: int | None = None) -> int:
        """Return the level; with an argument, drive it first."""

    def irq(self, handler: EdgeHandler) -> None:
        """Call `handler` on every edge, from the event loop's thread."""


class ADC(Protocol):
    """One analog input."""

    def read_u16(self) -> int:
        """Return the voltage as 0 (none) to 65535 (the supply's); a dead converter reads 65535."""


class UART(Protocol):
    """Bytes to and from a serial port."""

    def write(self, data: bytes) -> None: ...

    def read(self) -> bytes:
        """Return what has arrived, possibly nothing; never waits."""


class WDT(Protocol):
    """Resets the board unless fed in time; cannot be stopped."""

    def feed(self) -> None: ...


class Picture(NamedTuple):
    """One picture off a camera: `rgb` holds height * width * 3 bytes."""

    rgb: bytes
    height: int
    width: int
    captured_ms: int


class Camera(Protocol):
    """Pictures as they come; a slow reader misses some and always gets the newest."""

    async def picture(self) -> Picture:
        """Wait for the next picture."""


class Board(Protocol):
    """A carrier with terminals; the names are those printed on it, see boards/*.toml.

    Asking for a name that the board lacks raises `load.BoardError`.
    """

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    def pin(self, name: str) -> Pin: ...

    def adc(self, name: str) -> ADC: ...

    def uart(self, name: str) -> UART: ...

    def camera(self, name: str) -> Camera: ...

    def wdt(self, timeout_ms: int) -> WDT: ...


class Signal:
    """A pin by meaning: asserted or not. The wiring's polarity ends here (machine.Signal)."""

    def __init__(self, pin: Pin, *, invert: bool = False) -> None:
        self._pin = pin
        self._invert = invert

    def value(self) -> bool:
        """Return whether the signal is asserted."""
        return bool(self._pin.value()) != self._invert

    def on(self) -> None:
        """Assert the signal."""
        self._pin.value(0 if self._invert else 1)

    def off(self) -> None:
        """Deassert the signal."""
        self._pin.value(1 if self._invert else 0)

    def watch(self, handler: Callable[[bool, int], None]) -> None:
        """Call `handler(asserted, at_us)` on every edge."""
        self._pin.irq(lambda level, at_us: handler(bool(level) != self._invert, at_us))

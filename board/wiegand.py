"""Card formats as they travel on D0 and D1: bits to card and back, parity checked."""

from collections import namedtuple

# Runs unchanged under MicroPython: ints, tuples, namedtuple. Layouts: SIA AC-01 for the 26-bit
# format; the others as the field's published tables give them (bit 0 is sent first).

Card = namedtuple("Card", ("format", "facility", "number"))

Layout = namedtuple("Layout", ("bits", "facility", "number", "parity"))
# A field is (first bit, length); a site may declare layouts of its own beside these.
# A parity rule is (parity bit, 0 even | 1 odd, fields of the bits that it covers).
FORMATS = {
    "H10301": Layout(26, (1, 8), (9, 16), ((0, 0, ((1, 12),)), (25, 1, ((13, 12),)))),
    "H10306": Layout(34, (1, 16), (17, 16), ((0, 0, ((1, 16),)), (33, 1, ((17, 16),)))),
    "H10302": Layout(37, (0, 0), (1, 35), ((0, 0, ((1, 18),)), (36, 1, ((18, 18),)))),
    "H10304": Layout(37, (1, 16), (17, 19), ((0, 0, ((1, 18),)), (36, 1, ((18, 18),)))),
}


def _field(bits: tuple[int, ...] | list[int], field: tuple[int, int]) -> int:
    first, length = field
    value = 0
    for bit in bits[first : first + length]:
        value = value << 1 | bit
    return value


def _parity(
    bits: tuple[int, ...] | list[int], rule: tuple[int, int, tuple[tuple[int, int], ...]]
) -> int:
    _at, odd, covered = rule
    return (odd + sum(sum(bits[first : first + count]) for first, count in covered)) & 1


def decode(bits: tuple[int, ...], formats: dict[str, Layout] = FORMATS) -> tuple[Card, ...]:
    """Return every Card that a tuple of 0/1 may be; none when no format's length and parity fit.

    Some lengths are shared (37 bits: with and without a facility code), so the vault decides
    which of the candidates is enrolled.
    """
    cards = []
    for name in sorted(formats):
        length, facility, number, rules = formats[name]
        if length == len(bits) and all(bits[rule[0]] == _parity(bits, rule) for rule in rules):
            cards.append(Card(name, _field(bits, facility), _field(bits, number)))
    return tuple(cards)


def encode(
    name: str, facility: int, number: int, formats: dict[str, Layout] = FORMATS
) -> tuple[int, ...]:
    """Return the tuple of 0/1 of a card; ValueError names the part that does not fit."""
    if name not in formats:
        raise ValueError(f"format: {name!r} is not one of {', '.join(sorted(formats))}")
    length, facility_field, number_field, rules = formats[name]
    bits = [0] * length
    for word, value, (first, width) in (
        ("facility", facility, facility_field),
        ("number", number, number_field),
    ):
        if not 0 <= value < 1 << width:
            raise ValueError(f"{word}: {value} is outside 0..{(1 << width) - 1} of {name}")
        for place in range(width):
            bits[first + place] = value >> (width - 1 - place) & 1
    for rule in rules:
        bits[rule[0]] = _parity(bits, rule)
    return tuple(bits)


FRAME_GAP_US = 25_000
"""Silence after which a frame is over; readers leave 1 to 3 ms between the pulses of one."""

LONGEST_FRAME = 256


class Pulses:
    """Falling edges of D0 and D1 in, whole frames out; no I/O and no clock but the edges' times."""

    def __init__(self) -> None:
        self._bits: list[int] = []
        self._last_us = 0

    def edge(self, bit: int, at_us: int) -> tuple[int, ...]:
        """Take one pulse; return the frame that its lateness ended, or an empty tuple."""
        done = self.idle(at_us)
        if len(self._bits) < LONGEST_FRAME:
            self._bits.append(bit)
        self._last_us = at_us
        return done

    def idle(self, now_us: int) -> tuple[int, ...]:
        """Return the frame that has ended by now, or an empty tuple."""
        if not self._bits or now_us - self._last_us < FRAME_GAP_US:
            return ()
        done = tuple(self._bits)
        self._bits = []
        return done

"""Card formats against published vectors, and against every bit that may flip on the way."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board.wiegand import FORMATS, FRAME_GAP_US, LONGEST_FRAME, Card, Pulses, decode, encode

REPOSITORY = Path(__file__).parents[2]
EVALUATION = REPOSITORY / os.environ.get("CARDEA_EVAL", "../shared/eval")

BITS = st.lists(st.integers(0, 1), max_size=64).map(tuple)


@st.composite
def cards(draw: st.DrawFn) -> Card:
    name = draw(st.sampled_from(sorted(FORMATS)))
    _, (_, facility), (_, number), _ = FORMATS[name]
    return Card(
        name, draw(st.integers(0, (1 << facility) - 1)), draw(st.integers(0, (1 << number) - 1))
    )


def vectors() -> list[dict[str, str]]:
    path = EVALUATION / "wiegand" / "vectors.csv"
    if not path.exists():
        pytest.skip(f"no {path}: set CARDEA_EVAL to the folder with the evaluation data")
    with path.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["format"] in FORMATS]


def test_published_vectors_decode_as_published() -> None:
    rows = vectors()
    assert rows
    for row in rows:
        bits = tuple(map(int, row["bit_string"]))
        card = Card(row["format"], int(row["facility"]), int(row["card"]))
        assert (card in decode(bits)) == (row["parity_ok"] == "1"), row
        if row["parity_ok"] == "1":
            assert encode(*card) == bits


@pytest.mark.parametrize(
    ("name", "number"), [("H10301", 65_535), ("H10306", 65_535), ("H10304", 524_287)]
)
def test_the_greatest_number_fits_and_one_more_does_not(name: str, number: int) -> None:
    assert Card(name, 1, number) in decode(encode(name, 1, number))
    with pytest.raises(ValueError, match=rf"number: {number + 1} is outside 0\.\.{number}"):
        encode(name, 1, number + 1)


@pytest.mark.parametrize(
    ("name", "facility", "number", "word"),
    [
        ("H10301", 256, 0, "facility"),
        ("H10301", -1, 0, "facility"),
        ("H10301", 0, -1, "number"),
        ("H10302", 1, 0, "facility"),
        ("h10301", 0, 0, "format"),
        ("", 0, 0, "format"),
    ],
)
def test_what_does_not_fit_is_named(name: str, facility: int, number: int, word: str) -> None:
    with pytest.raises(ValueError, match=f"{word}: "):
        encode(name, facility, number)


@given(cards())
def test_what_is_encoded_is_decoded(card: Card) -> None:
    assert card in decode(encode(*card))


@given(cards())
def test_no_flipped_bit_makes_a_card_of_a_card(card: Card) -> None:
    """Each bit is under parity: one flipped bit is no card at all, in any of our formats."""
    bits = encode(*card)
    for place in range(len(bits)):
        flipped = (*bits[:place], 1 - bits[place], *bits[place + 1 :])
        assert all(found.format != card.format for found in decode(flipped)), place


@given(BITS)
def test_any_bits_are_cards_of_their_own_length_or_none(bits: tuple[int, ...]) -> None:
    for card in decode(bits):
        assert encode(*card) == bits


def fed(pulses: Pulses, bits: tuple[int, ...], at_us: int, every_us: int = 2_000) -> int:
    """Feed one frame without a gap; return the time of its last pulse."""
    for bit in bits:
        assert pulses.edge(bit, at_us) == ()
        at_us += every_us
    return at_us - every_us


@given(BITS.filter(bool), st.integers(0, FRAME_GAP_US - 1))
def test_a_frame_ends_with_the_silence_after_it(bits: tuple[int, ...], every_us: int) -> None:
    pulses = Pulses()
    last_us = fed(pulses, bits, 1_000_000, every_us)
    assert pulses.idle(last_us + FRAME_GAP_US - 1) == ()
    assert pulses.idle(last_us + FRAME_GAP_US) == bits
    assert pulses.idle(last_us + 10 * FRAME_GAP_US) == ()


@given(BITS.filter(bool), BITS.filter(bool))
def test_a_late_poll_still_tells_two_frames_apart(
    first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    pulses = Pulses()
    at_us = fed(pulses, first, 1_000_000) + FRAME_GAP_US
    assert pulses.edge(second[0], at_us) == first
    last_us = fed(pulses, second[1:], at_us + 2_000) if second[1:] else at_us
    assert pulses.idle(last_us + 60_000_000) == second


def test_a_gap_within_a_card_makes_two_frames_and_no_card() -> None:
    bits = encode("H10301", 7, 1234)
    pulses = Pulses()
    last_us = fed(pulses, bits[:13], 1_000_000)
    halves = [pulses.edge(bits[13], last_us + FRAME_GAP_US)]
    last_us = fed(pulses, bits[14:], last_us + FRAME_GAP_US + 2_000)
    halves.append(pulses.idle(last_us + FRAME_GAP_US))
    assert halves == [bits[:13], bits[13:]]
    assert decode(halves[0]) == decode(halves[1]) == ()


def test_a_line_that_never_rests_is_cut_off() -> None:
    pulses = Pulses()
    last_us = fed(pulses, (1,) * 10_000, 1_000_000)
    assert len(pulses.idle(last_us + FRAME_GAP_US)) == LONGEST_FRAME


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-(2**40), 2**40)), max_size=40))
def test_times_that_jump_lose_no_more_than_their_frame(edges: list[tuple[int, int]]) -> None:
    pulses, found = Pulses(), 0
    for bit, at_us in edges:
        found += len(pulses.edge(bit, at_us))
    assert found + len(pulses.idle(2**41 + FRAME_GAP_US)) == len(edges)

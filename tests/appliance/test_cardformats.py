"""Card formats that a site declares: what is encoded is decoded, and nonsense is refused."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import cardformats
from appliance.config import SiteError
from appliance.sections import CardFormat
from board.wiegand import Card, decode, encode
from tests.appliance.test_config import GOOD, read

CAMPUS = {
    "bits": 32,
    "facility": (2, 13),
    "number": (14, 31),
    "even": [(1, 2, 16)],
    "odd": [(32, 17, 31)],
}


def made(**keys: object) -> CardFormat:
    return msgspec.convert(CAMPUS | keys, CardFormat)


def faults(**keys: object) -> list[str]:
    return list(cardformats.faults("own", {"own": made(**keys)}))


@st.composite
def declared(draw: st.DrawFn) -> CardFormat:
    """Any legal format whose bits are all under the parity of its halves."""
    width = draw(st.integers(1, 50))
    facility = draw(st.integers(0, 40))
    bits = max(16, width + facility + 2)
    half = draw(st.integers(2, bits - 2))
    first = 2 + facility
    even_first = draw(st.booleans())
    low, high = [(1, 2, half)], [(bits, half + 1, bits - 1)]
    return CardFormat(
        bits,
        (first, first + width - 1),
        (2, 1 + facility) if facility else None,
        tuple(low if even_first else high),
        tuple(high if even_first else low),
    )


@st.composite
def cards(draw: st.DrawFn) -> tuple[dict[str, CardFormat], Card]:
    one = draw(declared())
    _, (_, facility), (_, number), _ = cardformats.layout(one)
    drawn = draw(st.integers(0, (1 << facility) - 1)), draw(st.integers(0, (1 << number) - 1))
    return {"own": one}, Card("own", *drawn)


@given(cards())
def test_a_card_of_any_declared_format_comes_back(
    drawn: tuple[dict[str, CardFormat], Card],
) -> None:
    formats = cardformats.known(drawn[0])
    assert list(cardformats.faults("own", drawn[0])) == []
    assert drawn[1] in decode(encode(*drawn[1], formats), formats)


@given(cards())
def test_no_flipped_bit_makes_a_card_of_a_card(drawn: tuple[dict[str, CardFormat], Card]) -> None:
    formats = cardformats.known(drawn[0])
    bits = encode(*drawn[1], formats)
    for place in range(len(bits)):
        flipped = (*bits[:place], 1 - bits[place], *bits[place + 1 :])
        assert all(found.format != "own" for found in decode(flipped, formats)), place


def test_parity_over_a_parity_bit_is_made_after_it() -> None:
    own = {"own": made(even=[(1, 2, 32)], odd=[(32, 17, 31)])}
    formats = cardformats.known(own)
    assert list(cardformats.faults("own", own)) == []
    card = Card("own", 5, 77)
    assert decode(encode(*card, formats), formats) == (card,)


def test_parity_over_a_mask_finds_each_bit_that_flips() -> None:
    """Two parities over two bits of three each; nothing covers the first bit."""
    masks = [
        [at, *(bit for first in range(start, last, 3) for bit in (first, first + 1))]
        for at, start, last in ((2, 3, 34), (35, 2, 33))
    ]
    own = {"own": made(bits=35, facility=(3, 14), number=(15, 34), even=[masks[0]], odd=[masks[1]])}
    formats = cardformats.known(own)
    assert list(cardformats.faults("own", own)) == []
    card = Card("own", 1234, 567_890)
    bits = encode(*card, formats)
    assert decode(bits, formats) == (card,)
    for place in range(1, 35):
        assert not decode((*bits[:place], 1 - bits[place], *bits[place + 1 :]), formats), place


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        ({"number": (14, 33)}, "number: 14 to 33 is no field"),
        ({"number": (31, 14)}, "number: 31 to 14 is no field"),
        ({"number": (0, 5)}, "number: 0 to 5 is no field"),
        ({"bits": 128, "number": (40, 99)}, "number: 40 to 99 is no field of at most 59 bits"),
        ({"facility": (0, 3)}, "facility: 0 to 3 is no field"),
        ({"even": [(0, 2, 16)]}, "even: [0, 2, 16] is no parity"),
        ({"even": [(33, 2, 16)]}, "even: [33, 2, 16] is no parity"),
        ({"odd": [(32, 17, 33)]}, "odd: [32, 17, 33] is no parity"),
        ({"odd": [(32, 32, 32)]}, "odd: [32, 32, 32] is no parity"),
        ({"odd": [(32, 20, 19)]}, "odd: [32, 20, 19] is no parity"),
        ({"odd": [(32, 17, 31, 5)]}, "odd: [32, 17, 31, 5] is no parity"),
        ({"odd": [(32, 17, 31, 20, 25)]}, "odd: [32, 17, 31, 20, 25] is no parity"),
        ({"facility": (2, 14)}, "facility: bit 14 is one of number already"),
        ({"even": [(2, 3, 16)]}, "even: bit 2 is one of facility already"),
        ({"odd": [(1, 17, 31)]}, "odd: bit 1 is one of even already"),
        ({"even": [(1, 2, 32)], "odd": [(32, 1, 31)]}, "even: parity bits cover each other"),
    ],
)
def test_what_cannot_be_is_named_by_its_key(keys: dict[str, object], wrong: str) -> None:
    (said,) = faults(**keys)
    assert wrong in said
    assert "; " in said


def test_the_same_format_twice_is_refused() -> None:
    twins = {"one": made(), "two": made()}
    assert list(cardformats.faults("two", twins)) == [
        "bits: this is one, too; leave one of the two out"
    ]
    built_in = CardFormat(26, (10, 25), (2, 9), ((1, 2, 13),), ((26, 14, 25),))
    (said,) = cardformats.faults("own", {"own": built_in})
    assert "this is H10301, too" in said


def test_site_toml_declares_them(tmp_path: Path) -> None:
    text = GOOD + "\n[wiegand.campus]\nbits = 32\nnumber = [14, 31]\neven = [[1, 2, 16]]\n"
    assert read(tmp_path, text).wiegand["campus"] == CardFormat(32, (14, 31), even=((1, 2, 16),))
    with pytest.raises(SiteError, match=r"wiegand\.campus\.number: 14 to 33 .*; give"):
        read(tmp_path, text.replace("[14, 31]", "[14, 33]"))
    with pytest.raises(SiteError, match="wiegand"):
        read(tmp_path, text.replace("bits = 32", "bits = 8"))

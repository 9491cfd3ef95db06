"""PINs: four to twelve digits, a duress PIN apart from the PIN, wrong for everything else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.vault import pins
from appliance.vault.faults import VaultFault
from appliance.vault.records import PinHashes


@pytest.fixture(scope="module")
def stored() -> PinHashes:
    return pins.hashes("4711", duress="4712")


def test_each_pin_has_its_answer(stored: PinHashes) -> None:
    assert pins.verify(stored, "4711") == "right"
    assert pins.verify(stored, "4712") == "duress"
    assert pins.verify(stored, "4713") == "wrong"


def test_without_a_duress_pin_there_is_no_duress() -> None:
    stored = pins.hashes("123456789012")
    assert stored.duress is None
    assert pins.verify(stored, "123456789012") == "right"
    assert pins.verify(stored, "12345678901") == "wrong"


def test_a_holder_without_a_pin_and_a_broken_hash_are_wrong() -> None:
    assert pins.verify(None, "1234") == "wrong"
    assert pins.verify(PinHashes("no hash"), "1234") == "wrong"


def test_the_decoys_own_word_is_nobodys_pin() -> None:
    assert pins.verify(None, "nobody's") == "wrong"
    assert pins.verify(PinHashes(pins.hashes("1234").pin), "nobody's") == "wrong"


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "１２３４", "1234\n", "-1234"])
def test_what_is_no_pin_is_refused_and_not_repeated(pin: str) -> None:
    with pytest.raises(VaultFault, match="4 to 12 digits") as caught:
        pins.hashes(pin)
    assert not pin or pin not in str(caught.value)
    with pytest.raises(VaultFault, match="duress_pin"):
        pins.hashes("1234", duress=pin)


def test_the_duress_pin_must_differ() -> None:
    with pytest.raises(VaultFault, match="duress_pin"):
        pins.hashes("1234", duress="1234")


def test_hashes_are_salted_argon2id_and_hide_from_logs(stored: PinHashes) -> None:
    again = pins.hashes("4711")
    assert again.pin != stored.pin
    assert stored.pin.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert "argon2" not in repr(stored)


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=20).filter(lambda text: text not in ("4711", "4712")))
def test_any_other_text_is_wrong(stored: PinHashes, text: str) -> None:
    assert pins.verify(stored, text) == "wrong"

"""PINs: four to twelve digits, a duress PIN apart from the PIN, wrong for everything else."""

import hashlib
import hmac

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.vault import pins
from appliance.vault.faults import VaultFault
from appliance.vault.keys import derived
from appliance.vault.pins import SEALED, Pins
from appliance.vault.records import PinHashes

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
PINS = Pins(KEY)


@pytest.fixture(scope="module")
def stored() -> PinHashes:
    return PINS.hashes("4711", duress="4712")


def test_each_pin_has_its_answer(stored: PinHashes) -> None:
    assert PINS.verify(stored, "4711") == "right"
    assert PINS.verify(stored, "4712") == "duress"
    assert PINS.verify(stored, "4713") == "wrong"


def test_without_a_duress_pin_there_is_no_duress() -> None:
    stored = PINS.hashes("123456789012")
    assert stored.duress is None
    assert PINS.verify(stored, "123456789012") == "right"
    assert PINS.verify(stored, "12345678901") == "wrong"


def test_a_holder_without_a_pin_and_a_broken_hash_are_wrong() -> None:
    assert PINS.verify(None, "1234") == "wrong"
    assert PINS.verify(PinHashes("no hash"), "1234") == "wrong"


def test_the_decoys_own_word_is_nobodys_pin() -> None:
    assert PINS.verify(None, "nobody's") == "wrong"
    assert PINS.verify(PinHashes(PINS.hashes("1234").pin), "nobody's") == "wrong"


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "１２３４", "1234\n", "-1234"])
def test_what_is_no_pin_is_refused_and_not_repeated(pin: str) -> None:
    with pytest.raises(VaultFault, match="4 to 12 digits") as caught:
        PINS.hashes(pin)
    assert not pin or pin not in str(caught.value)
    with pytest.raises(VaultFault, match="duress_pin"):
        PINS.hashes("1234", duress=pin)


def test_the_duress_pin_must_differ() -> None:
    with pytest.raises(VaultFault, match="duress_pin"):
        PINS.hashes("1234", duress="1234")


def test_hashes_are_salted_sealed_and_hide_from_logs(stored: PinHashes) -> None:
    again = PINS.hashes("4711")
    assert again.pin != stored.pin
    assert again.pin.startswith(SEALED)
    assert "argon2" not in again.pin
    assert SEALED not in repr(stored)
    assert "Pins object" in repr(PINS)


def test_what_is_sealed_is_argon2id_of_this_cost() -> None:
    hashed = pins._HASHER.hash("4711")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PINS.verify(PinHashes(PINS.sealed(hashed)), "4711") == "right"


def test_a_pepper_is_hkdf_of_the_key_for_one_purpose() -> None:
    """RFC 5869 by hand: extract under a salt of zeros, expand by one block."""
    extracted = hmac.digest(bytes(32), KEY, hashlib.sha256)
    expanded = hmac.digest(extracted, b"cardea pin pepper 1\x01", hashlib.sha256)
    assert derived(KEY, "pin pepper 1") == expanded
    assert derived(KEY, "pin pepper 2") != expanded


def test_who_has_the_tables_and_not_the_key_cannot_try_pins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All 10,000, by a hash that is made cheap for it: with the pepper one of them is right."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, hash_len=16, salt_len=8)
    monkeypatch.setattr(pins, "_HASHER", cheap)
    monkeypatch.setattr(pins, "_DECOY", cheap.hash("nobody's"))
    thief, insider = Pins(OTHER_KEY), Pins(KEY)
    stolen = insider.hashes("4711", "0815")
    everyone = [f"{pin:04}" for pin in range(10_000)]
    assert not [pin for pin in everyone if thief.verify(stolen, pin) != "wrong"]
    assert [pin for pin in everyone if insider.verify(stolen, pin) != "wrong"] == ["0815", "4711"]
    with pytest.raises(InvalidHashError):
        cheap.verify(stolen.pin, "4711")


@pytest.mark.parametrize("bit", [0, 7, 300])
def test_a_sealed_hash_that_was_touched_is_wrong(stored: PinHashes, bit: int) -> None:
    letters = list(stored.pin.removeprefix(SEALED))
    letters[bit // 8] = "A" if letters[bit // 8] != "A" else "B"
    assert PINS.verify(PinHashes(SEALED + "".join(letters)), "4711") == "wrong"


@pytest.mark.parametrize("text", ["no hash", "p1$", "p1$AAAA", "p1$\u00e4", "p2$" + "A" * 40])
def test_what_was_never_sealed_costs_as_much_as_a_hash(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    class Counting:
        def verify(self, stored: str, entered: str) -> bool:
            tried.append(stored)
            return stored != pins._DECOY

    monkeypatch.setattr(pins, "_HASHER", Counting())
    assert PINS.verify(PinHashes(text), "4711") == "wrong"
    assert PINS.verify(None, "4711") == "wrong"
    assert tried == [pins._DECOY] * 4


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=20).filter(lambda text: text not in ("4711", "4712")))
def test_any_other_text_is_wrong(stored: PinHashes, text: str) -> None:
    assert PINS.verify(stored, text) == "wrong"

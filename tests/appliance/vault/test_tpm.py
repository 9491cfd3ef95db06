"""What a real TPM 2.0 (in software) seals, opens, refuses and counts."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from appliance.vault import tpm
from appliance.vault.tpm import Tpm, TpmFault, WrongState
from tests.appliance.vault.swtpm import extend, extended, powered, swtpm

SECRET = bytes(range(32))
PCRS = (7, 11)
INDEX = 0x0150_CA01


@pytest.fixture(scope="module")
def tcti() -> Iterator[str]:
    with swtpm() as where:
        yield where


def test_what_is_sealed_opens_again_and_the_blob_does_not_hold_it(tcti: str) -> None:
    with Tpm(tcti) as chip:
        blob = chip.seal(SECRET, PCRS)
    assert SECRET not in blob
    with Tpm(tcti) as chip:
        assert [chip.unseal(blob, PCRS) for _ in range(20)] == [SECRET] * 20


def test_other_pcr_values_are_refused() -> None:
    with swtpm() as own:
        with Tpm(own) as chip:
            blob = chip.seal(SECRET, PCRS)
        extend(own, 4, b"not of the policy")
        with Tpm(own) as chip:
            assert chip.unseal(blob, PCRS) == SECRET
        extend(own, 11, b"another kernel")
        with Tpm(own) as chip, pytest.raises(WrongState, match="not the system"):
            chip.unseal(blob, PCRS)


def test_another_tpm_is_refused(tcti: str) -> None:
    with Tpm(tcti) as chip:
        blob = chip.seal(SECRET, PCRS)
    with swtpm() as other, Tpm(other) as chip, pytest.raises(WrongState, match="another TPM"):
        chip.unseal(blob, PCRS)


def test_values_to_come_open_after_they_came_and_not_before() -> None:
    with swtpm() as own:
        with Tpm(own) as chip:
            coming = {11: extended(chip.measured(PCRS)[11], b"next kernel")}
            blob = chip.seal(SECRET, PCRS, coming)
            with pytest.raises(WrongState):
                chip.unseal(blob, PCRS)
        extend(own, 11, b"next kernel")
        with Tpm(own) as chip:
            assert chip.unseal(blob, PCRS) == SECRET


def test_asking_for_fewer_pcrs_does_not_open(tcti: str) -> None:
    with Tpm(tcti) as chip:
        blob = chip.seal(SECRET, PCRS)
        with pytest.raises(WrongState):
            chip.unseal(blob, (7,))


@pytest.mark.parametrize("cut", [0, 1, 40, 200])
def test_a_torn_blob_is_refused(tcti: str, cut: int) -> None:
    with Tpm(tcti) as chip:
        torn = chip.seal(SECRET, PCRS)[:cut]
        with pytest.raises(TpmFault):
            chip.unseal(torn, PCRS)


def test_a_counter_only_rises_and_outlives_a_power_cut() -> None:
    with TemporaryDirectory(prefix="tpm") as name:
        folder = Path(name)
        with powered(folder) as own, Tpm(own) as chip:
            assert chip.counter(INDEX) is None
            first = chip.define_counter(INDEX)
            assert [chip.increment(INDEX), chip.counter(INDEX)] == [first + 1, first + 1]
        with powered(folder) as own, Tpm(own) as chip:
            assert chip.counter(INDEX) == first + 1


def test_a_counter_destroyed_and_made_anew_never_goes_back(tcti: str) -> None:
    with Tpm(tcti) as chip:
        chip.define_counter(INDEX)
        before = chip.increment(INDEX)
        chip.destroy(INDEX)
        assert chip.counter(INDEX) is None
        with pytest.raises(TpmFault, match="define it first"):
            chip.increment(INDEX)
        assert chip.define_counter(INDEX) > before
        with pytest.raises(TpmFault, match="already"):
            chip.define_counter(INDEX)
        chip.destroy(INDEX)


def test_a_counter_that_a_power_cut_left_without_a_count_is_taken_up(
    tcti: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cut(Exception):
        pass

    def cut(*_: object) -> int:
        raise Cut

    with Tpm(tcti) as chip:
        with monkeypatch.context() as patch:
            patch.setattr(Tpm, "increment", cut)
            with pytest.raises(Cut):
                chip.define_counter(INDEX)
        assert chip.counter(INDEX) is None
        assert chip.define_counter(INDEX) == chip.counter(INDEX)
        chip.destroy(INDEX)


def test_no_tpm_is_a_line_with_a_remedy() -> None:
    with pytest.raises(TpmFault, match=r"vault\.tcti.*no TPM answers.*group tss"):
        Tpm("device:/nowhere")


def test_no_library_is_a_line_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tpm, "tss", None)
    with pytest.raises(TpmFault, match=r"tpm2-pytss is missing; install libtss2-dev"):
        Tpm("device:/dev/tpmrm0")

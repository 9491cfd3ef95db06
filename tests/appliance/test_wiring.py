"""site.toml against the board: each terminal there, once, and in the right direction."""

from itertools import product
from pathlib import Path

import pytest

from appliance import wiring
from appliance.config import SiteError
from board.table import read_table
from tests.appliance.test_config import GOOD, read

INPUTS = ["IN1", "IN2", "IN3", "IN4", "D0", "D1"]
OUTPUTS = ["K1", "K2", "LED-G", "LED-R", "BUZZ"]


def check(folder: Path, text: str) -> None:
    wiring.check(folder / "site.toml", read(folder, text), read_table("simulated"))


def test_a_good_site_fits_its_board(tmp_path: Path) -> None:
    check(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("first", "second"),
    [pair for pins in (INPUTS, OUTPUTS) for pair in product(pins, pins) if pair[0] != pair[1]],
)
def test_one_pin_has_one_meaning(first: str, second: str, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=rf"{second} is already .*; give each its own"):
        check(tmp_path, GOOD.replace(f'"{first}"', f'"{second}"'))


@pytest.mark.parametrize(("first", "second"), [*product(INPUTS, ["K9"]), *product(OUTPUTS, ["K9"])])
def test_a_pin_that_is_not_there(first: str, second: str, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="this board has no 'K9'; it has BUZZ, D0"):
        check(tmp_path, GOOD.replace(f'"{first}"', f'"{second}"'))


@pytest.mark.parametrize("pin", OUTPUTS)
def test_an_input_drives_nothing(pin: str, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="choose an output"):
        check(tmp_path, GOOD.replace(f'"{pin}"', '"D0"'))


@pytest.mark.parametrize("pin", INPUTS)
def test_an_output_tells_nothing(pin: str, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="choose an input"):
        check(tmp_path, GOOD.replace(f'"{pin}"', '"K1"'))


def test_a_display_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"front.display: this board has no 'TTY7'; it has DISPLAY"):
        check(tmp_path, GOOD.replace("DISPLAY", "TTY7"))


def test_two_portals_share_nothing(tmp_path: Path) -> None:
    front = GOOD[GOOD.index("[portals.front]") :]
    with pytest.raises(SiteError, match=r"portals\.back\.strike: K1 is already portals\.front"):
        check(tmp_path, GOOD + front.replace("portals.front", "portals.back"))


def test_an_account_that_is_not_there(tmp_path: Path) -> None:
    text = GOOD.replace("[bundle]", 'coprocessor_account = "nemo"\n[bundle]')
    with pytest.raises(SiteError, match="coprocessor_account: account 'nemo' is not known"):
        check(tmp_path, text)

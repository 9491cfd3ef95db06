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


SUPERVISED = GOOD.replace(
    'contact = { pin = "IN1" }', 'contact = { pin = "AIN1", supervised = true }'
)
MAGNET = SUPERVISED.replace("held_ms", 'strike_type = "maglock"\nbond = { pin = "IN1" }\nheld_ms')


def test_a_supervised_line_fits_an_analog_pin(tmp_path: Path) -> None:
    check(tmp_path, SUPERVISED)
    check(tmp_path, MAGNET)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"AIN1"', '"IN1"', r"contact: IN1 knows only two levels; .* analog pin \(AIN1, AIN2"),
        ('"AIN1"', '"AIN9"', "contact: this board has no analog 'AIN9'; it has AIN1, AIN2"),
        (", supervised = true", "", r"contact: AIN1 is analog; set supervised = true"),
        ('d0 = "D0"', 'd0 = "AIN2"', "reader.d0: AIN2 is analog; "),
        ('strike = "K1"', 'strike = "AIN2"', "strike: AIN2 is analog; "),
        ('pin = "IN3"', 'pin = "AIN1"\nsupervised = true', "contact: AIN1 is already tamper"),
        ('pin = "IN4"', 'pin = "IN4"\nsupervised = true', "fire: IN4 knows only two levels"),
        ('pin = "IN2"', 'pin = "IN2", supervised = true', "rex: IN2 knows only two levels"),
        ('bond = { pin = "IN1"', 'bond = { pin = "K2"', "bond: K2 is for .*; choose an input"),
        ('bond = { pin = "IN1"', 'bond = { pin = "IN3"', "bond: IN3 is already tamper"),
    ],
)
def test_a_voltage_is_read_by_an_analog_pin_and_a_level_by_the_other_sort(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    assert old in MAGNET
    with pytest.raises(SiteError, match=said):
        check(tmp_path, MAGNET.replace(old, new))


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

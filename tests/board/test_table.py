"""A board's table is found by name, or its absence is told by name."""

from pathlib import Path

import pytest

from board.load import load
from board.signals import Board
from board.table import TABLES, BoardError, read_table

PINS = b"driver='simulated'\nwhat=''\n[pins]\n"
USUAL = b"[usual]\ntamper='IN3'\nfire='IN4'\n[usual.doors]\n"


def test_the_least_table_is_one(tmp_path: Path) -> None:
    """What the malformed ones below are made of is sound."""
    (tmp_path / "mine.toml").write_bytes(PINS + b"[uarts]\n[cameras]\n" + USUAL)
    assert read_table("mine", tmp_path).pins == {}


@pytest.mark.parametrize("name", sorted(path.stem for path in TABLES.glob("*.toml")))
def test_every_table_can_be_read_and_loaded(name: str, tmp_path: Path) -> None:
    table = read_table(name)
    board: Board = load(name, tmp_path / "board.sock")
    for pin, line in table.pins.items():
        assert board.pin(pin).value() == line.idle
    for line_name, analog in table.analogs.items():
        assert board.adc(line_name).read_u16() == analog.idle * 65535 // 1000
    for uart in table.uarts:
        assert board.uart(uart).read() == b""


@pytest.mark.parametrize("name", ["", "nonesuch", "../table", "simulated.toml", "SIMULATED", "é"])
def test_an_unknown_board_is_named_with_those_there_are(name: str) -> None:
    with pytest.raises(BoardError, match=r"board: .* is not known; this image has .*simulated"):
        read_table(name)


def test_an_unknown_terminal_is_named_with_those_there_are(tmp_path: Path) -> None:
    board = load("simulated", tmp_path / "board.sock")
    with pytest.raises(BoardError, match=r"pin: this board has no 'K9'; it has .*IN1.*K1"):
        board.pin("K9")
    with pytest.raises(BoardError, match=r"analog input: this board has no 'IN1'; it has AIN1"):
        board.adc("IN1")
    with pytest.raises(BoardError, match=r"UART: .*'RS485-A'; it has DISPLAY"):
        board.uart("RS485-A")
    with pytest.raises(BoardError, match=r"camera: .*'CAM2'; it has CAM0, CAM1"):
        board.camera("CAM2")


@pytest.mark.parametrize(
    "text",
    [
        b"driver = 'simulated'",
        b"driver = 'linux'\nwhat = ''\n[pins]\n[uarts]\n[cameras]\n" + USUAL,
        b"driver='simulated'\nwhat=''\n[pins]\n[uarts]\n[cameras]\n",
        b"[",
        b"\xff",
        b"a = " + b"1" * 5000,
        b"a = " + b"[" * 5000,
        b"driver='simulated'\nwhat=''\nx=1\n[pins]\n[uarts]\n[cameras]\n" + USUAL,
        PINS + b"K1={direction='up',what=''}\n[uarts]\n[cameras]\n" + USUAL,
        PINS + b"K1={direction='in',what='',idle=2}\n[uarts]\n[cameras]\n" + USUAL,
        PINS + b"[uarts]\n[cameras]\n[analogs]\nAIN1={what='',idle=1001}\n" + USUAL,
        PINS + b"[uarts]\n[cameras]\n" + USUAL + b"[doors.front]\nstrike='K1'\n",
    ],
)
def test_a_malformed_table_is_named_with_the_remedy(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(text)
    with pytest.raises(BoardError, match=r"\Amine\.toml: .*; compare it with the other tables"):
        read_table("mine", tmp_path)

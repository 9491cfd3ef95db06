"""coprocessor.toml: what is accepted, and that each error names its key in one line."""

import contextlib
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from coprocessor.config import ConfigError, parse, read_config

KEY = "ab" * 32
GOOD = f"""
[terminal]
serial = "demo-1"
board = "simulated"
[camera]
name = "CAM0"
socket = "run/camera.sock"
[link]
socket = "run/link.sock"
[bundle]
directory = "../models"
public_key = "{KEY}"
"""


def refusal(text: str, folder: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text.encode(), folder)
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "coprocessor.toml"
    path.write_text(GOOD)
    config = read_config(path)
    assert config.link.socket == tmp_path / "run/link.sock"
    assert config.bundle.directory == tmp_path / "../models"
    assert (config.broker.host, config.broker.port) == ("", 0)


def test_an_absolute_path_stays() -> None:
    config = parse(GOOD.replace('"run/link.sock"', '"/run/link.sock"').encode(), Path("/etc"))
    assert config.link.socket == Path("/run/link.sock")


@pytest.mark.parametrize(
    ("section", "file"),
    [
        ("", "/etc/cardea/calibration.json"),
        ('[calibration]\nfile = "fits/door.json"', "/etc/cardea/fits/door.json"),
        ('[calibration]\nfile = "/var/lib/door.json"', "/var/lib/door.json"),
    ],
)
def test_the_calibration_lies_beside_the_file_or_where_it_says(section: str, file: str) -> None:
    config = parse(f"{GOOD}\n{section}".encode(), Path("/etc/cardea"))
    assert config.calibration.file == file


@pytest.mark.parametrize("file", ['""', '"a\\u0000b"', "7"])
def test_a_calibration_file_is_a_path(file: str, tmp_path: Path) -> None:
    assert "calibration.file" in refusal(f"{GOOD}\n[calibration]\nfile = {file}", tmp_path)


def test_an_absent_file_names_itself_and_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml.*cardea site new"):
        read_config(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (("serial =", "serail ="), "serail"),
        (('"demo-1"', '"demo/1"'), "terminal.serial"),
        (('"demo-1"', '"#"'), "terminal.serial"),
        (("[link]", "[lnk]"), "lnk"),
        ((KEY, KEY[1:]), "bundle.public_key"),
        ((KEY, KEY[1:] + "g"), "bundle.public_key"),
        (('"run/link.sock"', "5"), "link.socket"),
        (('"run/link.sock"', '""'), "link.socket"),
        (('name = "CAM0"', ""), "camera.name"),
        (('name = "CAM0"', 'name = "CAM0"\nfile = "a.png"'), "camera.file"),
        (('name = "CAM0"', 'file = "absent.png"'), "camera.file"),
        (("[terminal]", "[terminal"), "line 2"),
        (("[link]", '[models]\nbackend = "cuda"\n[link]'), "models.backend"),
        (("[link]", '[models]\nbackend = "tensorrt"\n[link]'), "models.engines"),
        (("[link]", "[models]\nthreads = 0\n[link]"), "models.threads"),
    ],
)
def test_an_error_names_the_key(change: tuple[str, str], names: str, tmp_path: Path) -> None:
    assert names in refusal(GOOD.replace(*change), tmp_path)


@pytest.mark.parametrize(
    ("broker", "names"),
    [
        ('host = "mqtt.example"', "broker"),
        ("port = 1883", "broker"),
        ('host = "h"\nport = 70000', "broker.port"),
        ('host = "h"\nport = 1\nkeepalive_s = 1', "broker.keepalive_s"),
        ('host = "h"\nport = 1\npassword = "x"', "password"),
        ('host = "h"\nport = 1\n[broker.tls]\nca = "ca.pem"', "certificate"),
        (
            'host = "h"\nport = 1\n[broker.tls]\nca = "absent"\ncertificate = "c"\nkey = "k"',
            "broker.tls.ca",
        ),
    ],
)
def test_a_broker_error_names_the_key(broker: str, names: str, tmp_path: Path) -> None:
    assert names in refusal(f"{GOOD}[broker]\n{broker}\n", tmp_path)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    with pytest.raises(ConfigError):
        parse(raw, Path("/nowhere"))


@given(st.integers(0, len(GOOD) - 1), st.characters(codec="utf-8"))
def test_a_good_file_with_one_character_changed_is_read_or_refused(at: int, other: str) -> None:
    with contextlib.suppress(ConfigError):
        parse((GOOD[:at] + other + GOOD[at + 1 :]).encode(), Path("/nowhere"))

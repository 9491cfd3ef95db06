"""Whatever is wrong with site.toml, one line says which key, and what to do."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.config import SiteError, read_site, weak_doors
from appliance.sections import Factors, Site

GOOD = """\
[terminal]
serial = "demo-1"
board = "simulated"
[bundle]
directory = "bundle"
public_key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
[tamper]
pin = "IN3"
[fire]
pin = "IN4"
[portals.front]
strike = "K1"
sounder = "K2"
display = "DISPLAY"
contact = { pin = "IN1" }
rex = { pin = "IN2", asserted = "low" }
held_ms = 30000
[portals.front.reader]
kind = "wiegand"
d0 = "D0"
d1 = "D1"
led_green = "LED-G"
led_red = "LED-R"
buzzer = "BUZZ"
"""


def read(folder: Path, text: str | bytes) -> Site:
    path = folder / "site.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_site(path)


def said(folder: Path, raw: bytes) -> str:
    """What is wrong with it, or nothing."""
    try:
        read(folder, raw)
    except SiteError as fault:
        return str(fault)
    return ""


def test_a_good_site_is_read_with_the_defaults_of_the_design(tmp_path: Path) -> None:
    front = read(tmp_path, GOOD).portals["front"]
    times = (front.unlock_ms, front.extended_ms, front.held_ms, front.prealarm_ms)
    assert times == (5_000, 15_000, 30_000, 10_000)
    assert (front.factors, front.without_face) == ("card+face", "card+pin")
    assert front.camera == "rgb"
    assert (front.strike_type, front.reader.keypad) == ("fail-secure", True)
    assert (front.contact.asserted, front.rex.asserted) == ("high", "low")


WRONG = [
    ('serial = "demo-1"', 'serial = "Demo 1"', "terminal.serial"),
    ('serial = "demo-1"', 'serial = "a/b"', "terminal.serial"),
    ('serial = "demo-1"', 'serial = "demo-1\\n"', "terminal.serial"),
    ('serial = "demo-1"', 'serial = "+"', "terminal.serial"),
    ('serial = "demo-1"', f'serial = "{"a" * 33}"', "terminal.serial"),
    ('serial = "demo-1"', "serial = 1", "terminal.serial"),
    ('serial = "demo-1"', "", "serial"),
    ('board = "simulated"', 'board = "simulated"\nwatchdog_ms = 1000', "watchdog_ms"),
    ('board = "simulated"', 'board = "simulated"\nwatchdog = 1000', "watchdog"),
    ('public_key = "0011', 'public_key = "0g11', "public_key"),
    ('public_key = "0011', 'public_key = "11', "public_key"),
    ('pin = "IN3"', "pin = 3", "tamper.pin"),
    ('pin = "IN4"', 'pin = "IN4"\nasserted = "yes"', "fire.asserted"),
    ("held_ms = 30000", "held_ms = 99", "held_ms"),
    ("held_ms = 30000", "held_ms = 600001", "held_ms"),
    ("held_ms = 30000", "held_ms = 5000.5", "held_ms"),
    ("held_ms = 30000", 'held_ms = "30000"', "held_ms"),
    ("held_ms = 30000", "held_ms = true", "held_ms"),
    ("held_ms = 30000", "held_ms = -1", "held_ms"),
    ("held_ms = 30000", "held_ms = 10000", "prealarm_ms"),
    ("held_ms = 30000", "unlock_ms = 0", "unlock_ms"),
    ("held_ms = 30000", "forced_ms = 5001", "forced_ms"),
    ("held_ms = 30000", "forced_ms = -1", "forced_ms"),
    ("held_ms = 30000", 'relock = "never"', "relock"),
    ("held_ms = 30000", 'free_schedule = "Office"', "free_schedule"),
    ("held_ms = 30000", "first_person = true", "first_person"),
    ("held_ms = 30000", 'strike_type = "magnet"', "strike_type"),
    ("held_ms = 30000", 'factors = "pin"', "factors"),
    ("held_ms = 30000", 'factors = "face+card"', "factors"),
    ("held_ms = 30000", 'factors = ["card"]', "factors"),
    ("held_ms = 30000", 'without_face = "nothing"', "without_face"),
    ("held_ms = 30000", 'camera = "ir"', "camera"),
    ('board = "simulated"', 'board = "simulated"\nassurance = "low"', "assurance"),
    ("held_ms = 30000", 'unknown = "key"', "unknown"),
    ('kind = "wiegand"', 'kind = "osdp"', "reader.kind"),
    ('kind = "wiegand"', 'kind = "wiegand"\nkeypad = "no"', "keypad"),
    ('d1 = "D1"', "", "d1"),
    ("[portals.front]", "[portals.Front]", "portals"),
    ("strike = ", "relay = ", "relay"),
    ('pin = "IN1"', 'pin = "IN1", supervised = "yes"', "supervised"),
    ('pin = "IN1"', 'pin = "IN1", fault = "asserted"', "fault"),
    ('asserted = "low"', 'asserted = "low", fault = "asserted"', "rex.fault"),
    ('pin = "IN4"', 'pin = "IN4"\nfault = "asserted"', "fire.fault"),
    ('pin = "IN4"', 'pin = "IN4"\nfault = "open"', "fire.fault"),
    ('pin = "IN4"', 'pin = "IN4"\n[supervision]\ncut_from = 1000', "cut_from"),
    ('pin = "IN4"', 'pin = "IN4"\n[supervision]\nshort_below = 0', "short_below"),
    ('pin = "IN4"', 'pin = "IN4"\n[supervision]\nshort_below = 560', "two_from"),
    ('pin = "IN4"', 'pin = "IN4"\n[supervision]\ntwo_from = 820', "cut_from"),
    ('pin = "IN4"', 'pin = "IN4"\n[supervision]\ntwo_from = 100', "two_from"),
    ("held_ms = 30000", 'bond = { pin = "IN5" }', "bond"),
    ("held_ms = 30000", 'strike_type = "fail-safe"\nbond = { pin = "IN5" }', "bond"),
    ("held_ms = 30000", "bond_ms = 0", "bond_ms"),
]


@pytest.mark.parametrize(("old", "new", "key"), WRONG)
def test_a_wrong_value_is_named_in_one_line(old: str, new: str, key: str, tmp_path: Path) -> None:
    text = GOOD.replace(old, new)
    assert text != GOOD
    with pytest.raises(SiteError) as fault:
        read(tmp_path, text)
    message = str(fault.value)
    assert message.startswith(str(tmp_path / "site.toml"))
    assert "\n" not in message
    assert key.split(".")[-1] in message
    assert "; " in message  # the remedy comes after it


def test_limits_that_are_just_far_enough_apart(tmp_path: Path) -> None:
    limits = "[supervision]\nshort_below = 559\ntwo_from = 590\ncut_from = 621\n[portals.front]"
    site = read(tmp_path, GOOD.replace("[portals.front]", limits))
    assert (site.supervision.short_below, site.supervision.cut_from) == (559, 621)


def test_a_line_that_is_supervised_may_call_when_it_is_damaged(tmp_path: Path) -> None:
    line = 'rex = { pin = "AIN2", supervised = true, fault = "asserted"'
    site = read(tmp_path, GOOD.replace('rex = { pin = "IN2"', line))
    rex = site.portals["front"].rex
    assert (rex.in_doubt, site.fire.in_doubt, site.tamper.in_doubt) == (True, False, True)


def test_a_site_without_portals_is_told(tmp_path: Path) -> None:
    text = GOOD[: GOOD.index("[portals.front]")]
    with pytest.raises(SiteError, match="portals: there is none; add"):
        read(tmp_path, text + "[portals]\n")
    with pytest.raises(SiteError, match="portals"):
        read(tmp_path, text)


def test_a_portal_is_not_called_terminal(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"portals\.terminal: .*; choose another"):
        read(tmp_path, GOOD.replace("portals.front", "portals.terminal"))


def test_an_absent_site_is_told(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"site\.toml: No such file.*; make one with `cardea site"):
        read_site(tmp_path / "site.toml")
    with pytest.raises(SiteError, match="Is a directory"):
        read_site(tmp_path)


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe",
        b"[",
        b"a = " + b"1" * 5_000,
        b"a = " + b"[" * 5_000,
        b"a = 2026-13-45",
        b"terminal = 1",
        b"",
        b"\x00",
    ],
    ids=repr,
)
def test_no_toml_is_told_in_one_line(raw: bytes, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"; see docs/site\.md") as fault:
        read(tmp_path, raw)
    assert "\n" not in str(fault.value)


@settings(deadline=None)
@given(st.binary(max_size=120))
def test_random_bytes_are_never_a_site(raw: bytes) -> None:
    with TemporaryDirectory() as folder, pytest.raises(SiteError):
        read(Path(folder), raw)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_site_is_a_site_or_told(data: st.DataObject) -> None:
    raw = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with TemporaryDirectory() as folder:
        assert "\n" not in said(Path(folder), bytes(raw))


@pytest.mark.parametrize(
    "key",
    [
        'factors = "card+pin"',
        'without_face = "card+pin"',
        'factors = "any-two"',
        'factors = "face+pin"',
    ],
)
def test_a_pin_wants_a_keypad(key: str, tmp_path: Path) -> None:
    text = GOOD.replace("held_ms", f"{key}\nheld_ms").replace(
        'buzzer = "BUZZ"', 'buzzer = "BUZZ"\nkeypad = false'
    )
    with pytest.raises(SiteError, match="keypad: a PIN is wanted"):
        read(tmp_path, text)


@pytest.mark.parametrize("factors", ["any-two", "face+pin"])
def test_no_card_alone_stands_in_for_two_factors(factors: str, tmp_path: Path) -> None:
    keys = f'factors = "{factors}"\nwithout_face = "card"\nheld_ms'
    with pytest.raises(SiteError, match=r"portals\.front\.without_face: a card alone would stand"):
        read(tmp_path, GOOD.replace("held_ms", keys))
    assert read(tmp_path, GOOD.replace("held_ms", keys.replace('"card"', '"refuse"')))


NIGHT = '[[portals.front.when]]\nschedule = "night"\nfactors = "{}"\n[portals.front.reader]'


def at_night(factors: str, text: str = GOOD) -> str:
    return text.replace("[portals.front.reader]", NIGHT.format(factors))


def test_factors_at_other_hours_are_judged_like_the_usual_ones(tmp_path: Path) -> None:
    site = read(tmp_path, at_night("face"))
    assert [(each.schedule, each.factors) for each in site.portals["front"].when] == [
        ("night", "face")
    ]
    assert weak_doors(site) == ["front"]
    assert "not of high assurance" in said(tmp_path, at_night("face", HIGH).encode())
    keyless = at_night("card+pin").replace('"BUZZ"', '"BUZZ"\nkeypad = false')
    keyless = keyless.replace("held_ms", 'without_face = "card"\nheld_ms')
    assert "keypad: a PIN is wanted" in said(tmp_path, keyless.encode())
    assert "factors" in said(tmp_path, at_night("gait").encode())


FILED = GOOD.replace('board = "simulated"', 'board = "simulated"\nassurance = "high"')
HIGH = FILED + '\n[vault]\nkey = "tpm"\n'


def doors(text: str, factors: str, camera: str) -> str:
    return text.replace("held_ms", f'factors = "{factors}"\ncamera = "{camera}"\nheld_ms')


def test_high_assurance_refuses_a_face_alone_before_one_rgb_camera(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"portals\.front\.factors: .*; add an infrared camera and"):
        read(tmp_path, doors(HIGH, "face", "rgb"))


@pytest.mark.parametrize("camera", ["rgb", "rgb+ir"])
@pytest.mark.parametrize("factors", get_args(Factors))
def test_every_other_door_is_of_high_assurance(factors: str, camera: str, tmp_path: Path) -> None:
    if (factors, camera) == ("face", "rgb"):
        return
    assert not weak_doors(read(tmp_path, doors(HIGH, factors, camera)))


def test_high_assurance_refuses_a_key_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"vault\.key: a key in a file.*`cardea key seal`"):
        read(tmp_path, FILED)


@pytest.mark.parametrize("pcrs", ["[]", "[24]", "[-1]", "7"])
def test_a_tpm_seals_to_pcrs_that_there_are(tmp_path: Path, pcrs: str) -> None:
    with pytest.raises(SiteError, match=r"vault\.pcrs"):
        read(tmp_path, HIGH + f"pcrs = {pcrs}\n")


def test_standard_assurance_serves_such_a_door_and_knows_it(tmp_path: Path) -> None:
    assert weak_doors(read(tmp_path, doors(GOOD, "face", "rgb"))) == ["front"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "Australia/Lord_Howe"])
def test_a_time_zone_is_known_by_its_name(tmp_path: Path, zone: str) -> None:
    text = GOOD.replace('board = "simulated"', f'board = "simulated"\ntime_zone = "{zone}"')
    assert read(tmp_path, text).terminal.time_zone == zone
    assert read(tmp_path, GOOD).terminal.time_zone == "UTC"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../UTC", ""])
def test_a_wrong_time_zone_is_named_with_its_key(tmp_path: Path, zone: str) -> None:
    text = GOOD.replace('board = "simulated"', f'board = "simulated"\ntime_zone = "{zone}"')
    with pytest.raises(SiteError, match=r"terminal\.time_zone: no zone .*give an IANA name"):
        read(tmp_path, text)


BACK = GOOD[GOOD.index("[portals.front]") :].replace("front", "back")


@pytest.mark.parametrize(
    ("interlocks", "said"),
    [
        ('[["front"]]', "front is no lock of several doors"),
        ("[[]]", "nothing is no lock of several doors"),
        ('[["front", "front"]]', "front, front is no lock of several doors"),
        ('[["front", "side"]]', "there is no portal 'side'; name those of front, back"),
    ],
)
def test_an_interlock_is_of_two_doors_that_there_are(
    interlocks: str, said: str, tmp_path: Path
) -> None:
    text = f"interlocks = {interlocks}\n{GOOD}\n{BACK}"
    with pytest.raises(SiteError, match="interlocks: ") as fault:
        read(tmp_path, text)
    assert said in str(fault.value)


def test_no_door_of_an_interlock_stands_free_by_schedule(tmp_path: Path) -> None:
    good = f'interlocks = [["front", "back"]]\n{GOOD}\n{BACK}'
    assert read(tmp_path, good).interlocks == (("front", "back"),)
    with pytest.raises(SiteError, match=r"portals\.front\.free_schedule: while it is free"):
        read(tmp_path, good.replace("held_ms", 'free_schedule = "public"\nheld_ms', 1))

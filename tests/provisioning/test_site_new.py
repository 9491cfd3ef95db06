"""A new state directory: whole, readable by both processes, and never over an old one."""

import stat
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance import wiring
from appliance.config import read_site
from appliance.vault import keys
from appliance.vault.store import Store
from board.bundle import encode, read_manifest
from board.load import load
from board.table import TABLES, read_table
from coprocessor.config import read_config
from provisioning.__main__ import main
from provisioning.site_new import make
from tests.appliance.bench import MANIFEST

FILES = ["coprocessor.toml", "site.toml", "vault.anchor", "vault.db", "vault.key"]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    key = Ed25519PrivateKey.generate()
    directory = tmp_path / "bundle"
    directory.mkdir()
    raw = encode(MANIFEST)
    (directory / "manifest.json").write_bytes(raw)
    (directory / "manifest.sig").write_bytes(key.sign(raw))
    (directory / "bundle.pub").write_text(key.public_key().public_bytes_raw().hex() + "\n")
    return directory


def site_new(directory: Path, bundle: Path, *more: str) -> int:
    return main(["site", "new", str(directory), "--bundle", str(bundle), *more])


def test_the_site_is_what_the_appliance_can_run(bundle: Path, tmp_path: Path) -> None:
    state = tmp_path / "deep" / "state"
    assert site_new(state, bundle) == 0
    assert sorted(path.name for path in state.iterdir()) == FILES
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE((state / "vault.key").stat().st_mode) == 0o600
    site = read_site(state / "site.toml")
    assert read_manifest(state / site.bundle.directory, site.bundle.public_key) == MANIFEST
    board = load(site.terminal.board, tmp_path / "board.sock")
    for portal in site.portals.values():
        assert board.pin(portal.strike).value() == 0
        assert board.pin(portal.rex.pin).value() == int(portal.rex.asserted == "low")
        board.uart(portal.display)
    store = Store.open(state / "vault.db", keys.load(state / "vault.key"))
    assert store.holders() == []
    store.close()


@pytest.mark.parametrize("board", sorted(path.stem for path in TABLES.glob("*.toml")))
def test_a_new_site_fits_its_board(board: str, bundle: Path, tmp_path: Path) -> None:
    assert site_new(tmp_path / "state", bundle, "--board", board) == 0
    path = tmp_path / "state" / "site.toml"
    site, table = read_site(path), read_table(board)
    wiring.check(path, site, table)
    assert list(site.portals) == list(table.usual.doors)
    assert site.interlocks == table.usual.interlocks
    inputs = [part for portal in site.portals.values() for part in (portal.contact, portal.rex)]
    for contact in (site.tamper, site.fire, *inputs):
        assert table.pins[contact.pin].idle == int(contact.asserted == "low"), contact.pin
    assert read_config(tmp_path / "state" / "coprocessor.toml").camera.name in table.cameras


def test_both_processes_are_told_the_same(bundle: Path, tmp_path: Path) -> None:
    assert site_new(tmp_path / "state", bundle, "--serial", "lobby", "--broker", "mqtt:8883") == 0
    site = read_site(tmp_path / "state" / "site.toml")
    coprocessor = read_config(tmp_path / "state" / "coprocessor.toml")
    assert site.terminal.serial == coprocessor.terminal.serial == "lobby"
    assert site.bundle.public_key == coprocessor.bundle.public_key
    assert (coprocessor.broker.host, coprocessor.broker.port) == ("mqtt", 8883)


@pytest.mark.parametrize("more", [(), ("--infrared",)])
def test_an_infrared_camera_is_told_to_both_or_to_neither(
    more: tuple[str, ...], bundle: Path, tmp_path: Path
) -> None:
    assert site_new(tmp_path / "state", bundle, *more) == 0
    site = read_site(tmp_path / "state" / "site.toml")
    infrared = read_config(tmp_path / "state" / "coprocessor.toml").infrared
    board = load(site.terminal.board, tmp_path / "camera.sock")
    if more:
        assert infrared is not None
        board.camera(infrared.name)
    else:
        assert infrared is None
    assert site.portals["front"].camera == ("rgb+ir" if more else "rgb")


def test_two_terminals_have_neither_name_nor_key_in_common(bundle: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert site_new(tmp_path / name, bundle) == 0
    one, two = (read_site(tmp_path / name / "site.toml") for name in ("one", "two"))
    assert one.terminal.serial != two.terminal.serial
    assert keys.load(tmp_path / "one" / "vault.key") != keys.load(tmp_path / "two" / "vault.key")


@pytest.mark.parametrize("name", FILES)
def test_nothing_that_is_there_is_overwritten(name: str, bundle: Path, tmp_path: Path) -> None:
    assert site_new(tmp_path / "state", bundle) == 0
    for path in (tmp_path / "state").iterdir():
        if path.name != name:
            path.unlink()
    before = (tmp_path / "state" / name).read_bytes()
    with pytest.raises(Exception, match=name):
        make(tmp_path / "state", "simulated", bundle)
    assert (tmp_path / "state" / name).read_bytes() == before


def test_a_second_time_is_refused_in_one_line(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site_new(tmp_path / "state", bundle) == 0
    before = {path: path.read_bytes() for path in (tmp_path / "state").iterdir()}
    capsys.readouterr()
    assert site_new(tmp_path / "state", bundle) == 2
    assert one_line(capsys).startswith("cardea: ")
    assert before == {path: path.read_bytes() for path in (tmp_path / "state").iterdir()}


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (("--board", "nonesuch"), "board: 'nonesuch' is not known; this image has"),
        (("--broker", "mqtt"), "--broker: 'mqtt' is not HOST:PORT"),
        (("--broker", "mqtt:x"), "--broker: 'mqtt:x' is not HOST:PORT"),
        (("--broker", ":1883"), "--broker: ':1883' is not HOST:PORT"),
    ],
)
def test_a_wrong_option_makes_nothing(
    more: tuple[str, ...],
    word: str,
    bundle: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert site_new(tmp_path / "state", bundle, *more) == 2
    assert word in one_line(capsys)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("name", ["bundle.pub", "manifest.json", "manifest.sig"])
def test_an_absent_or_foreign_bundle_makes_nothing(
    name: str, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle / name).write_bytes(msgspec.json.encode("something else"))
    assert site_new(tmp_path / "state", bundle) == 2
    one_line(capsys)
    (bundle / name).unlink()
    assert site_new(tmp_path / "state", bundle) == 2
    assert name in one_line(capsys)
    assert site_new(tmp_path / "state", tmp_path / "nowhere") == 2
    assert "nowhere" in one_line(capsys)
    assert not (tmp_path / "state").exists()

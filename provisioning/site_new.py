"""Make the state directory of a new terminal: its two configuration files, vault and key."""

import argparse
import os
import re
import secrets
import sys
from pathlib import Path
from typing import Final

import msgspec

from appliance.vault import keys
from appliance.vault.faults import VaultFault
from appliance.vault.store import Store
from board.bundle import BundleError, read_manifest
from board.table import BoardError, Table, read_table

PUBLIC_KEY: Final = "bundle.pub"
FILES: Final = ("site.toml", "coprocessor.toml", "vault.key", "vault.db", "vault.anchor")

SITE: Final = """\
# Cardea: one terminal. Every key is explained in docs/site.md; an unknown key is an error.
{interlocks}
[terminal]
serial = "{serial}"
board = "{board}"
time_zone = "UTC"  # of schedules, such as "Europe/Berlin"

[bundle]
directory = "{bundle}"
public_key = "{public_key}"

[tamper]
pin = "{tamper}"

[fire]
pin = "{fire}"
{doors}"""

INTERLOCKS: Final = """
# Of each list only one door may be open, or released, at a time; whoever wants out waits for none.
interlocks = {}
"""

DOOR: Final = """
[portals.{name}]
factors = "{factors}"
without_face = "card+pin"
camera = "{camera}"
strike_type = "fail-secure"
strike = "{strike}"
sounder = "{sounder}"
display = "{display}"
contact = {{ pin = "{contact}", asserted = "{opened}" }}  # asserted: the door is open
rex = {{ pin = "{rex}", asserted = "{pressed}" }}       # asserted: somebody wants out
unlock_ms = 5000
extended_ms = 15000
held_ms = 30000
prealarm_ms = 10000
factor_ms = 8000

[portals.{name}.reader]
kind = "wiegand"
d0 = "{d0}"
d1 = "{d1}"
led_green = "{led_green}"
led_red = "{led_red}"
buzzer = "{buzzer}"
keypad = true
"""

COPROCESSOR: Final = """\
# Cardea: the co-processor of one terminal. Paths are relative to this file.

[terminal]
serial = "{serial}"
board = "{board}"

[camera]
name = "CAM0"
socket = "run/camera.sock"
{infrared}
[link]
socket = "run/link.sock"

[bundle]
directory = "{bundle}"
public_key = "{public_key}"

[broker]
host = "{host}"
port = {port}
"""


INFRARED: Final = """
[infrared]
name = "CAM1"
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, help="state directory to make")
    parser.add_argument("--board", default="simulated", help="board name (default: simulated)")
    parser.add_argument("--bundle", type=Path, default=Path(".models/bundle"), help="model bundle")
    parser.add_argument("--serial", default="", help="name of the terminal; default: a random one")
    parser.add_argument(
        "--broker", default="", metavar="HOST:PORT", help="MQTT broker; default: none"
    )
    parser.add_argument(
        "--infrared", action="store_true", help="CAM1 is an infrared camera; both must see a face"
    )


def run(options: argparse.Namespace) -> int:
    try:
        make(
            options.directory,
            options.board,
            options.bundle,
            options.serial,
            options.broker,
            infrared=options.infrared,
        )
    except (BoardError, BundleError, VaultFault, OSError, ValueError) as fault:
        print(f"cardea: {fault}", file=sys.stderr)
        return 2
    print(f"made {options.directory}: site.toml, coprocessor.toml, vault.db, vault.key")
    return 0


def make(
    directory: Path,
    board: str,
    bundle: Path,
    serial: str = "",
    broker: str = "",
    *,
    infrared: bool = False,
) -> None:
    """Make the directory; nothing that is there already is ever overwritten.

    Raises BoardError, BundleError, VaultFault, ValueError (broker) or OSError.
    """
    table = read_table(board)
    values = {
        "serial": _serial(serial or f"door-{secrets.token_hex(3)}"),
        "board": board,
        "bundle": _quotable(os.path.relpath(bundle.resolve(), directory.resolve())),
        "public_key": _public_key(bundle),
        "interlocks": _interlocks(table),
        "tamper": table.usual.tamper,
        "fire": table.usual.fire,
        "doors": "".join(_door(table, name, infrared) for name in table.usual.doors),
        "infrared": INFRARED if infrared else "",
        **_broker(broker),
    }
    _nothing_there(directory)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _write(directory / "site.toml", SITE.format(**values))
        _write(directory / "coprocessor.toml", COPROCESSOR.format(**values))
        key = keys.create(directory / "vault.key")
        Store.open(directory / "vault.db", key).close()
    except BaseException:
        for name in FILES:  # all of it was made here and now
            (directory / name).unlink(missing_ok=True)
        raise


def _interlocks(table: Table) -> str:
    names = table.usual.interlocks
    return INTERLOCKS.format(msgspec.json.encode(names).decode()) if names else ""


def _door(table: Table, name: str, infrared: bool) -> str:
    """A door as it is usually wired to this board; an input is asserted where it is not idle."""
    door = table.usual.doors[name]
    away = {0: "high", 1: "low"}
    return DOOR.format(
        name=name,
        camera="rgb+ir" if infrared and "face" in door.factors else "rgb",
        opened=away[table.pins[door.contact].idle],
        pressed=away[table.pins[door.rex].idle],
        **msgspec.structs.asdict(door),
    )


def _serial(serial: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", serial):
        raise ValueError(f"--serial: {serial!r}: use lower-case letters, digits and hyphens only")
    return serial


def _quotable(path: str) -> str:
    if not path.isprintable() or '"' in path or "\\" in path:
        raise ValueError(f"--bundle: {path!r}: no quotes or backslashes, please; move the bundle")
    return path


def _public_key(bundle: Path) -> str:
    """The key beside the bundle, once it has been proven to sign it."""
    try:
        public_key = (bundle / PUBLIC_KEY).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise BundleError(
            f"{bundle / PUBLIC_KEY}: {fault}; build a bundle with `cardea models build`"
        ) from fault
    read_manifest(bundle, public_key)
    return public_key


def _broker(broker: str) -> dict[str, str]:
    host, _, port = broker.rpartition(":")
    if broker and not (re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", host) and port.isdecimal()):
        raise ValueError(f"--broker: {broker!r} is not HOST:PORT")
    return {"host": host, "port": port or "0"}


def _nothing_there(directory: Path) -> None:
    for name in FILES:
        if (directory / name).exists():
            raise ValueError(f"{directory / name} exists; nothing is overwritten: choose another")


def _write(path: Path, text: str) -> None:
    with path.open("x") as file:
        file.write(text)

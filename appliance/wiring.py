"""site.toml against this machine: accounts there, terminals there, once, in the right direction."""

import os
import pwd
from pathlib import Path

from appliance.config import SiteError
from appliance.roles import NoAccount, Roles
from appliance.sections import Site
from board.link import stream
from board.table import Table

IN = "in"
OUT = "out"


def check(path: Path, site: Site, table: Table) -> None:
    """Raise SiteError for the first terminal that the board cannot offer as the site uses it."""
    try:
        stream.trusted(site.terminal.coprocessor_account)
    except OSError as fault:
        raise SiteError(f"{path}: terminal.coprocessor_account: {fault}") from fault
    _check_roles(path, site)
    used: dict[str, str] = {}
    for key, pin, direction in _pins(site):
        if pin not in table.pins:
            raise SiteError(f"{path}: {key}: this board has no {pin!r}; it has {_names(table)}")
        if table.pins[pin].direction != direction:
            raise SiteError(
                f"{path}: {key}: {pin} is for {table.pins[pin].what}; choose an {direction}put"
            )
        _once(path, used, key, pin)
    for name, portal in site.portals.items():
        key = f"portals.{name}.display"
        if portal.display not in table.uarts:
            there = ", ".join(table.uarts)
            raise SiteError(f"{path}: {key}: this board has no {portal.display!r}; it has {there}")
        _once(path, used, key, portal.display)


def _check_roles(path: Path, site: Site) -> None:
    """The co-processor is on the network: it must not command the terminal."""
    try:
        uids = Roles(site.admin).uids
    except NoAccount as fault:
        raise SiteError(f"{path}: {fault}") from fault
    account = site.terminal.coprocessor_account
    if account and pwd.getpwnam(account).pw_uid in uids - {0, os.getuid()}:
        raise SiteError(
            f"{path}: terminal.coprocessor_account: {account!r} has a role on the admin socket; "
            f"give the co-processor an account of its own"
        )


def _once(path: Path, used: dict[str, str], key: str, terminal: str) -> None:
    """A strike that is also a sounder would open with the alarm."""
    if terminal in used:
        raise SiteError(f"{path}: {key}: {terminal} is already {used[terminal]}; give each its own")
    used[terminal] = key


def _names(table: Table) -> str:
    return ", ".join(sorted(table.pins))


def _pins(site: Site) -> list[tuple[str, str, str]]:
    """Every pin the site names: its key, the pin, and which way it must go."""
    pins = [("tamper", site.tamper.pin, IN), ("fire", site.fire.pin, IN)]
    for name, portal in site.portals.items():
        reader = portal.reader
        pins += [
            (f"portals.{name}.{key}", pin, direction)
            for key, pin, direction in (
                ("strike", portal.strike, OUT),
                ("sounder", portal.sounder, OUT),
                ("contact", portal.contact.pin, IN),
                ("rex", portal.rex.pin, IN),
                ("reader.d0", reader.d0, IN),
                ("reader.d1", reader.d1, IN),
                ("reader.led_green", reader.led_green, OUT),
                ("reader.led_red", reader.led_red, OUT),
                ("reader.buzzer", reader.buzzer, OUT),
            )
        ]
    return pins

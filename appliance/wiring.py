"""site.toml against this machine: accounts there, terminals there, once, in the right direction."""

import os
import pwd
from pathlib import Path

from appliance.config import SiteError
from appliance.roles import NoAccount, Roles
from appliance.sections import Contact, Site
from board.link import stream
from board.table import Table

IN = "in"
OUT = "out"
ANALOG = "analog"
"""A pin that reads a voltage, as a supervised line needs."""


def check(path: Path, site: Site, table: Table) -> None:
    """Raise SiteError for the first terminal that the board cannot offer as the site uses it."""
    try:
        stream.trusted(site.terminal.coprocessor_account)
    except OSError as fault:
        raise SiteError(f"{path}: terminal.coprocessor_account: {fault}") from fault
    _check_roles(path, site)
    used: dict[str, str] = {}
    for key, pin, use in _pins(site):
        (_check_analog if use == ANALOG else _check_pin)(path, table, key, pin, use)
        _once(path, used, key, pin)
    for name, portal in site.portals.items():
        key = f"portals.{name}.display"
        if portal.display not in table.uarts:
            there = ", ".join(table.uarts)
            raise SiteError(f"{path}: {key}: this board has no {portal.display!r}; it has {there}")
        _once(path, used, key, portal.display)


def _check_pin(path: Path, table: Table, key: str, pin: str, direction: str) -> None:
    if pin in table.analogs:
        raise SiteError(
            f"{path}: {key}: {pin} is analog; set supervised = true where the line ends in "
            f"resistors, or choose one of {', '.join(sorted(table.pins))}"
        )
    if pin not in table.pins:
        raise SiteError(f"{path}: {key}: this board has no {pin!r}; it has {_names(table)}")
    if table.pins[pin].direction != direction:
        raise SiteError(
            f"{path}: {key}: {pin} is for {table.pins[pin].what}; choose an {direction}put"
        )


def _check_analog(path: Path, table: Table, key: str, pin: str, _use: str) -> None:
    there = ", ".join(sorted(table.analogs)) or "none"
    if pin in table.pins:
        raise SiteError(
            f"{path}: {key}: {pin} knows only two levels; a supervised line needs an analog pin "
            f"({there}), or leave supervised out"
        )
    if pin not in table.analogs:
        raise SiteError(f"{path}: {key}: this board has no analog {pin!r}; it has {there}")


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
    """Every pin the site names: its key, the pin, and what it must be."""
    pins = [_input("tamper", site.tamper), _input("fire", site.fire)]
    for name, portal in site.portals.items():
        reader = portal.reader
        pins += [
            (f"portals.{name}.{key}", pin, direction)
            for key, pin, direction in (
                ("strike", portal.strike, OUT),
                ("sounder", portal.sounder, OUT),
                ("reader.d0", reader.d0, IN),
                ("reader.d1", reader.d1, IN),
                ("reader.led_green", reader.led_green, OUT),
                ("reader.led_red", reader.led_red, OUT),
                ("reader.buzzer", reader.buzzer, OUT),
            )
        ]
        pins += [
            _input(f"portals.{name}.{key}", contact)
            for key, contact in (
                ("contact", portal.contact),
                ("rex", portal.rex),
                ("bond", portal.bond),
            )
            if contact
        ]
    return pins


def _input(key: str, contact: Contact) -> tuple[str, str, str]:
    return key, contact.pin, ANALOG if contact.supervised else IN

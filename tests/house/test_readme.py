"""What the pages tell people to type, see and follow is really there."""

import argparse
import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import msgspec
import pytest
from starlette.routing import BaseRoute, Mount, Route

from appliance import wording
from board.link import alerts
from provisioning import __main__ as cardea
from provisioning.simulator.app import make_app
from provisioning.simulator.events import Events
from provisioning.simulator.simulation import Simulation

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def command_lines(page: str) -> list[list[str]]:
    """The words after `cardea` in each line of a code block that begins with it."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("cardea ")]


def understood(words: list[str]) -> bool:
    """Whether `cardea` has this command and the command these options."""
    known = cardea.commands()
    chosen = [name for name in known if words[: len(name.split())] == name.split()]
    if not chosen:
        return False
    name = max(chosen, key=len)
    parser = argparse.ArgumentParser(exit_on_error=False)
    cardea.load(known[name]).arguments(parser)
    try:
        parser.parse_args(words[len(name.split()) :])
    except (argparse.ArgumentError, SystemExit):
        return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_are_real(page: Path) -> None:
    text = page.read_text()
    assert [words for words in command_lines(text) if not understood(words)] == []
    spoken = re.findall(r"`cardea ([a-z]+(?: [a-z]+)?)[^`]*`", text)
    known = cardea.commands()
    assert [words for words in spoken if words not in known and words.split()[0] not in known] == []


def test_a_command_that_does_not_exist_would_be_missed() -> None:
    assert not understood(["door", "open"])
    assert not understood(["enrol", "Ada", "--faccility", "1"])
    assert understood(["enrol", "Ada", "--facility", "1", "--number", "2"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_are_real(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text()
    named = re.findall(r"`make ([a-z-]+)`", text) + re.findall(r"^make ([a-z-]+)", text, re.M)
    assert set(named) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_line_of_the_display_is_explained() -> None:
    table = README.partition("| display |")[2].partition("\n\n")[0]
    told = {line for row in table.splitlines() for line in re.findall(r"`([^`]+)`", row)}
    shown = {wording.IDLE, wording.WELCOME, *wording.PROMPTS.values(), *wording.REFUSALS.values()}
    shown |= {*wording.ASKS.values(), *wording.COMPANY.values(), wording.IDLE_EITHER}
    assert told == shown


def test_the_alert_shown_is_one() -> None:
    shown = re.findall(r"^```json\n(.*?)\n```", README, flags=re.MULTILINE | re.DOTALL)
    assert shown
    for text in shown:
        alert = msgspec.json.decode(text, type=alerts.Alert)
        assert alerts.encode(alert).decode() == text
        assert alert.severity == alerts.LIST[alert.kind].severity


def calls(routes: Iterable[BaseRoute], place: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of everything that answers below `routes`."""
    for route in routes:
        if isinstance(route, Mount):
            yield from calls(route.routes, place + route.path)
        elif isinstance(route, Route):
            path = (place + route.path).replace("{name}", "NAME")
            yield from ((method, path) for method in (route.methods or set()) - {"HEAD"})


def test_every_call_of_the_simulator_is_told() -> None:
    app = make_app(cast(Simulation, None), Events())  # only its routes are looked at
    page = (ROOT / "docs" / "simulator.md").read_text()
    told = set(re.findall(r"`(GET|POST|DELETE) (/api/[\w./]+)", page))
    assert told
    assert told == set(calls(app.routes))

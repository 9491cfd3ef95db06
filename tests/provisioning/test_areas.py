"""`cardea areas` as an auditor and an operator type it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from appliance.sections import Site
from provisioning.__main__ import main
from tests.appliance.bench import Vault
from tests.appliance.gates import Gates, site, tell

NOON_MS = int(datetime(2037, 11, 24, 11, tzinfo=UTC).timestamp()) * 1_000


@pytest.fixture
def cardea(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Awaitable[str]]:
    async def said(*words: str, code: int = 0) -> str:
        assert await asyncio.to_thread(main, [*words, "--state", str(tmp_path)]) == code
        captured = capsys.readouterr()
        return captured.err if code else captured.out

    return said


def office(**rule: Any) -> Site:
    return site({"office": rule}, {"leads_to": "office"}, {"leads_from": "office"})


def test_the_tables_and_an_amnesty(vault: Vault, tmp_path: Path, cardea: Any) -> None:
    ada = vault.enrol(11, name="Ada", portals=("one", "two"))

    async def story(gates: Gates) -> None:
        assert await cardea("areas", "--holders") == "nobody is in any area\n"
        assert await gates.goes("one", 11) == "granted"
        told = (await cardea("areas")).splitlines()
        assert told[0].split() == ["area", "inside", "limit", "anti-passback", "amnesty"]
        assert told[1].split() == ["office", "1", "40", "timed,", "90", "s", "04:00"]
        named = (await cardea("areas", "--holders")).splitlines()[1]
        assert named.split() == ["office", ada, "Ada", "2037-11-24T11:00:00.000Z"]
        assert await cardea("areas", "list", "--holders") == await cardea("areas", "--holders")
        listed = json.loads(await cardea("areas", "--json"))
        assert (listed[0]["inside"], listed[0]["holders"]) == (1, [])
        assert "no 'yard' here" in await cardea("areas", "amnesty", "yard", code=1)
        said = await cardea("areas", "amnesty", "--holder", ada)
        assert said == "nobody knows any more where 1 holder is\n"
        assert json.loads(await cardea("areas", "amnesty", "--json")) == {
            "type": "AmnestyAnswer",
            "forgotten": 0,
        }

    rule = {"anti_passback": "timed", "passback_ms": 90_000, "limit": 40, "amnesty": "04:00"}
    tell(vault, tmp_path, office(**rule), story, lambda: NOON_MS)


def test_a_site_without_areas(vault: Vault, tmp_path: Path, cardea: Any) -> None:
    async def story(_gates: Gates) -> None:
        assert "an [areas.NAME] table in site.toml makes one" in await cardea("areas")

    tell(vault, tmp_path, site({}, {}, {}), story)

"""One stage for most stories; whatever crossed the broker is inspected after each of them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from board.link import alerts
from provisioning.simulator import samples
from tests.flows.stage import Stage

SCHEMA = alerts.json_schema()


@pytest.fixture(scope="session")
def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("flows") / "state", held_ms="2000", prealarm_ms="1000")
    yield stage
    stage.close()


@pytest.fixture
def stage(shared_stage: Stage) -> Iterator[Stage]:
    shared_stage.calm()
    yield shared_stage
    inspect(shared_stage.crossed)


@pytest.fixture
def own_stage(tmp_path: Path) -> Iterator[Stage]:
    """For stories that leave scars."""
    stage = Stage(tmp_path / "state")
    yield stage
    stage.close()
    inspect(stage.crossed)


def inspect(crossed: list[tuple[str, bytes]]) -> None:
    """Promise 3, at the broker: nothing but availability and closed alerts, and nobody in them."""
    for topic, body in crossed:
        if topic == alerts.availability_topic("flow-door"):
            assert body in (b"online", b"stopped", b"offline")
            continue
        assert re.fullmatch(r"cardea/flow-door/(front|terminal)/alert", topic), topic
        alert = json.loads(body)
        jsonschema.validate(alert, SCHEMA)
        assert re.fullmatch(r"[a-z_]*", alert["reason"])
        text = body.decode().replace(alert["time"], "").replace(alert["boot"], "")
        for secret in (samples.NAME, str(samples.NUMBER), samples.PIN):
            assert secret.lower() not in text.lower(), f"{secret!r} crossed the broker"

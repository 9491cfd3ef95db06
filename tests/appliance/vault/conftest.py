"""A fresh vault in a folder of its own, for every test that asks."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from appliance.vault.store import Store

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store.open(path, KEY)
    yield opened
    opened.close()


@pytest.fixture
def raw(path: Path) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """SQL with the key, past the store: what somebody could do who has both."""
    connections: list[dbapi2.Connection] = []

    def run(sql: str, *values: object) -> list[tuple[Any, ...]]:
        if not connections:
            connections.append(dbapi2.connect(str(path), isolation_level=None))
            connections[0].execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
        return list(connections[0].execute(sql, values))

    yield run
    for connection in connections:
        connection.close()

"""A vault with a PIN to give away, for every test that asks."""

from pathlib import Path

import pytest

from appliance.vault.records import PinHashes
from tests.appliance.bench import DURESS, PIN, PINS, Vault


@pytest.fixture(scope="session")
def pin() -> PinHashes:
    """Hashed once: a hash is slow on purpose."""
    return PINS.hashes(PIN, DURESS)


@pytest.fixture
def vault(tmp_path: Path, pin: PinHashes) -> Vault:
    return Vault(tmp_path / "vault.db", pin)

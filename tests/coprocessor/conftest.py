"""The real model bundle, for the tests that need one."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def bundle_directory() -> Path:
    """The bundle of CARDEA_BUNDLE, or the one that `make models` leaves in the tree."""
    directory = Path(os.environ.get("CARDEA_BUNDLE", ROOT / ".models" / "bundle"))
    if not (directory / "manifest.json").exists():
        pytest.fail(f"no model bundle in {directory}: run `make models`, or set CARDEA_BUNDLE")
    return directory


@pytest.fixture(scope="session")
def public_key(bundle_directory: Path) -> str:
    """The key the bundle is signed by, 64 hex digits."""
    return (bundle_directory / "bundle.pub").read_text("ascii").strip()

"""The real model bundle and one portrait, for the tests that need them."""

import os
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from coprocessor.frame import Picture
from coprocessor.models.model import Bundle, open_bundle

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


@pytest.fixture(scope="session")
def bundle(bundle_directory: Path, public_key: str) -> Bundle:
    """The bundle, verified and opened."""
    return open_bundle(bundle_directory, public_key)


@pytest.fixture(scope="session")
def astronaut() -> Picture:
    """scikit-image's portrait of Eileen Collins, 512 x 512 RGB (public domain, NASA)."""
    return np.asarray(data.astronaut(), np.uint8)

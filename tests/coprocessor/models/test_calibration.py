"""Calibration pictures are always the same, and show the face where a model expects it."""

from collections.abc import Callable

import numpy as np
import pytest

from board.bundle import Normalisation
from coprocessor.models.build.calibration import (
    Image,
    elsewhere,
    normalised,
    regions,
    scenes,
)


@pytest.mark.parametrize(("make", "side"), [(regions, 192), (elsewhere, 192), (scenes, 128)])
def test_seeded_pictures_repeat(make: Callable[..., list[Image]], side: int) -> None:
    once, again, other = make(3, seed=1), make(3, seed=1), make(3, seed=2)
    assert all(picture.shape == (side, side, 3) for picture in once)
    assert all((a == b).all() for a, b in zip(once, again, strict=True))
    assert not (once[0] == other[0]).all()
    assert not (once[0] == once[1]).all()


def test_normalisation_by_hand() -> None:
    picture = np.array([[[0, 128, 255]]], np.uint8)
    form = Normalisation(channels="BGR", subtract=127.5, divide=127.5)
    found = normalised(picture, form)
    assert found.shape == (1, 1, 1, 3)
    np.testing.assert_allclose(found.reshape(3), [1.0, 0.5 / 127.5, -1.0], atol=1e-6)

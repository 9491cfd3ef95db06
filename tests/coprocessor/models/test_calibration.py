"""Calibration pictures are always the same, and show the face where a model expects it."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from board.bundle import Normalisation
from coprocessor.models.build.calibration import (
    POINTS,
    TEMPLATE,
    Image,
    aligned,
    elsewhere,
    normalised,
    portrait,
    regions,
    scenes,
    similarity,
)


@pytest.mark.parametrize(
    ("make", "side"), [(aligned, 112), (regions, 192), (elsewhere, 192), (scenes, 128)]
)
def test_seeded_pictures_repeat(make: Callable[..., list[Image]], side: int) -> None:
    once, again, other = make(3, seed=1), make(3, seed=1), make(3, seed=2)
    assert all(picture.shape == (side, side, 3) for picture in once)
    assert all((a == b).all() for a, b in zip(once, again, strict=True))
    assert not (once[0] == other[0]).all()
    assert not (once[0] == once[1]).all()


def test_similarity_recovers_a_known_one() -> None:
    turn, scale = 0.3, 1.7
    known = np.array(
        [
            (scale * np.cos(turn), -scale * np.sin(turn), 5.0),
            (scale * np.sin(turn), scale * np.cos(turn), -3.0),
            (0.0, 0.0, 1.0),
        ]
    )
    source = np.array(POINTS)
    target = source @ known[:2, :2].T + known[:2, 2]
    np.testing.assert_allclose(similarity(source, target), known, atol=1e-9)


def test_aligned_eyes_land_on_the_template() -> None:
    matrix = similarity(np.array(POINTS), np.array(TEMPLATE))
    landed = np.array(POINTS) @ matrix[:2, :2].T + matrix[:2, 2]
    assert np.abs(landed - np.array(TEMPLATE)).max() < 6
    crop = cv2.warpAffine(portrait(), matrix[:2], (112, 112)).astype(int)
    # Pupils are darker than the cheeks below them.
    assert crop[50:54, 36:41].mean() < crop[70:74, 36:41].mean()


def test_normalisation_by_hand() -> None:
    picture = np.array([[[0, 128, 255]]], np.uint8)
    form = Normalisation(channels="BGR", subtract=127.5, divide=127.5)
    found = normalised(picture, form)
    assert found.shape == (1, 1, 1, 3)
    np.testing.assert_allclose(found.reshape(3), [1.0, 0.5 / 127.5, -1.0], atol=1e-6)

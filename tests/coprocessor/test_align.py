import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.align import FIVE_POINTS, boxed, similarity, upright, warp

ANGLES = st.floats(-180, 180)
SHIFTS = st.floats(-500, 500)


def moved(points, scale, angle_deg, shift):
    turn = np.radians(angle_deg)
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return (points @ matrix.T + shift).astype(np.float32)


@given(scale=st.floats(0.1, 20), angle=ANGLES, x=SHIFTS, y=SHIFTS)
def test_similarity_recovers_scale_turn_and_shift(scale, angle, x, y):
    there = moved(FIVE_POINTS, scale, angle, (x, y))
    matrix = similarity(FIVE_POINTS, there)
    back = FIVE_POINTS @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(back - there).max() < 0.01 * scale + 0.01


def test_similarity_never_mirrors():
    mirrored = FIVE_POINTS * np.array([-1, 1], np.float32)
    assert np.linalg.det(similarity(FIVE_POINTS, mirrored)[:, :2]) > 0


def test_points_that_coincide_give_a_finite_matrix():
    assert np.isfinite(similarity(np.zeros((5, 2), np.float32), FIVE_POINTS)).all()


@pytest.mark.parametrize("scale", [0.8, 1.0, 2.5, 8.0])
def test_upright_brings_the_eyes_to_their_place(scale):
    five = moved(FIVE_POINTS, scale, 20, (40 * scale, 5 * scale))
    side = round(200 * scale)
    rgb = np.zeros((side, side, 3), np.uint8)
    for x, y in five[:2]:
        cv2.circle(rgb, (round(float(x)), round(float(y))), round(4 * scale), (255, 255, 255), -1)
    crop = upright(rgb, five)
    assert crop.shape == (112, 112, 3)
    for x, y in FIVE_POINTS[:2]:
        assert crop[round(float(y)), round(float(x))].min() > 200
    assert crop[100, 56].max() < 20


def test_shrinking_averages_instead_of_skipping():
    stripes = np.zeros((800, 800, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = warp(stripes, np.array([[0.14, 0, 0], [0, 0.14, 0]]), 112)
    assert np.abs(crop[10:100, 10:100].astype(int) - 127).max() < 40


def test_a_crop_wholly_outside_the_picture_is_black():
    rgb = np.full((50, 50, 3), 255, np.uint8)
    assert not warp(rgb, np.array([[0.1, 0, -500.0], [0, 0.1, -500.0]]), 112).any()


@given(
    x=st.floats(-200, 400),
    y=st.floats(-200, 300),
    wide=st.floats(0, 900),
    high=st.floats(0, 900),
    scale=st.floats(0.5, 4),
)
def test_boxed_stays_inside_the_picture(x, y, wide, high, scale):
    rgb = np.full((120, 160, 3), 255, np.uint8)
    box = np.array([x, y, x + wide, y + high], np.float32)
    crop = boxed(rgb, box, scale, 128)
    assert crop.shape == (128, 128, 3)
    assert crop.min() == 255


def test_boxed_is_centred_where_there_is_room():
    rgb = np.zeros((300, 300, 3), np.uint8)
    rgb[140:160, 140:160] = 255
    crop = boxed(rgb, np.array([130, 130, 170, 170], np.float32), 2.0, 80)
    rows, columns = np.nonzero(crop[..., 0] > 127)
    assert abs(rows.mean() - 39.5) < 2
    assert abs(columns.mean() - 39.5) < 2

import numpy as np
import pytest

from board.bundle import Head
from coprocessor.detect import (
    Detector,
    Face,
    cell_centres,
    letterboxed,
    merged,
    overlap,
    prominence,
)


def row(x, y, side):
    points = np.full(12, x + side / 2, np.float32)
    return np.concatenate([[x, y, x + side, y + side], points]).astype(np.float32)


def face(x, y, side):
    return Face(row(x, y, side)[:4], np.zeros((6, 2), np.float32), 0.9)


@pytest.mark.parametrize(("height", "width"), [(480, 640), (640, 480), (100, 100), (31, 900)])
def test_letterbox_keeps_the_whole_picture_and_finds_the_way_back(height, width):
    rgb = np.full((height, width, 3), 200, np.uint8)
    square, lie = letterboxed(rgb, 128)
    assert square.shape == (128, 128, 3)
    left, top = lie.shift
    bright = np.argwhere(square[..., 0] > 100)
    assert tuple(bright[0]) == (top, left)
    assert np.allclose((bright[-1] + 1 - (top, left)) / lie.scale, (height, width), rtol=0.15)


def test_cells_are_row_by_row_with_their_anchors_together():
    head = Head(
        stride=16, anchors=6, logit_scale=1, logit_offset=0, scale=(1.0,) * 16, offset=(0.0,) * 16
    )
    cells = cell_centres(128, head)
    assert cells.shape == (8 * 8 * 6, 2)
    assert cells[0].tolist() == cells[5].tolist() == [8, 8]
    assert cells[6].tolist() == [24, 8]
    assert cells[-1].tolist() == [120, 120]


def test_boxes_that_overlap_are_one_face_leaning_to_the_surer():
    values = np.stack([row(10, 10, 40), row(14, 10, 40), row(80, 80, 20)])
    faces = merged(np.array([3.0, 0.5, 1.0], np.float32), values)
    assert [round(found.score, 3) for found in faces] == [0.953, 0.731]
    assert 10 < faces[0].box[0] < 12
    assert faces[1].box.tolist() == [80, 80, 100, 100]


def test_boxes_without_area_are_still_one_face_each():
    values = np.stack([row(5, 5, 0), row(9, 9, 0)])
    assert len(merged(np.array([1.0, 2.0], np.float32), values)) == 2


def test_overlap_of_known_boxes():
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30]], np.float32)
    assert overlap(boxes[0], boxes).round(3).tolist() == [1.0, 0.333, 0.0]


def test_of_equal_faces_the_central_one_comes_first():
    assert prominence(face(270, 190, 100), 640, 480) > prominence(face(0, 0, 100), 640, 480)


def test_a_much_larger_face_comes_first_wherever_it_is():
    assert prominence(face(0, 0, 220), 640, 480) > prominence(face(270, 190, 100), 640, 480)


def test_the_portrait_has_one_face_where_it_is(bundle, astronaut):
    (found,) = Detector(bundle).faces(astronaut)
    assert np.abs(found.box - [178, 81, 272, 175]).max() < 15
    left_eye, right_eye = found.points[0], found.points[1]
    assert left_eye[0] < right_eye[0]


def test_two_portraits_are_two_faces(bundle, astronaut):
    near = astronaut[30:280, 100:350]
    assert len(Detector(bundle).faces(np.hstack([near, near[:, ::-1]]))) == 2


def test_noise_is_nobody(bundle):
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3)).astype(np.uint8)
    assert Detector(bundle).faces(noise) == []

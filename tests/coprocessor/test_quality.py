import cv2
import msgspec
import numpy as np
import pytest

from coprocessor.align import upright
from coprocessor.detect import Detector, Face
from coprocessor.landmarks import Landmarker, Mesh
from coprocessor.quality import Look, crowd_refusal, look, look_refusal, shape_refusal, size_refusal


@pytest.fixture
def limits(bundle):
    return bundle.manifest.thresholds


@pytest.fixture(scope="module")
def mesh(bundle, astronaut):
    return Landmarker(bundle).mesh(astronaut, Detector(bundle).faces(astronaut)[0])


def face(side):
    return Face(np.array([0, 0, side, side], np.float32), np.zeros((6, 2), np.float32), 0.9)


def test_nobody_one_and_two():
    assert crowd_refusal([]) == "no_face"
    assert crowd_refusal([face(100)]) == ""
    assert crowd_refusal([face(100), face(90)]) == "several_faces"


def test_somebody_further_back_is_not_in_the_way():
    assert crowd_refusal([face(100), face(45), face(40)]) == ""


def test_a_larger_face_at_the_rim_is_in_the_way():
    assert crowd_refusal([face(100), face(120)]) == "several_faces"


def test_the_portrait_passes(mesh, astronaut, limits):
    assert shape_refusal(mesh, limits) == ""
    assert look_refusal(look(upright(astronaut, mesh.five())), limits) == ""


def test_a_covered_face_is_occluded(mesh, limits):
    assert shape_refusal(Mesh(mesh.points, -1.0), limits) == "occluded"


def test_a_far_face_is_too_small(mesh, limits):
    scale = 0.9 * limits.eye_distance_px / mesh.eye_distance_px()
    far = Mesh(mesh.points * np.float32(scale), mesh.flag)
    assert size_refusal(far, limits) == "too_small"
    assert size_refusal(mesh, limits) == ""


@pytest.mark.parametrize("axis", ["yaw", "pitch"])
def test_a_head_turned_beyond_the_limit_is_turned_away(mesh, limits, axis):
    angle = np.radians(limits.yaw_deg + 15)
    cos, sin = np.cos(angle), np.sin(angle)
    yaw = [[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]
    pitch = [[1, 0, 0], [0, cos, -sin], [0, sin, cos]]
    turn = np.array(yaw if axis == "yaw" else pitch, np.float32)
    assert shape_refusal(Mesh(mesh.points @ turn.T, mesh.flag), limits) == "turned_away"


@pytest.mark.parametrize(
    ("gain", "sigma", "word"), [(0.12, 0, "too_dark"), (6.0, 0, "too_bright"), (1.0, 4, "blurred")]
)
def test_bad_pictures_are_refused_by_their_fault(mesh, astronaut, limits, gain, sigma, word):
    crop = upright(astronaut, mesh.five())
    if sigma:
        crop = cv2.GaussianBlur(crop, (0, 0), sigma)
    bad = np.clip(crop * gain + (60 if gain > 1 else 0), 0, 255).astype(np.uint8)
    assert look_refusal(look(bad), limits) == word


def test_light_is_judged_before_sharpness(limits):
    assert look_refusal(Look(sharpness=0.0, exposure=1.0), limits) == "too_dark"


def test_limits_come_from_the_manifest(limits):
    strict = msgspec.structs.replace(limits, sharpness=1_000)
    assert look_refusal(Look(sharpness=900.0, exposure=120.0), limits) == ""
    assert look_refusal(Look(sharpness=900.0, exposure=120.0), strict) == "blurred"

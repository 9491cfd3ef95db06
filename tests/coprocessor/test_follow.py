"""The mesh follows itself: where the face is, and when the detector must look."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.detect import Detector, Face
from coprocessor.follow import KEY_FRAMES, KEY_MS, Follower, Key, moved
from coprocessor.landmarks import Landmarker, Mesh
from provisioning.simulator.scenes import compose

FACE = Face(
    np.array([100, 80, 180, 170], np.float32),
    np.array([[120, 110], [160, 110], [140, 130], [140, 150], [105, 115], [175, 115]], np.float32),
    0.9,
)


def mesh_of(seed=0):
    points = np.random.default_rng(seed).uniform(80, 180, (468, 3)).astype(np.float32)
    return Mesh(points, flag=10.0)


def shifted(mesh, scale, x, y):
    points = mesh.points * np.float32(scale) + np.array([x, y, 0], np.float32)
    return Mesh(points, mesh.flag)


@pytest.fixture
def landmarker(bundle):
    return Landmarker(bundle)


@pytest.fixture
def started(bundle, landmarker, astronaut):
    """A follower that was just shown the portrait at 1000 ms, and what it was shown."""
    (face,) = Detector(bundle).faces(astronaut)
    key = Key(face, landmarker.mesh(astronaut, face), "", 1_000)
    follower = Follower(landmarker)
    follower.start(key)
    return follower, key


@given(scale=st.floats(0.3, 3), x=st.floats(-90, 90), y=st.floats(-90, 90))
def test_the_face_goes_where_its_mesh_goes(scale, x, y):
    mesh = mesh_of()
    face = moved(FACE, mesh, shifted(mesh, scale, x, y))
    there = np.array([x, y, x, y], np.float32)
    assert np.abs(face.box - (FACE.box * scale + there)).max() < 0.05
    assert np.abs(face.points - (FACE.points * scale + there[:2])).max() < 0.05
    assert face.score == FACE.score


def test_a_turning_head_keeps_an_upright_box():
    mesh = mesh_of()
    turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], np.float32)
    face = moved(FACE, mesh, Mesh(mesh.points @ turn.T, 10.0))
    assert np.abs((face.box[2:] - face.box[:2]) - (FACE.box[2:] - FACE.box[:2])).max() < 0.05


def test_a_still_face_is_found_where_it_was(started, astronaut):
    follower, key = started
    found = follower.next(astronaut, 1_066)
    assert found is not None
    assert (found.crowd, found.at_ms) == ("", 1_066)
    assert np.abs(found.face.box - key.face.box).max() < 0.03 * key.face.size_px


def test_nothing_to_follow_is_for_the_detector(landmarker, astronaut):
    follower = Follower(landmarker)
    assert follower.next(astronaut, 0) is None
    follower.start(None)
    assert follower.next(astronaut, 66) is None


def test_the_detector_looks_every_few_frames(started, astronaut):
    follower, _ = started
    told = [follower.next(astronaut, 1_010 + index) for index in range(KEY_FRAMES)]
    assert [one is None for one in told] == [False] * (KEY_FRAMES - 1) + [True]


@pytest.mark.parametrize("at_ms", [1_000 + KEY_MS, 1_000 + 60_000, 999])
def test_the_detector_looks_after_a_while_or_when_time_runs_back(started, astronaut, at_ms):
    follower, _ = started
    assert follower.next(astronaut, at_ms) is None


def test_a_face_that_is_gone_is_for_the_detector(started, astronaut):
    follower, _ = started
    assert follower.next(np.full_like(astronaut, 90), 1_066) is None


def test_a_face_that_jumps_is_for_the_detector(started, astronaut):
    follower, key = started
    far = np.roll(astronaut, round(key.face.size_px), axis=1)
    assert follower.next(far, 1_066) is None


@pytest.mark.parametrize(("flag", "crowd"), [(-1.0, ""), (10.0, "several_faces")])
def test_a_covered_face_or_one_in_company_is_not_followed(started, astronaut, flag, crowd):
    follower, key = started
    follower.start(Key(key.face, Mesh(key.mesh.points, flag), crowd, 1_000))
    assert follower.next(astronaut, 1_066) is None


def test_a_person_who_sways_is_followed_within_a_few_hundredths(bundle, landmarker, astronaut):
    detector, follower = Detector(bundle), Follower(landmarker)
    apart = []
    for index, rgb in enumerate(compose(astronaut, "live", seconds=2.0, seed=4)):
        (face, *_) = detector.faces(rgb)
        mesh = landmarker.mesh(rgb, face)
        seen = follower.next(rgb, 66 * index)
        if seen is None:
            follower.start(Key(face, mesh, "", 66 * index))
            continue
        away = np.linalg.norm(seen.mesh.five() - mesh.five(), axis=1).mean()
        apart.append(away / mesh.eye_distance_px())
    assert len(apart) >= 20
    assert np.median(apart) < 0.04
    assert max(apart) < 0.10

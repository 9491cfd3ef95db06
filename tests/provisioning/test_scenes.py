"""The composed scenes are what they claim: who moves, who stands still, and the same again."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.data import astronaut

from provisioning.simulator.face_box import face_box
from provisioning.simulator.hallway import NOISE_SIGMA, Picture, empty
from provisioning.simulator.person import framed
from provisioning.simulator.scenes import (
    SCENES,
    SIZE,
    SceneError,
    SceneName,
    Video,
    compose,
    decode,
    letterboxed,
)


@pytest.fixture(scope="module")
def portrait() -> Picture:
    return np.asarray(astronaut(), np.uint8)


def moved(frames: list[Picture], where: tuple[slice, slice]) -> float:
    """How much a region changed between two frames beyond noise, in grey levels."""
    smooth = [cv2.GaussianBlur(f, (0, 0), 4)[where].astype(float) for f in frames]
    return float(np.abs(smooth[0] - smooth[1]).mean())


CORNER = np.s_[0:90, 0:90]
FACE = np.s_[160:270, 270:370]
SHEET_EDGE = np.s_[120:360, 150:230]


def two_apart(picture: Picture, scene: SceneName) -> list[Picture]:
    frames = list(compose(picture, scene, seconds=3, seed=4))
    assert len(frames) == 45
    return [frames[8], frames[30]]


@pytest.mark.parametrize("scene", SCENES)
def test_frames_have_the_cameras_shape_and_the_asked_number(
    portrait: Picture, scene: SceneName
) -> None:
    frames = list(compose(portrait, scene, fps=10, seconds=0.5))
    assert len(frames) == 5
    assert all(frame.shape == (*SIZE, 3) and frame.dtype == np.uint8 for frame in frames)


@pytest.mark.parametrize("scene", SCENES)
def test_the_same_seed_gives_the_same_frames(portrait: Picture, scene: SceneName) -> None:
    one, two = (list(compose(portrait, scene, seconds=0.3, seed=9)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_a_person_moves_and_the_wall_behind_does_not(portrait: Picture) -> None:
    frames = two_apart(portrait, "live")
    assert moved(frames, FACE) > 3
    assert moved(frames, CORNER) < 0.6


def test_a_person_is_no_flat_sheet(portrait: Picture) -> None:
    """Features of the face do not move by one homography, those of a print do."""
    residuals = {}
    for scene in ("live", "print"):
        first, second = (cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in two_apart(portrait, scene))
        inside = np.zeros(SIZE, np.uint8)
        inside[100:330, 230:410] = 255
        corners = cv2.goodFeaturesToTrack(first, 150, 0.01, 5, mask=inside)
        moved_to, found, _ = cv2.calcOpticalFlowPyrLK(first, second, corners, None)
        start, end = (points[found.ravel() == 1].reshape(-1, 2) for points in (corners, moved_to))
        matrix, _ = cv2.findHomography(start, end, cv2.RANSAC, 8.0)
        off = cv2.perspectiveTransform(start[:, None], matrix)[:, 0] - end
        residuals[scene] = float(np.median(np.hypot(off[:, 0], off[:, 1])))
    assert residuals["live"] > 1.5 * residuals["print"]


@pytest.mark.parametrize("scene", ["print", "screen"])
def test_a_held_picture_moves_with_its_edges(portrait: Picture, scene: SceneName) -> None:
    frames = two_apart(portrait, scene)
    assert moved(frames, SHEET_EDGE) > 3
    assert moved(frames, CORNER) < 0.6


@pytest.mark.parametrize("scene", ["live", "print", "screen"])
def test_every_frame_has_its_own_noise(portrait: Picture, scene: SceneName) -> None:
    a, b = (frame[CORNER].astype(float) for frame in two_apart(portrait, scene))
    spread = float((a - b).std())
    assert 0.8 * NOISE_SIGMA * 2**0.5 < spread < 1.6 * NOISE_SIGMA * 2**0.5


def test_as_is_is_frozen(portrait: Picture) -> None:
    first, second = two_apart(portrait, "as-is")
    assert np.array_equal(first, second)


def test_the_empty_hallway_is_dim_and_still() -> None:
    frames = empty()
    first, second = next(frames), next(frames)
    assert not np.array_equal(first, second)
    assert moved([first, second], np.s_[:, :]) < 0.6
    assert 30 < float(first.mean()) < 110


def test_a_face_is_large_enough_to_be_read_whatever_the_pictures_size(portrait: Picture) -> None:
    for side in (250, 512, 3000):
        picture = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
        frame, box = framed(np.asarray(picture, np.uint8), SIZE)
        seen = face_box(frame)
        assert box.seen
        assert seen.seen
        assert seen.width >= 110
        assert abs(seen.x - SIZE[1] / 2) < 120


@settings(max_examples=25, deadline=None)
@given(st.integers(16, 1400), st.integers(16, 1400), st.sampled_from(SCENES))
def test_any_shape_of_picture_makes_a_scene(high: int, wide: int, scene: SceneName) -> None:
    picture = np.full((high, wide, 3), 120, np.uint8)
    frames = list(compose(picture, scene, seconds=0.1))
    assert all(frame.shape == (*SIZE, 3) for frame in frames)


def test_letterboxing_keeps_the_whole_picture_and_its_shape() -> None:
    frame = letterboxed(np.full((100, 50, 3), 200, np.uint8))
    columns = np.flatnonzero(frame[240, :, 0])
    assert len(columns) == 240
    assert frame[0, 320, 0] == 200
    assert frame[479, 320, 0] == 200


@given(st.binary(max_size=400))
def test_bytes_that_are_no_picture_are_refused_by_name(body: bytes) -> None:
    with pytest.raises(SceneError, match=r"body: .*send"):
        decode(body)


def test_a_picture_survives_its_file(portrait: Picture) -> None:
    _, png = cv2.imencode(".png", cv2.cvtColor(portrait, cv2.COLOR_RGB2BGR))
    assert np.array_equal(decode(png.tobytes()), portrait)


def test_a_video_plays_its_own_frames_once_at_its_own_pace(tmp_path: Path) -> None:
    path = tmp_path / "steps.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 12.0, (64, 48))
    for level in (40, 120, 200):
        writer.write(np.full((48, 64, 3), level, np.uint8))
    writer.release()
    video = Video(path)
    assert video.fps == 12.0
    levels = [float(frame.mean()) for frame in video.frames()]
    assert levels == pytest.approx([40, 120, 200], abs=4)
    assert len(list(Video(path).frames(seconds=1 / 12))) == 1


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "no.mp4"
    path.write_bytes(b"no video" * 50)
    with pytest.raises(SceneError, match=r"body: .*MP4"):
        Video(path)

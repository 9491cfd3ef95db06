"""Frames at their own times, or at the stated rate where a file's times cannot be."""

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coprocessor.evaluation.film import UNSTATED_FPS, film


def written(path, fps, count, cc="MJPG", size=(64, 48)):
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*cc), fps, size)
    for index in range(count):
        video.write(np.full((size[1], size[0], 3), 20 + index, np.uint8))
    video.release()
    return path.read_bytes()


def times(path):
    return [at_ms for at_ms, _ in film(path)]


@pytest.mark.parametrize("fps", [1, 7.5, 15, 29.97, 60])
def test_a_steady_rate_is_kept(tmp_path, fps):
    path = tmp_path / "steady.avi"
    written(path, fps, 12)
    assert times(path) == pytest.approx([1_000 * index / fps for index in range(12)], abs=2)


def test_a_rate_that_no_camera_has_is_replaced(tmp_path):
    path = tmp_path / "rate.avi"
    content = bytearray(written(path, 15, 6))
    at = content.index(b"strh") + 8 + 20
    content[at : at + 8] = bytes(8)
    at = content.index(b"avih") + 8
    content[at : at + 4] = bytes(4)
    path.write_bytes(content)
    assert times(path) == [1_000 * index / UNSTATED_FPS for index in range(6)]


def test_each_frame_has_its_own_time(tmp_path):
    """The table of durations in an MP4, as a telephone writes it: two short, four long."""
    path = tmp_path / "uneven.mp4"
    content = bytearray(written(path, 15, 6, "mp4v"))
    at = content.index(b"stts")
    each = struct.unpack(">I", content[at + 16 : at + 20])[0]
    content[at + 8 : at + 20] = struct.pack(">5I", 2, 2, each, 4, 3 * each)
    for box in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"):
        place = content.index(box) - 4
        size = struct.unpack(">I", content[place : place + 4])[0]
        content[place : place + 4] = struct.pack(">I", size + 8)
    place = content.index(b"edts")
    content[place : place + 4] = b"free"  # the list that cuts the film to its old length
    path.write_bytes(content)
    assert times(path) == [0, 67, 133, 333, 533, 733]


def test_a_turned_video_is_upright(tmp_path):
    path = tmp_path / "turned.mp4"
    content = bytearray(written(path, 15, 3, "mp4v"))
    at = content.index(b"tkhd") + 44
    content[at : at + 36] = struct.pack(
        ">9i", 0, 0x10000, 0, -0x10000, 0, 0, 48 << 16, 0, 0x40000000
    )
    path.write_bytes(content)
    assert {rgb.shape for _, rgb in film(path)} == {(64, 48, 3)}


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 10**6), byte=st.integers(0, 255), cut=st.integers(0, 10**6))
def test_a_damaged_video_gives_what_decodes_in_order(tmp_path_factory, at, byte, cut):
    path = tmp_path_factory.mktemp("damaged") / "damaged.avi"
    content = bytearray(written(path, 15, 4))
    content[at % len(content)] = byte
    path.write_bytes(content[: max(1, cut % (2 * len(content)))])
    found = times(path)
    assert found == sorted(found)
    assert found[:1] in ([], [0])


def test_what_is_no_video_gives_nothing(tmp_path):
    path = tmp_path / "text.mp4"
    path.write_bytes(b"no video")
    assert times(path) == []

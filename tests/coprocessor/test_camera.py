"""Frames from files and from the simulated board's camera, and a camera that falls silent."""

import asyncio
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from board.load import load
from board.signals import Picture
from board.stimulus import Show, Unplug, reach
from coprocessor.camera import SILENCE_MS, FileCamera, Frames
from coprocessor.frame import Frame
from tests.coprocessor.waiting import eventually

RED, GREEN = (255, 0, 0), (0, 255, 0)


def painted(rgb: tuple[int, int, int]) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    return np.full((48, 64, 3), rgb, np.uint8)


def video(path: Path, *colours: tuple[int, int, int]) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 50, (64, 48))
    for colour in colours:
        writer.write(cv2.cvtColor(painted(colour), cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def colour(frame: Frame) -> str:
    means = frame.rgb.reshape(-1, 3).mean(axis=0)
    return "rgb"[int(np.argmax(means))]


async def seen(path: Path, loop: bool, count: int) -> list[Frame]:
    camera = FileCamera(path, loop)
    camera.start()
    frames = Frames(camera)
    try:
        return [await asyncio.wait_for(frames.next(), 20) for _ in range(count)]
    finally:
        await camera.stop()


def test_a_picture_file_stays_before_the_camera(tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    cv2.imwrite(str(path), cv2.cvtColor(painted(RED), cv2.COLOR_RGB2BGR))
    first, second = asyncio.run(seen(path, loop=False, count=2))
    assert first.rgb.shape == (48, 64, 3)
    assert first.rgb.dtype == np.uint8
    assert tuple(first.rgb[0, 0]) == RED
    assert first.captured_ms < second.captured_ms <= time.monotonic_ns() // 1_000_000


def test_a_looped_video_starts_again(tmp_path: Path) -> None:
    path = video(tmp_path / "two.avi", *[RED] * 5, *[GREEN] * 5)
    colours = "".join(colour(frame) for frame in asyncio.run(seen(path, loop=True, count=25)))
    # However many frames a slow reader missed, red comes again after green.
    assert "gr" in colours
    assert set(colours) == {"r", "g"}


def test_a_video_played_once_ends_in_silence(tmp_path: Path) -> None:
    async def story() -> None:
        camera = FileCamera(video(tmp_path / "one.avi", RED, RED, GREEN), loop=False)
        camera.start()
        frames = Frames(camera)
        last = "r"
        while last != "g":
            last = colour(await asyncio.wait_for(frames.next(), 20))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(frames.next(), 0.5)
        await camera.stop()

    asyncio.run(story())


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n broken"])
def test_a_file_that_is_no_picture_is_a_silent_camera(tmp_path: Path, content: bytes) -> None:
    async def story() -> None:
        path = tmp_path / "noise.png"
        path.write_bytes(content)
        camera = FileCamera(path, loop=True)
        camera.start()
        frames = Frames(camera)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(frames.next(), 0.3)
        assert not frames.working(time.monotonic_ns() // 1_000_000)
        await camera.stop()

    asyncio.run(story())


def test_the_boards_camera_delivers_the_newest_picture(tmp_path: Path) -> None:
    async def story() -> None:
        board = load("simulated", tmp_path / "camera.sock")
        frames = Frames(board.camera("CAM0"))
        await board.start()
        hand = await reach(tmp_path / "camera.sock")
        for rgb in (RED, RED, GREEN):
            await hand.do(Show("CAM0", painted(rgb).tobytes(), 48, 64))
        await hand.do(Show("CAM0", b"too short", 48, 64))
        await asyncio.sleep(0.2)
        frame = await asyncio.wait_for(frames.next(), 20)
        assert colour(frame) == "g"
        assert frames.working(frame.captured_ms)
        await hand.do(Unplug("CAM0"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(frames.next(), 0.2)
        hand.close()
        await board.close()

    asyncio.run(story())


class Stuttering:
    """A camera whose pictures may be short of bytes."""

    def __init__(self, *pictures: Picture) -> None:
        self._pictures = list(pictures)

    async def picture(self) -> Picture:
        return self._pictures.pop(0)


def test_a_picture_short_of_bytes_is_passed_over() -> None:
    whole = Picture(bytes(12), 2, 2, 5_000)
    frames = Frames(Stuttering(Picture(bytes(11), 2, 2, 1), Picture(b"", 0, 0, 2), whole))
    assert asyncio.run(frames.next()).captured_ms == 5_000


def test_two_seconds_without_a_frame_is_a_camera_that_does_not_work() -> None:
    frames = Frames(Stuttering(Picture(bytes(12), 2, 2, 5_000)))
    assert not frames.working(5_000)
    asyncio.run(frames.next())
    assert frames.working(5_000 + SILENCE_MS)
    assert not frames.working(5_000 + SILENCE_MS + 1)


def test_stopping_a_file_camera_ends_its_thread(tmp_path: Path) -> None:
    async def story() -> None:
        camera = FileCamera(video(tmp_path / "v.avi", RED, GREEN), loop=True)
        camera.start()
        await eventually(camera._thread.is_alive)
        await camera.stop()
        assert not camera._thread.is_alive()

    asyncio.run(story())

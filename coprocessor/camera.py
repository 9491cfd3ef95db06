"""Frames as they come, from the board's camera or a file, and whether they still come."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from board.signals import Camera, Picture
from coprocessor.frame import Frame

SILENCE_MS: Final = 2_000
"""A camera that gives nothing for longer is not working; that is a fact, not an exception."""
STILL_FPS: Final = 10.0
UNSTATED_FPS: Final = 25.0

log = logging.getLogger(__name__)


class Frames:
    """The newest frame of a camera, whenever one is asked for."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._seen_ms: int | None = None

    async def next(self) -> Frame:
        """Wait for a frame not yet returned; a slow reader misses some."""
        while True:
            picture = await self._camera.picture()
            if len(picture.rgb) == picture.height * picture.width * 3 > 0:
                break
        self._seen_ms = picture.captured_ms
        pixels = np.frombuffer(picture.rgb, np.uint8)
        return Frame(pixels.reshape(picture.height, picture.width, 3), picture.captured_ms)

    def working(self, now_ms: int) -> bool:
        """Has there been a frame lately?"""
        return self._seen_ms is not None and now_ms - self._seen_ms <= SILENCE_MS


class FileCamera:
    """A picture or video file in place of a camera, in real time; see signals.Camera.

    A picture stays before the camera. A video plays at its own rate, again and again with `loop`.
    A file that cannot be read is a camera that gives no pictures.
    """

    def __init__(self, path: Path, loop: bool) -> None:
        self._path = path
        self._again = loop
        self._newest: asyncio.Queue[Picture] = asyncio.Queue(maxsize=1)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._play, name="camera file", daemon=True)

    def start(self) -> None:
        """Begin to play."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """Stop, and let go of the file."""
        self._stopping.set()
        await asyncio.to_thread(self._thread.join)

    async def picture(self) -> Picture:
        return await self._newest.get()

    def _show(self, picture: Picture) -> None:
        if self._newest.full():
            self._newest.get_nowait()
        self._newest.put_nowait(picture)

    def _play(self) -> None:
        """In the thread: hand over each picture when its time has come."""
        due_s = time.monotonic()
        for bgr, lasts_s in pictures(self._path, self._again):
            rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
            if self._stopping.wait(max(0.0, due_s - time.monotonic())):
                return
            height, width, _ = rgb.shape
            now_ms = time.monotonic_ns() // 1_000_000
            picture = Picture(rgb.tobytes(), height, width, now_ms)
            self._loop.call_soon_threadsafe(self._show, picture)
            due_s = max(due_s + lasts_s, time.monotonic())
        log.warning("camera.file: no more pictures in %s", self._path.name)


def pictures(path: Path, again: bool) -> Iterator[tuple[cv2.typing.MatLike, float]]:
    """Yield each BGR picture of a file, and how many seconds it lasts; none of what is no picture.

    A still is yielded for ever; a video once, or with `again` for ever.
    """
    still = cv2.imread(str(path), cv2.IMREAD_COLOR) if cv2.haveImageReader(str(path)) else None
    while still is not None:
        yield still, 1 / STILL_FPS
    played = 1
    while played:
        played = 0
        for picture in _video(path):
            yield picture
            played += again


def _video(path: Path) -> Iterator[tuple[cv2.typing.MatLike, float]]:
    video = cv2.VideoCapture(str(path))
    try:
        fps = video.get(cv2.CAP_PROP_FPS)
        lasts_s = 1 / fps if 1.0 <= fps <= 240.0 else 1 / UNSTATED_FPS
        while True:
            there, picture = video.read()
            if not there:
                return
            yield picture, lasts_s
    finally:
        video.release()

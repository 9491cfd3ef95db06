"""Scenes composed of one picture: stimuli that prove nothing about accuracy."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, Literal, get_args

import cv2
import numpy as np

from provisioning.simulator.hallway import Picture, as_picture
from provisioning.simulator.person import person
from provisioning.simulator.sheet import held_print, held_screen
from provisioning.simulator.turn import Neck

SceneName = Literal["live", "print", "screen", "as-is"]
SCENES: Final[tuple[SceneName, ...]] = get_args(SceneName)
SIZE: Final = (480, 640)
"""Height and width of the simulated camera, in pixels."""
FPS: Final = 15.0
LONGEST_S: Final = 60.0
"""No scene plays longer: a forgotten one must not stand before the door for ever."""
LARGEST_SIDE_PX: Final = 8192
TYPICAL_FPS: Final = 25.0


class SceneError(Exception):
    """These bytes cannot be shown to the camera; the message says why and what can."""


def decode(body: bytes) -> Picture:
    """A JPEG's or PNG's picture, upright (EXIF honoured), RGB. Raises SceneError."""
    try:
        bgr = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR) if body else None
    except cv2.error:
        bgr = None
    if bgr is None:
        raise SceneError("body: not a picture OpenCV can read; send a JPEG or a PNG")
    if min(bgr.shape[:2]) < 16 or max(bgr.shape[:2]) > LARGEST_SIDE_PX:
        raise SceneError(
            f"body: a picture of {bgr.shape[1]} x {bgr.shape[0]} pixels; "
            f"send one of 16 to {LARGEST_SIDE_PX} pixels a side"
        )
    return as_picture(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))


def letterboxed(picture: Picture, size: tuple[int, int] = SIZE) -> Picture:
    """The whole picture in the middle of a black frame, as large as fits."""
    height, width = size
    scale = min(height / picture.shape[0], width / picture.shape[1])
    high, wide = round(picture.shape[0] * scale), round(picture.shape[1] * scale)
    if (high, wide) != picture.shape[:2]:
        how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        picture = as_picture(cv2.resize(picture, (max(wide, 1), max(high, 1)), interpolation=how))
    frame: Picture = np.zeros((height, width, 3), np.uint8)
    top, left = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
    frame[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return frame


def compose(
    picture: Picture,
    scene: SceneName,
    fps: float = FPS,
    size: tuple[int, int] = SIZE,
    *,
    seconds: float = 3.0,
    seed: int = 0,
    neck: Neck | None = None,
) -> Iterator[Picture]:
    """`seconds` of `scene` made of `picture` (H x W x 3, RGB, uint8), one frame per 1/fps.

    live: a person before a still background; print, screen: the picture held up as a sheet or
    a display, whose whole surface moves; as-is: the same bytes again and again, frozen.
    Frames are `size` + (3,), uint8, RGB. The same seed gives the same frames. neck: turns the
    head of who is live, or the sheet in the hand.
    """
    frames = max(1, round(min(seconds, LONGEST_S) * fps))
    if scene == "as-is":
        still = letterboxed(picture, size)
        return (still for _ in range(frames))
    makers = {"live": person, "print": held_print, "screen": held_screen}
    return islice(makers[scene](picture, fps, size, seed, neck), frames)


class Video:
    """A video file's own frames at its own pace, letterboxed, once: no loop."""

    def __init__(self, path: Path, size: tuple[int, int] = SIZE) -> None:
        """Open it. Raises SceneError when OpenCV finds no frame in it."""
        self._capture = cv2.VideoCapture(str(path))
        self._size = size
        self._first = self._read()
        if self._first is None:
            raise SceneError("body: not a video OpenCV can read; send an MP4, a WebM or an AVI")
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        self.fps = fps if 1 <= fps <= 120 else TYPICAL_FPS  # some headers lie

    def frames(self, seconds: float = LONGEST_S) -> Iterator[Picture]:
        """The frames that decode, at most `seconds` of them."""
        frame = self._first
        for _ in range(max(1, round(min(seconds, LONGEST_S) * self.fps))):
            if frame is None:
                break
            yield frame
            frame = self._read()
        self._capture.release()

    def _read(self) -> Picture | None:
        good, bgr = self._capture.read()
        if not good or bgr is None:
            return None
        return letterboxed(as_picture(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)), self._size)

"""A video file to its pictures, each at the moment that the file itself gives it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2

from coprocessor.frame import Picture, picture

UNSTATED_FPS: Final = 25.0
LIKELY_FPS: Final = (1.0, 240.0)
"""A rate outside is a damaged header, or a clock's and not a camera's."""
LONGEST_GAP_MS: Final = 5_000
"""A camera's frames come unevenly; a gap as long as this is a damaged time."""


def film(path: Path) -> Iterator[tuple[int, Picture]]:
    """Milliseconds since the first picture, and the picture (RGB, upright), until none decodes.

    Telephones and browsers record at no steady rate, so each picture's own time counts; where the
    file has none that can be, the stated rate stands in. Nothing of what is no video.
    """
    video = cv2.VideoCapture(str(path))
    try:
        fps = video.get(cv2.CAP_PROP_FPS)
        usual_ms = 1_000 / (fps if LIKELY_FPS[0] <= fps <= LIKELY_FPS[1] else UNSTATED_FPS)
        at_ms, told_ms, first = 0.0, 0.0, True
        while True:
            there, bgr = video.read()
            if not there:
                return
            before_ms, told_ms = told_ms, video.get(cv2.CAP_PROP_POS_MSEC)
            gap_ms = told_ms - before_ms
            at_ms += gap_ms if 0 < gap_ms <= LONGEST_GAP_MS else usual_ms
            at_ms, first = (0.0 if first else at_ms), False
            yield round(at_ms), picture(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
    finally:
        video.release()

"""Bytes of a picture file to an upright RGB picture of bounded size, or the reason why not."""

import struct
from typing import Final

import cv2
import numpy as np

from coprocessor.frame import Picture

LARGEST_BYTES: Final = 32 << 20
LARGEST_PIXELS: Final = 64_000_000
"""A phone's 48 megapixels pass; a few kilobytes that unpack to gigabytes do not."""
LARGEST_SIDE_PX: Final = 16_384
SMALLEST_SIDE_PX: Final = 64
KEPT_SIDE_PX: Final = 1_280
"""Larger pictures are shrunk to this: the models need no more."""

PNG: Final = b"\x89PNG\r\n\x1a\n"
SIZES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers of a frame header (SOF0 to SOF15), the one place where the size stands."""
BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"""JPEG markers without a length."""


class PictureError(Exception):
    """These bytes are no picture we open; the message says what would be."""


def open_picture(content: bytes) -> Picture:
    """JPEG or PNG file to height x width x 3 RGB, EXIF rotation applied, longer side at most
    KEPT_SIDE_PX. Raises PictureError."""
    width, height = picture_size(content)
    if not SMALLEST_SIDE_PX <= min(width, height) <= max(width, height) <= LARGEST_SIDE_PX:
        raise PictureError(
            f"{width} x {height} pixels; send {SMALLEST_SIDE_PX} to {LARGEST_SIDE_PX} pixels a side"
        )
    if width * height > LARGEST_PIXELS:
        raise PictureError(f"{width} x {height} pixels; send at most {LARGEST_PIXELS}")
    return _decoded(content, _reduction(max(width, height)))


def picture_size(content: bytes) -> tuple[int, int]:
    """Width and height as the file's header tells them, nothing unpacked. Raises PictureError."""
    if len(content) > LARGEST_BYTES:
        raise PictureError(f"{len(content)} bytes; send at most {LARGEST_BYTES}")
    if content.startswith(PNG) and content[12:16] == b"IHDR" and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return int(width), int(height)
    if content.startswith(b"\xff\xd8"):
        return _jpeg_size(content)
    raise PictureError("neither JPEG nor PNG; send one of these")


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Walk the segments to the first frame header (ITU T.81, B.1 and B.2)."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in BARE:
            at += 2
        elif marker in SIZES and at + 9 <= len(content):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return int(width), int(height)
        else:
            at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4], "big"))
    raise PictureError("a JPEG without a frame header; send the whole file")


def _reduction(longer_px: int) -> int:
    """The decoder itself may skip detail nobody asked for: a quarter of the memory and time."""
    if longer_px >= 4 * KEPT_SIDE_PX:
        return cv2.IMREAD_REDUCED_COLOR_4
    return cv2.IMREAD_REDUCED_COLOR_2 if longer_px >= 2 * KEPT_SIDE_PX else cv2.IMREAD_COLOR


def _decoded(content: bytes, how: int) -> Picture:
    try:
        bgr = cv2.imdecode(np.frombuffer(content, np.uint8), how)
    except cv2.error:
        bgr = None
    if bgr is None or bgr.ndim != 3:
        raise PictureError("does not decode; send an undamaged JPEG or PNG")
    scale = KEPT_SIDE_PX / max(bgr.shape[:2])
    if scale < 1:
        bgr = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)

"""Bytes of a picture file to an upright RGB picture of bounded size, or the reason why not."""

import struct
from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np

from coprocessor.frame import Picture

LARGEST_BYTES: Final = 32 << 20
LARGEST_PIXELS: Final = 64_000_000
"""A phone's 48 megapixels pass; a few kilobytes that unpack to gigabytes do not."""
LARGEST_STAGED_PIXELS: Final = 24_000_000
"""A JPEG that comes in several scans is held whole, at six bytes a pixel, until the last."""
MOST_SCANS: Final = 32
"""Encoders make about ten. Each costs a pass over all pixels, however few bytes it has: without a
limit some hundred kilobytes would keep the reading thread busy for minutes."""
LARGEST_SIDE_PX: Final = 16_384
SMALLEST_SIDE_PX: Final = 64
KEPT_SIDE_PX: Final = 1_280
"""Larger pictures are shrunk to this: the models need no more."""

PNG: Final = b"\x89PNG\r\n\x1a\n"
SIZES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers of a frame header (SOF0 to SOF15), the one place where the size stands."""
AT_ONCE: Final = frozenset({0xC0, 0xC1})
"""Of these, the ones whose picture may come in a single scan, row after row."""
BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"""JPEG markers without a length."""
SCAN: Final = 0xDA
MOST_SEGMENTS: Final = 4_096
"""Before the picture proper; millions of empty ones would take seconds to walk."""


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
    most = LARGEST_STAGED_PIXELS if _staged(content) else LARGEST_PIXELS
    if width * height > most:
        raise PictureError(f"{width} x {height} pixels; send at most {most}")
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
    """What the first frame header says."""
    for marker, at in _segments(content):
        if marker in SIZES and at + 9 <= len(content):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return int(width), int(height)
    raise PictureError("a JPEG without a frame header; send the whole file")


def _staged(content: bytes) -> bool:
    """Is this a JPEG of several scans? Raises PictureError for one of far too many."""
    if not content.startswith(b"\xff\xd8"):
        return False
    segments = list(_segments(content))
    frames = [(marker, at) for marker, at in segments if marker in SIZES]
    scans = [at for marker, at in segments if marker == SCAN]
    if not scans:
        raise PictureError("a JPEG without a picture; send the whole file")
    # In a scan's own bytes 0xFF is always escaped: what looks like the start of one is one.
    if content.count(bytes([0xFF, SCAN]), scans[0]) > MOST_SCANS:
        raise PictureError(f"a JPEG of more than {MOST_SCANS} scans; save it as a baseline JPEG")
    marker, at = frames[0]
    components, at_once = content[at + 9 : at + 10], content[scans[0] + 4 : scans[0] + 5]
    return marker not in AT_ONCE or at_once < components


def _segments(content: bytes) -> Iterator[tuple[int, int]]:
    """Marker and place of each segment up to the first scan (ITU T.81, B.1 and B.2)."""
    at = 2
    for _ in range(MOST_SEGMENTS):
        if at + 4 > len(content) or content[at] != 0xFF:
            return
        marker = content[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in BARE:
            at += 2
        else:
            yield marker, at
            if marker == SCAN:
                return
            at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4], "big"))


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

import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.picture import KEPT_SIDE_PX, PictureError, open_picture, picture_size


def encoded(suffix, height=70, width=90):
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[:, : width // 2] = (250, 0, 0)
    done, content = cv2.imencode(suffix, rgb[..., ::-1])
    assert done
    return content.tobytes()


def png_header(width, height):
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk


def refused(content):
    try:
        open_picture(content)
    except PictureError:
        return True
    return False


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_size_is_read_from_the_header_and_channels_are_rgb(suffix):
    content = encoded(suffix)
    assert picture_size(content) == (90, 70)
    rgb = open_picture(content)
    assert rgb.shape == (70, 90, 3)
    assert rgb[35, 10, 0] > 240
    assert rgb[35, 10, 2] < 10


@pytest.mark.parametrize("side", [1500, 2600, 5200])
def test_large_pictures_are_shrunk(side):
    assert open_picture(encoded(".jpg", side, 640)).shape[0] == KEPT_SIDE_PX


def test_an_exif_rotation_is_applied():
    plain = encoded(".jpg", 70, 90)
    tiff = b"MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"
    body = b"Exif\x00\x00" + tiff + b"\x00\x00\x00\x00"
    turned = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain[2:]
    assert open_picture(turned).shape == (90, 70, 3)


@pytest.mark.parametrize(
    ("width", "height"), [(60_000, 60_000), (16_385, 100), (9_000, 9_000), (63, 500), (0, 0)]
)
def test_absurd_sizes_are_refused_by_the_header_alone(width, height):
    with pytest.raises(PictureError, match="pixels"):
        open_picture(png_header(width, height) + b"never decoded")


def test_a_jpeg_that_claims_to_be_huge_is_refused():
    content = bytearray(encoded(".jpg"))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", 60_000, 60_000)
    with pytest.raises(PictureError, match="pixels"):
        open_picture(bytes(content))


@pytest.mark.parametrize("content", [b"", b"GIF89a" + bytes(99), b"\xff\xd8", b"<svg/>"])
def test_other_things_are_refused_with_the_remedy(content):
    with pytest.raises(PictureError, match="send"):
        open_picture(content)


def test_more_bytes_than_allowed_are_refused():
    with pytest.raises(PictureError, match="bytes"):
        picture_size(encoded(".jpg") + bytes(33 << 20))


@given(st.binary(max_size=400))
def test_any_bytes_open_or_are_refused(content):
    for start in (b"", b"\xff\xd8", b"\xff\xd8\xff\xc0", png_header(80, 80)):
        refused(start + content)


@given(at=st.integers(0, 2_000), byte=st.integers(0, 255), cut=st.integers(0, 2_000))
def test_damaged_files_open_or_are_refused(at, byte, cut):
    for suffix in (".jpg", ".png"):
        content = bytearray(encoded(suffix))
        content[at % len(content)] = byte
        refused(bytes(content))
        refused(bytes(content[: cut % len(content)]))

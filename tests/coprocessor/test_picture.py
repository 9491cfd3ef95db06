import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from coprocessor.picture import (
    KEPT_SIDE_PX,
    LARGEST_STAGED_PIXELS,
    MOST_SCANS,
    MOST_SEGMENTS,
    PictureError,
    _segments,
    open_picture,
    picture_size,
)


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


def painted():
    """90 x 70, no symmetry in it."""
    rgb = np.zeros((70, 90, 3), np.uint8)
    rgb[:30, :40], rgb[40:, 50:] = (250, 0, 0), (0, 0, 250)
    return Image.fromarray(rgb)


def saved(form, image=None, **how):
    """The painted picture as Pillow writes it: what OpenCV did not write itself."""
    file = io.BytesIO()
    (image or painted()).save(file, form, **how)
    return file.getvalue()


def progressive(height, width):
    how = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
    return cv2.imencode(".jpg", np.zeros((height, width, 3), np.uint8), how)[1].tobytes()


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


@settings(deadline=None)  # a damaged size may be a large one, and large pictures take their time
@given(at=st.integers(0, 2_000), byte=st.integers(0, 255), cut=st.integers(0, 2_000))
def test_damaged_files_open_or_are_refused(at, byte, cut):
    for suffix in (".jpg", ".png"):
        content = bytearray(encoded(suffix))
        content[at % len(content)] = byte
        refused(bytes(content))
        refused(bytes(content[: cut % len(content)]))


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_undone(form, orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    content = saved(form, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    assert np.abs(open_picture(content).astype(int) - np.asarray(upright).astype(int)).max() <= 4


@pytest.mark.parametrize(
    ("form", "mode"),
    [("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "P"), ("PNG", "RGBA"), ("PNG", "LA"), ("PNG", "1")],
)
def test_every_kind_of_colour_opens(form, mode):
    rgb = open_picture(saved(form, painted().convert(mode)))
    assert (rgb.shape, rgb.dtype) == ((70, 90, 3), np.uint8)
    assert int(rgb[:30, :40].max()) > int(rgb[35, 45].max()) + 50


def test_sixteen_bits_a_value_become_eight():
    deep = np.full((70, 90, 3), 40_000, np.uint16)
    rgb = open_picture(cv2.imencode(".png", deep)[1].tobytes())
    assert rgb.dtype == np.uint8
    assert np.abs(rgb.astype(int) - 156).max() <= 1


def test_of_an_animation_the_first_picture_counts():
    second = painted().rotate(180)
    content = saved("PNG", save_all=True, append_images=[second], duration=100)
    assert (open_picture(content) == np.asarray(painted())).all()


@pytest.mark.parametrize("form", ["GIF", "TIFF", "BMP", "WEBP"])
def test_formats_nobody_asked_for_are_refused(form):
    with pytest.raises(PictureError, match="neither JPEG nor PNG"):
        open_picture(saved(form))


def test_a_progressive_picture_opens_up_to_what_memory_allows():
    assert open_picture(progressive(640, 900)).shape == (640, 900, 3)
    side = int(LARGEST_STAGED_PIXELS**0.5) + 20
    with pytest.raises(PictureError, match="pixels"):
        open_picture(progressive(side, side))


def test_a_few_bytes_that_ask_for_a_thousand_passes_are_refused():
    content = progressive(640, 900)
    last = content.rindex(b"\xff\xda")
    assert refused(content[:-2] + content[last:-2] * MOST_SCANS + content[-2:])


@pytest.mark.parametrize("filling", [b"\xff", b"\xff\xd0", b"\xff\xe0\x00\x02"])
def test_an_endless_header_is_given_up(filling):
    content = b"\xff\xd8" + filling * ((8 << 20) // len(filling))
    assert refused(content)
    assert len(list(_segments(content))) <= MOST_SEGMENTS


@settings(deadline=None)
@given(
    insert=st.binary(min_size=1, max_size=40),
    at=st.integers(2, 2_000),
    repeat=st.integers(1, 50),
    form=st.sampled_from(["JPEG", "PNG"]),
)
def test_files_with_something_pushed_in_open_or_are_refused(insert, at, repeat, form):
    content = saved(form, progressive=True) if form == "JPEG" else saved(form)
    at %= len(content)
    refused(content[:at] + insert * repeat + content[at:])

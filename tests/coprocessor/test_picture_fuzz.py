"""Files whose headers are wrong but well-formed: they get further into a decoder than noise."""

import io
import json
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from coprocessor.picture import KEPT_SIDE_PX, PictureError, open_picture
from tests.coprocessor.hostile_pictures import SIGNATURE, chunk
from tests.coprocessor.test_hostile import MOST_MIB, MOST_S, ROOT

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SMALL = st.integers(60, 300)
ANY = st.integers(0, 2**32 - 1)


def painted(form, **how):
    file = io.BytesIO()
    ramp = np.add.outer(np.arange(80), np.arange(96)).astype(np.uint8)
    Image.fromarray(np.dstack([ramp, ramp // 2, 255 - ramp])).save(file, form, **how)
    return file.getvalue()


def opened(content):
    """A picture within its bounds, or the one error."""
    try:
        rgb = open_picture(content)
    except PictureError:
        return None
    assert rgb.dtype == np.uint8
    assert rgb.ndim == 3
    assert max(rgb.shape[:2]) <= KEPT_SIDE_PX
    return rgb


@RELAXED
@given(
    width=SMALL | ANY,
    height=SMALL | ANY,
    bits=st.sampled_from([1, 2, 4, 8, 16]) | st.integers(0, 255),
    colour=st.sampled_from([0, 2, 3, 4, 6]) | st.integers(0, 255),
    more=st.binary(min_size=3, max_size=3),
    body=st.binary(max_size=600),
)
def test_any_png_header_opens_or_is_refused(width, height, bits, colour, more, body):
    """Its checks are right: nothing stops it before the values themselves are looked at."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([bits, colour]) + more
    packed = zlib.compress(body * 200)
    content = SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    opened(content)


CHUNKS = [b"PLTE", b"tRNS", b"gAMA", b"iCCP", b"zTXt", b"iTXt", b"eXIf", b"acTL", b"fcTL", b"fdAT"]


@RELAXED
@given(
    chunks=st.lists(st.tuples(st.sampled_from(CHUNKS), st.binary(max_size=120)), max_size=6),
    after=st.booleans(),
)
def test_any_chunks_in_a_png_open_or_are_refused(chunks, after):
    plain = painted("PNG")
    at = plain.index(b"IEND") - 4 if after else 33
    opened(plain[:at] + b"".join(chunk(*each) for each in chunks) + plain[at:])


@RELAXED
@given(
    marker=st.sampled_from(
        [0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xC4, 0xDB, 0xDA, 0xDD, 0xE1, 0xEE]
    ),
    body=st.binary(max_size=80),
    progressive=st.booleans(),
    instead=st.booleans(),
)
def test_any_segment_in_a_jpeg_opens_or_is_refused(marker, body, progressive, instead):
    """One more, or in place of the first of its kind."""
    content = painted("JPEG", progressive=progressive)
    segment = bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body
    at = content.find(bytes([0xFF, marker]))
    if instead and at > 0:
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        opened(content[:at] + segment + content[end:])
    else:
        opened(content[:2] + segment + content[2:])


@RELAXED
@given(tiff=st.binary(max_size=200), order=st.sampled_from([b"MM\x00*", b"II*\x00"]))
def test_any_exif_leaves_the_picture_one(tiff, order):
    plain = painted("JPEG")
    body = b"Exif\x00\x00" + order + tiff
    segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    rgb = opened(plain[:2] + segment + plain[2:])
    assert rgb is not None
    assert sorted(rgb.shape[:2]) == [80, 96]


@RELAXED
@given(at=st.integers(0, 60), put=st.binary(min_size=1, max_size=8))
@pytest.mark.parametrize("form", ["GIF", "WEBP", "TIFF", "BMP", "PPM"])
def test_other_formats_stay_closed_whatever_their_headers_say(form, at, put):
    content = painted(form)
    assert opened(content[: max(at, 1)] + put + content[at + len(put) :]) is None


def spoilt(content, rng):
    """A few bytes changed, most of them where the header is."""
    found = bytearray(content)
    for place in (rng.beta(0.6, 3, rng.integers(1, 12)) * len(found)).astype(int):
        found[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.integers(256)])
    return bytes(found)


def test_spoilt_files_stay_within_memory_and_time(bundle_directory, tmp_path):
    """In a process of its own: a decoder that crashes takes only that with it."""
    rng = np.random.default_rng(5)
    plain = [painted("JPEG"), painted("JPEG", progressive=True), painted("PNG")]
    plain += [painted("JPEG", subsampling=2), painted("PNG", save_all=True)]
    for number in range(400):
        content = spoilt(plain[number % len(plain)], rng)
        (tmp_path / f"{number:03}").write_bytes(content)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.coprocessor.hostile_pictures"),
            *(str(bundle_directory), str(tmp_path)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=MOST_S,
        check=False,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (told[-1:], done.stderr[-2_000:])
    assert len(told) == 400
    assert {"not_a_picture"} < {one["refusal"] for one in told}
    assert told[-1]["mib"] < MOST_MIB

"""Picture files made to cost memory or time, and a process of its own that opens them.

`python -m tests.coprocessor.hostile_pictures BUNDLE` enrols each as the terminal would and prints
one JSON line each: name, refusal, seconds, and the largest resident memory so far in MiB.
"""

import io
import json
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from coprocessor.models.model import open_bundle
from coprocessor.reading import Pipeline

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""PNG colour type to values a pixel."""


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width: int, height: int, bits: int = 8, colour: int = 2, interlace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace))


def png(width: int, height: int, bits: int = 8, colour: int = 2, *more: bytes) -> bytes:
    """One colour all over: a thousandth of its pixels' bytes."""
    row = bytes(1 + (width * CHANNELS[colour] * bits + 7) // 8)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = SIGNATURE + header(width, height, bits, colour)
    palette = chunk(b"PLTE", bytes(768)) if colour == 3 else b""
    return head + palette + b"".join(more) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def zipped(megabytes: int) -> bytes:
    """So much of nothing, in a thousandth of the bytes."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def animated(frames: int) -> bytes:
    """An animation of large pictures."""
    first, *others = (Image.new("RGB", (2_000, 2_000), (i, 0, 0)) for i in range(frames))
    file = io.BytesIO()
    first.save(file, "PNG", save_all=True, append_images=others, duration=50)
    return file.getvalue()


def jpeg(width: int, height: int, **how: object) -> bytes:
    file = io.BytesIO()
    Image.new(str(how.pop("mode", "RGB")), (width, height)).save(file, "JPEG", **how)  # type: ignore[arg-type]
    return file.getvalue()


def thumbnailed() -> bytes:
    """EXIF whose directories point at each other."""
    plain = jpeg(640, 480)
    entry = struct.pack(">HHII", 0x8769, 4, 1, 8)  # an EXIF directory that is this one
    tiff = b"MM\x00*\x00\x00\x00\x08" + struct.pack(">H", 1) + entry + struct.pack(">I", 8)
    body = b"Exif\x00\x00" + tiff
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain[2:]


PICTURES: Final[dict[str, Callable[[], bytes]]] = {
    "black": lambda: jpeg(640, 480),
    "largest png": lambda: png(8_000, 8_000),
    "largest png, 16 bits, alpha": lambda: png(8_000, 8_000, 16, 6),
    "largest png, a bit a pixel": lambda: png(16_000, 4_000, 1, 0),
    "largest png, palette": lambda: png(8_000, 8_000, 8, 3),
    "a text that unpacks to 400 MiB": lambda: png(
        640, 480, 8, 2, chunk(b"zTXt", b"k\x00\x00" + zipped(400))
    ),
    "a profile that unpacks to 400 MiB": lambda: png(
        640, 480, 8, 2, chunk(b"iCCP", b"k\x00\x00" + zipped(400))
    ),
    "a hundred thousand texts": lambda: png(640, 480, 8, 2, chunk(b"tEXt", b"k\x00") * 100_000),
    "more pixels than the header says": lambda: (
        SIGNATURE + header(640, 480) + chunk(b"IDAT", zipped(400)) + chunk(b"IEND", b"")
    ),
    "an animation": lambda: animated(12),
    "largest jpeg": lambda: jpeg(8_000, 8_000),
    "largest progressive jpeg": lambda: jpeg(4_800, 4_999, progressive=True),
    "largest progressive jpeg, CMYK": lambda: jpeg(4_800, 4_999, progressive=True, mode="CMYK"),
    "exif that leads to itself": thumbnailed,
    "noise": lambda: noise("JPEG"),
    "noise, png": lambda: noise("PNG"),
}


def noise(form: str) -> bytes:
    file = io.BytesIO()
    values = np.random.default_rng(1).integers(0, 256, (1_500, 1_500, 3)).astype(np.uint8)
    Image.fromarray(values).save(file, form)
    return file.getvalue()


def peak_mib() -> int:
    """The kernel's own count for this program; getrusage's begins with the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


def enrolled(pipeline: Pipeline, folder: Path) -> Iterator[dict[str, object]]:
    for path in sorted(folder.iterdir()):
        began_s = time.monotonic()
        answer = pipeline.enrol(path.read_bytes(), 1)
        took_s = round(time.monotonic() - began_s, 2)
        yield {"name": path.name, "refusal": answer.refusal, "s": took_s, "mib": peak_mib()}


def main(directory: Path, folder: Path) -> None:
    """Enrol every file of `folder`. The pictures are made elsewhere: their making costs more."""
    key = (directory / "bundle.pub").read_text("ascii").strip()
    for told in enrolled(Pipeline(open_bundle(directory, key)), folder):
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""The sample holder and the sample pictures: found in installed packages, never committed."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import cv2
import msgspec
from skimage.data import astronaut

from board.link.admin import Enrol

NAME: Final = "Ada"
FORMAT: Final = "H10301"
FACILITY: Final = 17
NUMBER: Final = 1815
PIN: Final = "2843"
"""Everybody may know them: they open a simulated door on the machine they were made on."""


class Sample(msgspec.Struct, frozen=True):
    """A picture the page offers: where it comes from, and what it is to be called."""

    name: str
    title: str
    source: str


@cache
def pictures() -> dict[str, bytes]:
    """PNG or JPEG bytes by sample name. `another` is there only if matplotlib is installed."""
    _, png = cv2.imencode(".png", cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR))
    found = {"holder": bytes(png)}
    matplotlib = find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin:
        shipped = Path(matplotlib.origin).parent / "mpl-data/sample_data/grace_hopper.jpg"
        if shipped.is_file():
            found["another"] = shipped.read_bytes()
    return found


SAMPLES: Final = (
    Sample("holder", f"{NAME}, who is enrolled", "scikit-image, astronaut (NASA, public domain)"),
    Sample("another", "somebody else", "matplotlib, grace_hopper (US Navy, public domain)"),
)


def offered() -> list[Sample]:
    """The samples whose pictures are on this machine."""
    return [sample for sample in SAMPLES if sample.name in pictures()]


def sample_holder() -> Enrol:
    """The command that enrols the sample holder: card, PIN and face."""
    return Enrol(
        name=NAME,
        format=FORMAT,
        facility=FACILITY,
        number=NUMBER,
        pin=PIN,
        pictures=(pictures()["holder"],),
    )

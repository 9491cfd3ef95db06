"""How often the detector finds a face without its colours, in the place where it was with them.

Grey photographs of visible light, no infrared ones: they say what the loss of colour costs.
"""

import argparse
from pathlib import Path
from time import perf_counter_ns
from typing import Final

import numpy as np
from tqdm import tqdm

from bench.scenes import BUNDLE, chosen
from coprocessor.detect import Detector
from coprocessor.infrared import agree
from coprocessor.metrics import rate
from coprocessor.models.model import open_bundle
from provisioning.simulator.hallway import as_picture
from provisioning.simulator.infrared import grey
from provisioning.simulator.scenes import decode, letterboxed

DARKER: Final = (1.0, 0.5, 0.25)
"""Shares of the light: an infrared lamp of a terminal is weaker than a photographer's."""


def main() -> None:
    """Each picture in colour, then in grey at each light."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--bundle", type=Path, default=BUNDLE)
    arguments.add_argument("--pictures", type=Path, required=True, help="a folder of portraits")
    arguments.add_argument("--most", type=int, default=1_000_000, help="so many, evenly chosen")
    told = arguments.parse_args()
    key = (told.bundle / "bundle.pub").read_text("ascii").strip()
    detector = Detector(open_bundle(told.bundle, key, threads=1))
    seen = dict.fromkeys(DARKER, 0)
    in_colour, times_us = 0, []
    for body in tqdm(chosen(told.pictures, told.most).values(), unit="picture", disable=None):
        picture = letterboxed(decode(body))
        faces = detector.faces(picture)
        if not faces:
            continue
        in_colour += 1
        for light in DARKER:
            darker = as_picture(grey(picture) * light)
            began = perf_counter_ns()
            found = detector.faces(darker)
            times_us.append((perf_counter_ns() - began) // 1_000)
            seen[light] += agree(faces[0].box, found)
    print(f"{in_colour} pictures with a face in colour")
    for light, count in seen.items():
        missed = rate(in_colour - count, in_colour)
        print(f"grey, {light:4.0%} of the light: not in that place {missed}")
    p50, p99 = (np.percentile(times_us, at) / 1_000 for at in (50, 99))
    print(f"one detection in 640 x 480: median {p50:.2f} ms, 99 % below {p99:.2f} ms")


if __name__ == "__main__":
    main()

"""What drift says of real faces whose pictures were made worse, through the whole pipeline.

Each picture is one approach. Half of them are the first weeks; the other half comes afterwards, as
it is or made worse. Portraits from a folder are no door: this shows that real faces move the
figures, not how soon at a door.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from tqdm import tqdm

from bench.scenes import chosen
from coprocessor.cues import Cues
from coprocessor.drift.drift import APPROACH_FRAMES, Drift
from coprocessor.drift.gauge import BASELINE, BASELINE_MINUTES
from coprocessor.frame import Frame, Picture, picture
from coprocessor.models.model import Bundle, open_bundle
from coprocessor.picture import open_picture
from coprocessor.reading import Pipeline
from tests.coprocessor.drift_site import ALARM_E3, Shut

BUNDLE: Final = Path(
    os.environ.get("CARDEA_BUNDLE", Path(__file__).parents[1] / ".models" / "bundle")
)
MINUTES: Final = -(-BASELINE_MINUTES // BASELINE)
"""From one approach to the next: so that there are people enough when there are days enough."""
BETWEEN_MS: Final = 10_000

Worse = Callable[[Picture], Picture]


def out_of_focus(rgb: Picture) -> Picture:
    return picture(cv2.GaussianBlur(rgb, (0, 0), 1.5))


def dim(rgb: Picture) -> Picture:
    return picture((rgb * 0.6).astype(np.uint8))


def far(rgb: Picture) -> Picture:
    """The same frame from a camera that sees half as much again."""
    small = cv2.resize(rgb, None, fx=0.66, fy=0.66, interpolation=cv2.INTER_AREA)
    rows, columns = rgb.shape[0] - small.shape[0], rgb.shape[1] - small.shape[1]
    border = (rows // 2, rows - rows // 2, columns // 2, columns - columns // 2)
    return picture(cv2.copyMakeBorder(small, *border, cv2.BORDER_REPLICATE))


def compressed(rgb: Picture) -> Picture:
    return picture(cv2.imdecode(cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, 12])[1], 1))


VARIANTS: Final[dict[str, Worse]] = {
    "as they are": lambda rgb: rgb,
    "out of focus (Gaussian, 1.5 pixels)": out_of_focus,
    "light x 0.6": dim,
    "a wider lens (size x 0.66)": far,
    "compressed (JPEG 12)": compressed,
}


class Approaches:
    """Pictures in, what each approach showed out: one pipeline, as at one door."""

    def __init__(self, bundle: Bundle) -> None:
        self._pipeline = Pipeline(bundle)
        self._now_ms = 0

    def cues(self, rgb: Picture) -> Cues | None:
        """None where nobody was seen."""
        self._now_ms += BETWEEN_MS
        shown = None
        for _ in range(APPROACH_FRAMES + 1):
            self._now_ms += 100
            self._pipeline.read(Frame(rgb, self._now_ms), 1, "", self._now_ms)
            shown = self._pipeline.cues() or shown
        return shown[1] if shown else None


def told(first: list[Cues], then: list[Cues]) -> str:
    """How far it ends, of what, and when it was first above the limit."""
    minutes = [0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drift.json"
        drift = Drift(path, "bundle", "camera", Shut(), lambda: minutes[0] * 60_000)
        figures = []
        for track, cues in enumerate([*first, *then], 1):
            minutes[0] += MINUTES
            drift.note(track, cues)
            figures.append(drift.worst())
    after = next((n for n, one in enumerate(figures) if one[0] >= ALARM_E3), None)
    found = f"told after {after - len(first)}" if after is not None else "not told"
    return f"{figures[-1][0] / 1_000:6.2f} {figures[-1][1]:10} {found} of {len(then)}"


def lines(bundle: Bundle, pictures: list[Picture]) -> Iterator[str]:
    shuffled = [pictures[place] for place in np.random.default_rng(1).permutation(len(pictures))]
    first = shuffled[: len(shuffled) // 2]
    baseline = measured(bundle, first, VARIANTS["as they are"])
    for name, worse in VARIANTS.items():
        yield f"{name:36} {told(baseline, measured(bundle, shuffled[len(first) :], worse))}"


def measured(bundle: Bundle, pictures: list[Picture], worse: Worse) -> list[Cues]:
    approaches = Approaches(bundle)
    shown = (approaches.cues(worse(one)) for one in tqdm(pictures, unit="face", leave=False))
    return [cues for cues in shown if cues is not None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, required=True, help="a folder of portraits")
    parser.add_argument("--most", type=int, default=900, help="so many of them, evenly chosen")
    parser.add_argument("--bundle", type=Path, default=BUNDLE)
    options = parser.parse_args()
    key = (options.bundle / "bundle.pub").read_text("ascii").strip()
    bundle = open_bundle(options.bundle, key, threads=1)
    pictures = [open_picture(raw) for raw in chosen(options.pictures, options.most).values()]
    for line in lines(bundle, pictures):
        print(line, flush=True)


if __name__ == "__main__":
    main()

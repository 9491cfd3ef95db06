"""Composed scenes before and after commissioning, over people whom the fit never saw.

Stimuli, no recordings: they show what commissioning changes, and prove nothing about accuracy.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import cv2
import msgspec
import numpy as np
from tqdm import tqdm

from bench.scenes import BUNDLE, chosen
from coprocessor.calibration import train
from coprocessor.calibration.observation import Observation
from coprocessor.calibration.train import Figures
from coprocessor.calibration.windows import Window, matrix
from coprocessor.frame import Frame, Picture, picture
from coprocessor.models.model import Bundle, open_bundle
from coprocessor.reading import Pipeline
from provisioning.simulator.scenes import FPS, SceneName, compose, decode

SECONDS: Final = 7.0
SHOWN: Final[tuple[tuple[Any, SceneName], ...]] = (
    ("live", "live"),
    ("print", "print"),
    ("phone", "screen"),
    ("tablet", "screen"),
)
PEOPLE: Final = 3


def soft(rgb: Picture) -> Picture:
    """A cheap lens before a small sensor, in a yellow light."""
    small = cv2.resize(rgb, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return picture(np.clip(large * np.array([1.0, 0.92, 0.7]), 0, 255))


def dark(rgb: Picture) -> Picture:
    """Half the light, and the noise of a gain turned up; the same noise for the same picture."""
    noise = np.random.default_rng(int(rgb[::16, ::16].sum())).normal(0, 5, rgb.shape)
    return picture(np.clip(rgb * 0.5 + noise, 0, 255))


CAMERAS: Final[dict[str, Callable[[Picture], Picture]]] = {
    "plain": picture,
    "soft": soft,
    "dark": dark,
}


def seen(bundle: Bundle, portrait: Picture, person: int, camera: str) -> list[Window]:
    """The windows of everything that is shown of one person, each by a fresh pipeline."""
    refuse = bundle.manifest.thresholds.attack_refuse_permille
    windows: list[Window] = []
    for number, (instrument, scene) in enumerate(SHOWN):
        pipeline = Pipeline(bundle)
        shown = Observation(len(SHOWN) * person + number, person, instrument, refuse)
        frames = compose(portrait, scene, seconds=SECONDS, seed=number)
        for index, rgb in enumerate(frames):
            at_ms = round(1_000 * index / FPS)
            reading = pipeline.read(Frame(CAMERAS[camera](rgb), at_ms), 1, "front", at_ms)
            cues = pipeline.cues()
            if cues is not None and shown.due(reading, at_ms):
                shown.add(cues[1], at_ms)
        windows += shown.windows
    return windows


def draws(people: list[list[Window]], count: int, edges: tuple[int, int]) -> dict[str, object]:
    """Mean figures before and after, of the draws whose fit was not refused."""
    dice = np.random.default_rng(1)
    before, after = [], []
    for _ in range(count):
        fitted = dice.choice(len(people), PEOPLE, replace=False).tolist()
        known = [window for one in fitted for window in people[one]]
        first = train.figures(known, [window.first_permille for window in known], *edges)
        told = train.figures(known, train.judged_by_others(known, *edges), *edges)
        if not train.separable(told, first):
            continue
        others = [one for place, one in enumerate(people) if place not in fitted]
        rest = [window for one in others for window in one]
        before.append(train.figures(rest, [window.first_permille for window in rest], *edges))
        after.append(train.figures(rest, judged(train.train(known), rest, edges), *edges))
    counted = {"people": len(people), "draws": count, "fits": len(after)}
    return counted | {"before": means(before), "after": means(after)}


def judged(trained: train.Trained, windows: list[Window], edges: tuple[int, int]) -> list[int]:
    """Permille of each window, as the site's judge would say."""
    scores = trained.fit.lowest(matrix([window.row for window in windows]))
    return [
        max(trained.edges.permille(float(score), *edges), window.first_permille * window.certain)
        for score, window in zip(scores, windows, strict=True)
    ]


def means(figures: list[Figures]) -> dict[str, float]:
    """Percent, and the worst draw's APCER."""
    names = ("apcer_permille", "bpcer_permille", "asked_permille")
    told = {
        name.replace("permille", "percent"): round(
            float(np.mean([getattr(one, name) for one in figures])) / 10, 1
        )
        for name in names
    }
    highest = max((one.apcer_permille for one in figures), default=0) / 10
    return told | {"highest_apcer_percent": highest}


def main() -> None:
    """Every portrait as a person, an instrument of each kind; then draws of PEOPLE to fit on."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true", help="one line for machines")
    arguments.add_argument("--bundle", type=Path, default=BUNDLE)
    arguments.add_argument("--pictures", type=Path, required=True, help="a folder of portraits")
    arguments.add_argument("--most", type=int, default=12, help="so many of them, evenly chosen")
    arguments.add_argument("--camera", choices=CAMERAS, default="plain", help="one for everybody")
    arguments.add_argument("--draws", type=int, default=40)
    told = arguments.parse_args()
    bundle = open_bundle(told.bundle, (told.bundle / "bundle.pub").read_text("ascii").strip(), 1)
    shown = chosen(told.pictures, told.most)
    people = [
        seen(bundle, decode(shown[name]), number, told.camera)
        for number, name in enumerate(tqdm(shown, unit="person"), 1)
    ]
    whole = [one for one in people if len({window.instrument for window in one}) == len(SHOWN)]
    if len(whole) <= PEOPLE:
        arguments.error(f"of only {len(whole)} people there is everything; give more pictures")
    limits = bundle.manifest.thresholds
    edges = limits.attack_accept_permille, limits.attack_refuse_permille
    found = draws(whole, told.draws, edges)
    print(json.dumps(found) if told.json else msgspec.json.format(json.dumps(found)))


if __name__ == "__main__":
    main()

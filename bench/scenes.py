"""Composed scenes through the whole pipeline: who is let in, of people, sheets, displays, stills.

Stimuli, no recordings: they find what broke and prove nothing about accuracy.
"""

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from board.link.messages import FaceReading
from coprocessor.evaluation.attempt import Decision, decide, until_decided
from coprocessor.evaluation.progress import progress
from coprocessor.frame import Frame
from coprocessor.metrics import rate
from coprocessor.models.model import Bundle, open_bundle
from coprocessor.reading import Pipeline
from provisioning.simulator.hallway import Picture
from provisioning.simulator.samples import pictures
from provisioning.simulator.scenes import FPS, SCENES, SceneName, compose, decode

SECONDS: Final = 8.0
"""As long as a terminal waits for a face."""
SUFFIXES: Final = (".jpg", ".jpeg", ".png")
BUNDLE: Final = Path(
    os.environ.get("CARDEA_BUNDLE", Path(__file__).parents[1] / ".models" / "bundle")
)


def main() -> None:
    """Each picture in each scene, one attempt each."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true", help="one line for machines")
    arguments.add_argument("--bundle", type=Path, default=BUNDLE)
    arguments.add_argument("--pictures", type=Path, help="a folder of portraits, else the samples")
    arguments.add_argument("--most", type=int, default=40, help="so many of them, evenly chosen")
    told = arguments.parse_args()
    key = (told.bundle / "bundle.pub").read_text("ascii").strip()
    bundle = open_bundle(told.bundle, key, threads=1)
    shown = chosen(told.pictures, told.most) if told.pictures else pictures()
    attempts = [(name, scene) for name in shown for scene in SCENES]
    decisions: dict[SceneName, dict[str, Decision]] = {scene: {} for scene in SCENES}
    for name, scene in progress(attempts, "scene"):
        decisions[scene][name] = attempt(bundle, decode(shown[name]), scene)
    print(json.dumps(summary(decisions)) if told.json else table(decisions))


def chosen(folder: Path, most: int) -> dict[str, bytes]:
    """Files by name, spread evenly over the folder and those below it."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    places = np.unique(np.linspace(0, len(paths) - 1, min(most, len(paths))).astype(int))
    return {paths[place].name: paths[place].read_bytes() for place in places}


def attempt(bundle: Bundle, picture: Picture, scene: SceneName) -> Decision:
    """What a door would have done with it."""
    limits = bundle.manifest.thresholds
    return decide(until_decided(readings(bundle, picture, scene), limits), limits)


def readings(
    bundle: Bundle, picture: Picture, scene: SceneName
) -> Iterator[tuple[int, FaceReading]]:
    """The scene's frames through a fresh pipeline, at the simulated camera's pace."""
    pipeline = Pipeline(bundle)
    for index, rgb in enumerate(compose(picture, scene, seconds=SECONDS, seed=3)):
        at_ms = round(1_000 * index / FPS)
        yield at_ms, pipeline.read(Frame(rgb, at_ms), 1, "front", at_ms)


def answered(found: dict[str, Decision]) -> dict[str, Decision]:
    """Without those the quality gate sent away: two people, a face too small, turned."""
    return {name: one for name, one in found.items() if one.reason in ("", "attack_suspected")}


def summary(decisions: dict[SceneName, dict[str, Decision]]) -> dict[str, dict[str, object]]:
    """By scene: granted of those answered, when at the median, which, and who would be asked."""
    result: dict[str, dict[str, object]] = {}
    for scene, found in decisions.items():
        given = answered(found)
        granted = {name: one for name, one in given.items() if one.decision == "granted"}
        asked = sorted(name for name, one in given.items() if one.decision == "asked")
        times = [one.decided_ms for one in granted.values() if one.decided_ms is not None]
        result[scene] = {
            "granted": str(rate(len(granted), len(given))),
            "asked_to_turn": asked,
            "not_answered": len(found) - len(given),
            "median_ms": round(float(np.median(times))) if times else None,
            "which": sorted(granted if scene != "live" else given.keys() - granted.keys()),
        }
    return result


def table(decisions: dict[SceneName, dict[str, Decision]]) -> str:
    """The same for people; which: let in as an attack, or kept out as a person."""
    lines = []
    for scene, found in summary(decisions).items():
        when = f", at {found['median_ms']} ms (median)" if found["median_ms"] else ""
        lines.append(f"{scene:6} granted {found['granted']}{when}")
        lines.append(f"       asked to turn: {found['asked_to_turn']}")
        lines.append(f"       not answered {found['not_answered']}; wrong: {found['which']}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

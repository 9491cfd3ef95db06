"""Stage by stage: our models as shipped, beside their float32 twins and what else is at hand."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Final

import numpy as np
from skimage import data

from bench import reading
from bench.beside import beside
from bench.floats import Floats
from bench.reading import BUNDLE, WARM_UP, idle, measured, summary
from coprocessor.align import upright
from coprocessor.detect import Detector, Face
from coprocessor.follow import Follower, Key
from coprocessor.frame import Frame, Picture
from coprocessor.landmarks import Landmarker
from coprocessor.models.model import Bundle, ModelError, open_bundle
from coprocessor.spoof import Spoof
from coprocessor.template import Embedder
from provisioning.simulator.scenes import FPS, compose

FRAMES: Final = 150
PAIRS: Final = {
    "MediaPipe": {"detection": "detect", "mesh, tracked": "detect and mesh, followed"},
    "face_recognition": {
        "find (HOG)": "detect",
        "landmarks (68)": "landmarks",
        "landmarks, encode": "landmarks and template",
    },
    "OpenCV": {"find (Haar)": "detect"},
}
"""What each stage of theirs stands beside."""


def stages(ours: Bundle, floats: Bundle, frames: list[Frame]) -> dict[str, list[list[int]]]:
    """Microseconds of each room, [ours, float32], by turns on the same pictures."""
    took: dict[str, list[list[int]]] = {}

    def timed(name: str, which: int, work: Callable[..., Any], *arguments: Any) -> Any:
        began = perf_counter_ns()
        result = work(*arguments)
        took.setdefault(name, [[], []])[which].append((perf_counter_ns() - began) // 1_000)
        return result

    rooms = [
        (Detector(models), Landmarker(models), Embedder(models), Spoof(models))
        for models in (ours, floats)
    ]
    for frame in frames:
        face = rooms[0][0].faces(frame.rgb)[0]
        crop = upright(frame.rgb, rooms[0][1].mesh(frame.rgb, face).five())
        for which, (detector, landmarker, embedder, spoof) in enumerate(rooms):
            timed("detect", which, detector.faces, frame.rgb)
            timed("landmarks", which, landmarker.mesh, frame.rgb, face)
            timed("template", which, embedder.template, crop)
            timed("landmarks and template", which, _encoded, frame.rgb, face, landmarker, embedder)
            timed("spoof", which, spoof.log_odds, frame.rgb, face.box)
    return {name: [values[WARM_UP:] for values in pair] for name, pair in took.items()}


def _encoded(rgb: Picture, face: Face, landmarker: Landmarker, embedder: Embedder) -> bytes:
    """What others call an encoding: of a face that was found, its points, and its template."""
    return embedder.template(upright(rgb, landmarker.mesh(rgb, face).five()))


def followed(models: Bundle, frames: list[Frame]) -> list[int]:
    """Microseconds of a mesh, the detector asked only as often as the pipeline asks it."""
    detector, landmarker = Detector(models), Landmarker(models)
    follower = Follower(landmarker)
    took = []
    for frame in frames:
        began = perf_counter_ns()
        if follower.next(frame.rgb, frame.captured_ms) is None:
            face = detector.faces(frame.rgb)[0]
            mesh = landmarker.mesh(frame.rgb, face)
            follower.start(Key(face, mesh, "", frame.captured_ms))
        took.append((perf_counter_ns() - began) // 1_000)
    return took[WARM_UP:]


def main() -> None:
    """Compose the scene first: only the work on it counts."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true", help="one line for machines")
    arguments.add_argument("--bundle", type=Path, default=BUNDLE)
    told = "only ours: install nothing beside, compare with no other package"
    arguments.add_argument("--alone", action="store_true", help=told)
    options = arguments.parse_args()
    key = (options.bundle / "bundle.pub").read_text("ascii").strip()
    ours = open_bundle(options.bundle, key, threads=1)
    frames = scene()
    result: dict[str, Any] = {"idle": idle(ours)}
    result["beside"] = {} if options.alone else beside(frames)
    result["detect and mesh, followed"] = {"ours": summary(followed(ours, frames))}
    try:
        floats = Floats(ours, options.bundle.parent / "packages")
    except ModelError as error:
        result["float32"] = {"skipped": str(error)}
        rows = {name: [values] for name, values in reading.stages(ours, frames).items()}
    else:
        rows = stages(ours, floats, frames)
        rows["reading"] = [measured(models, frames)[0] for models in (ours, floats)]
    for name, pair in rows.items():
        named = zip(("ours", "float32"), pair, strict=False)
        result[name] = {which: summary(values) for which, values in named}
    print(json.dumps(result) if options.json else table(result))


def scene() -> list[Frame]:
    """One composed person, FRAMES frames after the warm-up."""
    portrait = np.asarray(data.astronaut(), np.uint8)
    seconds = (FRAMES + WARM_UP) / FPS
    shown = compose(portrait, "live", seconds=seconds, seed=1)
    return [Frame(rgb, int(1_000 * index / FPS)) for index, rgb in enumerate(shown)]


def table(result: dict[str, Any]) -> str:
    """The same for people; ratios are p50 over p50, above 1 where ours is faster."""
    lines = [f"640x480, one thread, {FRAMES} frames; milliseconds"]
    lines.append(f"{'':26} {'ours p50':>9} {'p99':>7} {'float32 p50':>12} {'p99':>7} {'ratio':>6}")
    for name, row in result.items():
        if "ours" in row:
            lines.append(_line(name, row["ours"], row.get("float32")))
    if "skipped" in result.get("float32", {}):
        lines.append(f"float32: skipped: {result['float32']['skipped']}")
    lines += [
        line for name, told in result["beside"].items() for line in _others(name, told, result)
    ]
    lines.append(f"empty scene at 10 frames a second: {result['idle']['percent']} % of a core")
    return "\n".join(lines)


def _others(name: str, told: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """One line a stage of theirs: above 1 where ours is faster."""
    if "skipped" in told:
        return [f"{name}: SKIPPED: {told['skipped']}"]
    lines = []
    for stage, took in told.items():
        ours = PAIRS[name][stage]
        times = f"{name}, {stage}: {took['p50_ms']:.2f} p50, {took['p99_ms']:.2f} p99"
        if ours in result:
            ratio = took["p50_ms"] / result[ours]["ours"]["p50_ms"]
            times += f"; {ratio:.1f} times our `{ours}`"
        lines.append(times)
    return lines


def _line(name: str, ours: dict[str, float], other: dict[str, float] | None) -> str:
    line = f"{name:26} {ours['p50_ms']:9.2f} {ours['p99_ms']:7.2f}"
    if other is None:
        return line
    ratio = other["p50_ms"] / ours["p50_ms"]
    return f"{line} {other['p50_ms']:12.2f} {other['p99_ms']:7.2f} {ratio:6.2f}"


if __name__ == "__main__":
    main()

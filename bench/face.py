"""Stage by stage: our models as shipped, beside their float32 twins and what else is at hand."""

import argparse
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns, process_time_ns
from typing import Any, Final

import numpy as np
from skimage import data

from bench import reading
from bench.floats import Floats
from bench.reading import BUNDLE, WARM_UP, measured, summary
from coprocessor.align import upright
from coprocessor.detect import Detector
from coprocessor.follow import Follower, Key
from coprocessor.frame import Frame
from coprocessor.landmarks import Landmarker
from coprocessor.models.model import Bundle, ModelError, open_bundle
from coprocessor.reading import Pipeline
from coprocessor.spoof import Spoof
from coprocessor.template import Embedder
from provisioning.simulator.scenes import FPS, compose

FRAMES: Final = 150
MEDIAPIPE: Final = Path(__file__).with_name("mediapipe_beside.py")


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
            timed("spoof", which, spoof.log_odds, frame.rgb, face.box)
    return {name: [values[WARM_UP:] for values in pair] for name, pair in took.items()}


def mediapipe(python: Path, frames: list[Frame], folder: Path) -> dict[str, Any]:
    """Detection with mesh as MediaPipe's own package does it, in its own virtual environment."""
    file = folder / "frames.npy"
    np.save(file, np.stack([frame.rgb for frame in frames]))
    done = subprocess.run(
        [python, MEDIAPIPE, file], capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        return {"skipped": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return {name: summary(took[WARM_UP:]) for name, took in told.items()}


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


def idle(models: Bundle) -> dict[str, float]:
    """Share of a core that an empty, unchanging scene costs at 10 frames a second, in percent."""
    pipeline = Pipeline(models)
    wall = np.random.default_rng(1).integers(90, 110, (480, 640, 3)).astype(np.uint8)
    frames = [Frame(np.roll(wall, index, axis=1), 100 * index) for index in range(100)]
    began = process_time_ns()
    for frame in frames:
        pipeline.read(frame, 0, "", frame.captured_ms)
    return {"percent": round((process_time_ns() - began) / 10_000_000_000 * 100, 2)}


def main() -> None:
    """Compose the scene first: only the work on it counts."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true", help="one line for machines")
    arguments.add_argument("--bundle", type=Path, default=BUNDLE)
    arguments.add_argument(
        "--mediapipe",
        type=Path,
        metavar="PYTHON",
        help="interpreter of a throw-away virtual environment that has the package mediapipe",
    )
    told = arguments.parse_args()
    key = (told.bundle / "bundle.pub").read_text("ascii").strip()
    ours = open_bundle(told.bundle, key, threads=1)
    frames = scene()
    result: dict[str, Any] = {"idle": idle(ours), "mediapipe": beside(told.mediapipe, frames)}
    result["detect and mesh, followed"] = {"ours": summary(followed(ours, frames))}
    try:
        floats = Floats(ours, told.bundle.parent / "packages")
    except ModelError as error:
        result["float32"] = {"skipped": str(error)}
        rows = {name: [values] for name, values in reading.stages(ours, frames).items()}
    else:
        rows = stages(ours, floats, frames)
        rows["reading"] = [measured(models, frames)[0] for models in (ours, floats)]
    for name, pair in rows.items():
        named = zip(("ours", "float32"), pair, strict=False)
        result[name] = {which: summary(values) for which, values in named}
    print(json.dumps(result) if told.json else table(result))


def scene() -> list[Frame]:
    """One composed person, FRAMES frames after the warm-up."""
    portrait = np.asarray(data.astronaut(), np.uint8)
    seconds = (FRAMES + WARM_UP) / FPS
    shown = compose(portrait, "live", seconds=seconds, seed=1)
    return [Frame(rgb, int(1_000 * index / FPS)) for index, rgb in enumerate(shown)]


def beside(python: Path | None, frames: list[Frame]) -> dict[str, Any]:
    """What MediaPipe takes, or why it was not asked."""
    if python is None:
        return {"skipped": "name an interpreter that has it: --mediapipe PYTHON"}
    with TemporaryDirectory(prefix="bench-face-") as folder:
        return mediapipe(python, frames, Path(folder))


def table(result: dict[str, Any]) -> str:
    """The same for people; ratios are p50 over p50, above 1 where ours is faster."""
    lines = [f"640x480, one thread, {FRAMES} frames; milliseconds"]
    lines.append(f"{'':26} {'ours p50':>9} {'p99':>7} {'float32 p50':>12} {'p99':>7} {'ratio':>6}")
    for name, row in result.items():
        if "ours" in row:
            lines.append(_line(name, row["ours"], row.get("float32")))
    for name in ("float32", "mediapipe"):
        if "skipped" in result.get(name, {}):
            lines.append(f"{name}: skipped: {result[name]['skipped']}")
    pairs = {"detection": "detect", "mesh, tracked": "detect and mesh, followed"}
    for name, took in result["mediapipe"].items():
        if name in pairs:
            ratio = took["p50_ms"] / result[pairs[name]]["ours"]["p50_ms"]
            times = f"{took['p50_ms']:.2f} p50, {took['p99_ms']:.2f} p99"
            lines.append(f"MediaPipe {name}: {times}; {ratio:.2f} times our `{pairs[name]}`")
    lines.append(f"empty scene at 10 frames a second: {result['idle']['percent']} % of a core")
    return "\n".join(lines)


def _line(name: str, ours: dict[str, float], other: dict[str, float] | None) -> str:
    line = f"{name:26} {ours['p50_ms']:9.2f} {ours['p99_ms']:7.2f}"
    if other is None:
        return line
    ratio = other["p50_ms"] / ours["p50_ms"]
    return f"{line} {other['p50_ms']:12.2f} {other['p99_ms']:7.2f} {ratio:6.2f}"


if __name__ == "__main__":
    main()

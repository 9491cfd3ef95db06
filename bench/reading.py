"""Frame in memory to FaceReading on one thread: p50 and p99, and where the time goes."""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns, process_time_ns
from typing import Any, Final

import numpy as np
from skimage import data

from coprocessor.align import upright
from coprocessor.detect import Detector
from coprocessor.frame import Frame
from coprocessor.landmarks import Landmarker
from coprocessor.models.model import Bundle, open_bundle
from coprocessor.motion import MotionWatch
from coprocessor.quality import look
from coprocessor.reading import Pipeline
from coprocessor.spoof import Spoof
from coprocessor.stale import StaleWatch
from coprocessor.template import Embedder
from provisioning.simulator.scenes import FPS, compose

FRAMES: Final = 300
WARM_UP: Final = 10
BUNDLE: Final = Path(
    os.environ.get("CARDEA_BUNDLE", Path(__file__).parents[1] / ".models" / "bundle")
)


def main() -> None:
    """Compose the scene first, then measure: only the co-processor's own work counts."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true", help="one line for machines")
    arguments.add_argument("--bundle", type=Path, default=BUNDLE)
    told = arguments.parse_args()
    key = (told.bundle / "bundle.pub").read_text("ascii").strip()
    bundle = open_bundle(told.bundle, key, threads=1)
    portrait = np.asarray(data.astronaut(), np.uint8)
    count = FRAMES + WARM_UP
    frames = [
        Frame(rgb, int(1_000 * index / FPS))
        for index, rgb in enumerate(compose(portrait, "live", seconds=count / FPS, seed=1))
    ]
    whole, refused = measured(bundle, frames)
    result = {
        "reading": summary(whole),
        "frames": len(whole),
        "refused": refused,
        "idle": idle(bundle),
        "stages": {name: summary(took) for name, took in stages(bundle, frames).items()},
    }
    print(json.dumps(result) if told.json else table(result))


def measured(bundle: Bundle, frames: list[Frame]) -> tuple[list[int], int]:
    """Microseconds of each reading after the warm-up, and how many were refused."""
    pipeline = Pipeline(bundle)
    readings = [pipeline.read(frame, 1, "front", frame.captured_ms) for frame in frames]
    kept = readings[WARM_UP:]
    return [reading.took_us for reading in kept], sum(bool(reading.refusal) for reading in kept)


def stages(bundle: Bundle, frames: list[Frame]) -> dict[str, list[int]]:
    """Microseconds of each room by itself; spoof and motion take turns in a reading."""
    detector, landmarker = Detector(bundle), Landmarker(bundle)
    embedder, spoof = Embedder(bundle), Spoof(bundle)
    motion, stale = MotionWatch(), StaleWatch()
    took: dict[str, list[int]] = {}

    def timed(name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        began = perf_counter_ns()
        result = work(*arguments)
        took.setdefault(name, []).append((perf_counter_ns() - began) // 1_000)
        return result

    for frame in frames:
        timed("stale", stale.note, frame)
        faces = timed("detect", detector.faces, frame.rgb)
        if not faces:
            continue
        mesh = timed("landmarks", landmarker.mesh, frame.rgb, faces[0])
        crop = timed("align", upright, frame.rgb, mesh.five())
        timed("quality", look, crop)
        timed("template", embedder.template, crop)
        timed("spoof", spoof.log_odds, frame.rgb, faces[0].box)
        timed("motion", motion.compare, frame, mesh, faces[0].box)
    return {name: values[WARM_UP:] for name, values in took.items()}


def idle(models: Bundle) -> dict[str, float]:
    """Share of a core that an empty, unchanging scene costs at 10 frames a second, in percent."""
    pipeline = Pipeline(models)
    wall = np.random.default_rng(1).integers(90, 110, (480, 640, 3)).astype(np.uint8)
    frames = [Frame(np.roll(wall, index, axis=1), 100 * index) for index in range(100)]
    began = process_time_ns()
    for frame in frames:
        pipeline.read(frame, 0, "", frame.captured_ms)
    return {"percent": round((process_time_ns() - began) / 10_000_000_000 * 100, 2)}


def summary(took_us: list[int]) -> dict[str, float]:
    """Milliseconds."""
    return {
        "p50_ms": round(float(np.percentile(took_us, 50)) / 1_000, 2),
        "p99_ms": round(float(np.percentile(took_us, 99)) / 1_000, 2),
    }


def table(result: dict[str, Any]) -> str:
    """The same for people."""
    rows = [("reading", result["reading"]), *result["stages"].items()]
    lines = [f"{name:10} {took['p50_ms']:8.2f} {took['p99_ms']:8.2f}" for name, took in rows]
    head = f"640x480, one thread, {result['frames']} frames, {result['refused']} refused"
    lines.append(f"empty scene at 10 frames a second: {result['idle']['percent']} % of a core")
    return "\n".join([head, f"{'':10} {'p50 ms':>8} {'p99 ms':>8}", *lines])


if __name__ == "__main__":
    main()

"""Runs in another virtual environment: MediaPipe's face detection and mesh over saved frames.

Takes a .npy of frames (N x height x width x 3, RGB); prints microseconds by stage as JSON. One
core, as ours has one thread. bench/beside.py asks for this.
"""

import json
import os
import sys
from time import perf_counter_ns
from typing import Any

import mediapipe  # type: ignore[import-not-found]
import numpy as np


def main() -> None:
    """Detection on every frame, then the mesh in the package's own tracking mode."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    frames = np.load(sys.argv[1])
    solutions = mediapipe.solutions
    detection = solutions.face_detection.FaceDetection(model_selection=0)
    mesh = solutions.face_mesh.FaceMesh(static_image_mode=False, max_num_faces=1)
    print(json.dumps({"detection": timed(detection, frames), "mesh, tracked": timed(mesh, frames)}))


def timed(stage: Any, frames: Any) -> list[int]:
    """Microseconds of each frame."""
    took = []
    for frame in frames:
        began = perf_counter_ns()
        stage.process(frame)
        took.append((perf_counter_ns() - began) // 1_000)
    return took


if __name__ == "__main__":
    main()

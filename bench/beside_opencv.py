"""Runs in another virtual environment: the face finder that OpenCV's package brings, on frames.

Takes a .npy of frames (N x height x width x 3, RGB); prints microseconds by stage as JSON. One
core, as ours has one thread. OpenCV's nets (YuNet, SFace) come in no package: its cascade does.
bench/beside.py asks for this.
"""

import json
import os
import sys
from pathlib import Path
from time import perf_counter_ns

import cv2
import numpy as np

CASCADE = "haarcascade_frontalface_default.xml"


def main() -> None:
    """On the grey picture, with the values of OpenCV's own tutorial."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    cascade = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / CASCADE))  # type: ignore[attr-defined]
    took = []
    for frame in np.load(sys.argv[1]):
        began = perf_counter_ns()
        cascade.detectMultiScale(cv2.equalizeHist(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)))
        took.append((perf_counter_ns() - began) // 1_000)
    print(json.dumps({"find (Haar)": took}))


if __name__ == "__main__":
    main()

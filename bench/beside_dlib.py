"""Runs in another virtual environment: dlib's face_recognition over saved frames, as its page says.

Takes a .npy of frames (N x height x width x 3, RGB); prints microseconds by stage as JSON. One
core, as ours has one thread. bench/beside.py asks for this.
"""

import json
import os
import sys
from time import perf_counter_ns

import face_recognition  # type: ignore[import-not-found]
import numpy as np


def main() -> None:
    """Find, 68 points, 128 numbers: each with what the one before found."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    took: dict[str, list[int]] = {"find (HOG)": [], "landmarks (68)": [], "landmarks, encode": []}
    for frame in np.load(sys.argv[1]):
        began = perf_counter_ns()
        places = face_recognition.face_locations(frame)
        found = perf_counter_ns()
        face_recognition.face_landmarks(frame, places)
        marked = perf_counter_ns()
        face_recognition.face_encodings(frame, places)
        ended = perf_counter_ns()
        spans = (found - began, marked - found, ended - marked)
        for times, span in zip(took.values(), spans, strict=True):
            times.append(span // 1_000)
    print(json.dumps(took))


if __name__ == "__main__":
    main()

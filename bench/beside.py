"""What a user would pick instead, in a virtual environment of its own: times of the same pictures.

None of these is a dependency of ours. What cannot be installed here is skipped, and says why.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import numpy as np

from bench.reading import WARM_UP, summary
from coprocessor.frame import Frame

FOLDER: Final = Path(__file__).parent
PLACE: Final = FOLDER.parent / ".venv" / "beside"
PATIENCE_S: Final = 900
GROUND: Final = (
    "absl-py",
    "attrs",
    "click",
    "flatbuffers",
    "matplotlib",
    "numpy<3",
    "opencv-contrib-python-headless<5",  # from 5 on without the cascade
    "pillow",
    "protobuf>=4.25.3,<5",
    "setuptools==80.9.0",  # the last with pkg_resources, which face_recognition_models asks for
)


class Other(NamedTuple):
    """One package: its script here, and what to install beside GROUND, without dependencies."""

    script: str
    packages: tuple[str, ...]


OTHERS: Final = {
    "MediaPipe": Other("beside_mediapipe.py", ("mediapipe==0.10.14",)),
    "face_recognition": Other(
        "beside_dlib.py",
        # dlib-bin is dlib compiled; dlib itself is source, and takes a compiler and its time
        ("dlib-bin==20.0.1.post1", "face_recognition_models==0.3.0", "face_recognition==1.3.0"),
    ),
    "OpenCV": Other("beside_opencv.py", ()),
}


class Skipped(Exception):
    """There is nothing to compare with; the message says why."""


def beside(frames: list[Frame], place: Path = PLACE) -> dict[str, dict[str, Any]]:
    """By name, milliseconds by stage, or {"skipped": why}."""
    found: dict[str, dict[str, Any]] = {}
    with TemporaryDirectory(prefix="bench-face-") as folder:
        file = Path(folder) / "frames.npy"
        np.save(file, np.stack([frame.rgb for frame in frames]))
        for name, other in OTHERS.items():
            try:
                found[name] = measured(other, file, place)
            except Skipped as why:
                found[name] = {"skipped": str(why)}
    return found


def measured(other: Other, file: Path, place: Path) -> dict[str, Any]:
    """Milliseconds by stage. Raises Skipped."""
    python = place / "bin" / "python"
    if not python.exists():
        _run(sys.executable, "-m", "venv", place)
    install = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*install, *GROUND)
    if other.packages:
        _run(*install, "--no-deps", "--no-build-isolation", *other.packages)
    told: dict[str, list[int]] = json.loads(_run(python, FOLDER / other.script, file))
    return {name: summary(took[WARM_UP:]) for name, took in told.items()}


def _run(*command: str | Path) -> str:
    """The last line it prints. Raises Skipped."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Skipped(str(error)) from None
    if done.returncode:
        raise Skipped((done.stderr.strip().splitlines() or ["no message"])[-1])
    return (done.stdout.strip().splitlines() or [""])[-1]

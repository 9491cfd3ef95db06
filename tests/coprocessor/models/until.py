"""Waiting for what another thread does."""

import time
from collections.abc import Callable

PATIENCE_S = 20.0


def until(true: Callable[[], object]) -> float:
    """Return once `true()` is, and after how many seconds; fail after PATIENCE_S."""
    began_s = time.monotonic()
    while not true():
        assert time.monotonic() < began_s + PATIENCE_S, "did not come true"
        time.sleep(0.005)
    return time.monotonic() - began_s

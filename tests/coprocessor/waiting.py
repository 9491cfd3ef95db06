"""Waiting for what must become true, without saying when."""

import asyncio
from collections.abc import Callable

PATIENCE_S = 20.0


async def eventually(true: Callable[[], object], what: str = "") -> None:
    """Return once `true()` is; fail after PATIENCE_S, which no healthy run comes near."""
    clock = asyncio.get_running_loop()
    until_s = clock.time() + PATIENCE_S
    while not true():
        assert clock.time() < until_s, f"did not come true: {what}"
        await asyncio.sleep(0.01)

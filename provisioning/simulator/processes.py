"""The real processes, kept running as an init system would: restarted, with back-off."""

import asyncio
import contextlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 5.0
GOOD_LIFE_S: Final = 10.0
"""Whoever lived this long is restarted at once again."""

STOP_S: Final = 5.0
LARGEST_LOG: Final = 4 << 20


class Program:
    """One program that should run; `powered` says whether it should at all.

    said: why it last ended, for people: the last line it wrote, or the signal that killed it.
    """

    def __init__(
        self, name: str, argv: list[str], log: Path, changed: Callable[[], None] = lambda: None
    ) -> None:
        self.name = name
        self.powered = True
        self.restarts = 0
        self.said = ""
        self._argv = argv
        self._log = log
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._wanted = asyncio.Event()
        self._wanted.set()

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process else None

    async def run(self) -> None:
        """Start it, and start it again, until cancelled; then stop it."""
        pause_s = FIRST_PAUSE_S
        try:
            while True:
                await self._wanted.wait()
                began = time.monotonic()
                await self._one_life()
                if time.monotonic() - began > GOOD_LIFE_S:
                    pause_s = FIRST_PAUSE_S
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                self.restarts += 1
        finally:
            await self._stop()

    def power(self, on: bool) -> None:
        """Pull the plug (SIGKILL, no farewell), or put it back."""
        self.powered = on
        if on:
            self._wanted.set()
        else:
            self._wanted.clear()
            if self._process is not None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
        self._changed()

    async def _one_life(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        fresh = not self._log.exists() or self._log.stat().st_size > LARGEST_LOG
        with self._log.open("wb" if fresh else "ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *_tied(),
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C is ours to hear; we stop the others in order
            )
        self._changed()
        code = await self._process.wait()
        self._process = None
        self.said = _last_line(self._log) if code > 0 else f"Ended by signal {-code}." * (code < 0)
        self._changed()

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _tied() -> list[str]:
    """What starts a program so that it dies with us: a killed simulator leaves nobody behind.

    util-linux's setpriv sets prctl(2)'s PR_SET_PDEATHSIG and becomes the program; where it is
    missing the program simply outlives a simulator that is killed with SIGKILL.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def _last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 2_000))
        lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else ""

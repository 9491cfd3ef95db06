"""Room for the vault: told when it runs short, and a reserve given up when it is gone.

A pass that cannot be journalled is refused, so a full disk ends in a closed door (REX still
releases). Long before, `storage_low` is raised. At the very end the ballast, a file that holds
nothing but room, is let go: what happens then, the alarms above all, still comes into the journal.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

EVERY_S: Final = 2.0
MIB: Final = 1024 * 1024
BALLAST_BYTES: Final = 8 * MIB
"""Some 10,000 entries with their alerts."""

LOW_BYTES, ENOUGH_BYTES = 64 * MIB, 96 * MIB
"""Below the first it is told; above the second it is over, and there is room for a ballast."""
FULL_BYTES: Final = 2 * MIB
"""Below this the ballast is let go: the log of a single transaction may need as much."""

log = logging.getLogger(__name__)


def free_bytes(folder: Path) -> int:
    """What an ordinary account may still write there. Raises OSError."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


class Storage:
    """Looks after the folder the vault lies in. told: called with whether room runs short."""

    def __init__(
        self,
        folder: Path,
        told: Callable[[bool], None],
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"
        self._told = told
        self._free = free
        self._low = False

    async def run(self, beat: Callable[[], None]) -> None:
        """Serve for ever; `beat` also while the disk hangs: that is no reason for a reset."""
        looking: asyncio.Task[bool] | None = None
        while True:
            beat()
            if looking and looking.done():
                self._told(looking.result())
                looking = None
            looking = looking or asyncio.create_task(asyncio.to_thread(self.look))
            await asyncio.sleep(EVERY_S)

    def look(self) -> bool:
        """Keep or give up the ballast; whether room runs short."""
        try:
            free = self._free(self._folder)
            if free < FULL_BYTES:
                self._let_go()
            elif free > ENOUGH_BYTES + BALLAST_BYTES:
                self._keep()
        except OSError as fault:
            log.error("%s: %s; the ballast stays as it is", self._folder, fault.strerror)
            return self._low
        self._low = free < (ENOUGH_BYTES if self._low else LOW_BYTES)
        return self._low

    def _let_go(self) -> None:
        if self._ballast.exists():
            self._ballast.unlink()
            log.error(
                "%s is full: its reserve of %d MiB is used now. Make room: when that is gone, "
                "nobody is let in until there is",
                self._folder,
                BALLAST_BYTES // MIB,
            )

    def _keep(self) -> None:
        if self._ballast.exists() and self._ballast.stat().st_size == BALLAST_BYTES:
            return
        file = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, BALLAST_BYTES)
        finally:
            os.close(file)

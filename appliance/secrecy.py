"""The process keeps its memory to itself: no core file, no debugger, and where it may no swap."""

import ctypes
import logging
import resource
from pathlib import Path
from typing import Final

PR_SET_DUMPABLE: Final = 4
CAP_IPC_LOCK: Final = 14
MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4

log = logging.getLogger(__name__)
_libc = ctypes.CDLL(None, use_errno=True)


def enforce() -> None:
    """Let no other process of this account read this one's memory (prctl(2)), and lock it.

    The vault's key and what it opens are in it. Locking (mlockall(2)) is done only where it has no
    limit: at a limit later memory would be refused, and with it the way out. The log says so then.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    everything = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT
    if not may_lock() or _libc.mlockall(everything):
        log.warning(
            "memory may be swapped out, the vault's key with it; set LimitMEMLOCK=infinity in the "
            "service's unit, or turn swap off"
        )


def may_lock() -> bool:
    """Whether this process may lock as much memory as it likes."""
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
        return True
    lines = Path("/proc/self/status").read_text().splitlines()
    capable = next((int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")), 0)
    return bool(capable >> CAP_IPC_LOCK & 1)

"""Memory for what must not leave it: kept out of core dumps and, where the kernel lets us, of swap.

mlock(2), madvise(2) MADV_DONTDUMP. Python's bytes are copied freely: what is secret is written into
such memory and read from it, and the copies on the way are kept short-lived by their owners.
"""

import ctypes
import logging
import mmap
import os

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mlock.argtypes = (ctypes.c_void_p, ctypes.c_size_t)

log = logging.getLogger(__name__)


def memory(size: int, what: str) -> mmap.mmap:
    """Return `size` bytes of noughts, at least one page, for `what` (which the log may name).

    Never raises for want of a lock: the log then says so, with the remedy. The kernel clears the
    pages before anybody else gets them, once nothing refers to them any more.
    """
    pages = mmap.mmap(-1, max(size, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    pages.madvise(mmap.MADV_DONTDUMP)
    if _libc.mlock(_address(pages), len(pages)):
        log.warning(
            "%s: %d KiB of memory may be swapped out (%s); set LimitMEMLOCK=infinity in the "
            "service's unit, or turn swap off",
            what,
            len(pages) // 1024,
            os.strerror(ctypes.get_errno()),
        )
    return pages


def wipe(pages: mmap.mmap) -> None:
    """Write noughts over all of it."""
    ctypes.memset(_address(pages), 0, len(pages))


def _address(pages: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(pages))

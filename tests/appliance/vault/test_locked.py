"""Locked memory as the kernel itself tells of it, in /proc/self/smaps."""

import ctypes
import mmap
import re
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.vault import locked

SIZE = 3 * mmap.PAGESIZE


def flags(pages: mmap.mmap) -> set[str]:
    """VmFlags of the mapping that `pages` lie in: `lo` locked, `dd` not in core dumps (proc(5))."""
    address = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if bounds := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            inside = int(bounds[1], 16) <= address < int(bounds[2], 16)
        elif inside and line.startswith("VmFlags:"):
            return set(line.split()[1:])
    raise AssertionError("not mapped")


# Of an account that may lock nothing: root could still (CAP_IPC_LOCK), so a child is nobody.
WITHOUT = """
import os, resource
from appliance.vault import locked
resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
if os.getuid() == 0:
    os.setuid(65534)
print(len(locked.memory(12288, "templates")))
"""


def test_it_is_locked_and_in_no_core_dump(caplog: pytest.LogCaptureFixture) -> None:
    pages = locked.memory(SIZE, "a test")
    assert {"dd", "lo"} <= flags(pages)
    assert not caplog.records
    assert bytes(pages) == bytes(SIZE)


def test_nothing_at_all_may_be_asked_for() -> None:
    assert len(locked.memory(0, "a test")) == 1


def test_wiped_it_is_all_noughts() -> None:
    pages = locked.memory(SIZE, "a test")
    pages[:] = b"\xff" * SIZE
    locked.wipe(pages)
    assert bytes(pages) == bytes(SIZE)


def test_without_a_lock_there_is_memory_and_the_remedy_is_told() -> None:
    child = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    assert child.stdout == "12288\n"
    assert "templates: 12 KiB of memory may be swapped out (" in child.stderr
    assert "LimitMEMLOCK=infinity" in child.stderr

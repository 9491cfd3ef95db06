"""Nobody reads the appliance's memory: not from a core file, not by a debugger, not from swap."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from appliance import secrecy

ENFORCED = "from appliance import secrecy; secrecy.enforce(); "


def told(script: str, *, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own. limit: of locked memory, in bytes."""

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, limit))

    command = [sys.executable, "-c", script]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=limited,
    )


def test_it_is_not_dumpable_and_leaves_no_core_file() -> None:
    script = (
        "import ctypes, resource; "
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))"
    )
    assert told(ENFORCED + script).stdout == "0 (0, 0)\n"


def test_a_process_that_nobody_hardened_is_dumpable() -> None:
    assert told("import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))").stdout == "1\n"


def test_all_of_it_is_locked_where_that_has_no_limit() -> None:
    if not secrecy.may_lock():
        pytest.skip("needs CAP_IPC_LOCK or no limit of locked memory: run the tests as root")
    done = told(ENFORCED + "print(open('/proc/self/status').read())")
    locked = next(line for line in done.stdout.splitlines() if line.startswith("VmLck:"))
    assert int(locked.split()[1]) > 1_000
    assert done.stderr == ""


def test_where_there_is_a_limit_nothing_is_locked_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A limit would be met later, by whatever needs memory then: REX, for one."""
    calls: list[int] = []

    class Libc:
        prctl = staticmethod(lambda *_: 0)
        mlockall = staticmethod(lambda flags: calls.append(flags) or 0)

    monkeypatch.setattr(secrecy, "_libc", Libc)
    monkeypatch.setattr(secrecy, "may_lock", lambda: False)
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    secrecy.enforce()
    assert calls == []
    assert "set LimitMEMLOCK=infinity" in caplog.text


def test_who_may_lock_is_read_from_the_kernel() -> None:
    script = "from appliance import secrecy; print(secrecy.may_lock())"
    capable = "CapEff:\t0000000000000000" not in Path("/proc/self/status").read_text()
    if told(script, limit=65_536).stdout == "True\n":
        assert capable
    assert told(script).stdout == f"{secrecy.may_lock()}\n"

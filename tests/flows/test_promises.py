"""The three promises at the running processes: no network here, no vault there, nothing outside."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from appliance import secrecy
from appliance.outcome import QUIET_MS
from tests.flows import canaries
from tests.flows.stage import Stage, eventually

pytestmark = pytest.mark.flow


def sockets(process: psutil.Process) -> set[str]:
    """The inodes of all sockets a process holds."""
    held = set()
    if os.geteuid():
        pytest.skip("needs root: the appliance lets nobody else see its open files")
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            held.add(target[8:-1])
    return held


def unix_sockets(process: psutil.Process) -> set[str]:
    lines = Path(f"/proc/{process.pid}/net/unix").read_text().splitlines()[1:]
    return {line.split()[6] for line in lines}


def test_the_appliance_has_no_network_socket(stage: Stage) -> None:
    appliance = stage.process("appliance")
    stage.show("holder", "live")
    stage.tap()
    for _ in stage.strike_over(3):
        held = sockets(appliance)
        assert held
        assert held <= unix_sockets(appliance)


def test_that_look_would_notice(stage: Stage) -> None:
    """The co-processor does have a network socket, to the broker."""
    coprocessor = stage.process("coprocessor")
    assert not sockets(coprocessor) <= unix_sockets(coprocessor)


def test_the_running_appliance_is_locked_in_memory(stage: Stage) -> None:
    if not secrecy.may_lock():
        pytest.skip("needs CAP_IPC_LOCK or no limit of locked memory: run the tests as root")
    status = Path(f"/proc/{stage.process('appliance').pid}/status").read_text()
    locked = next(line for line in status.splitlines() if line.startswith("VmLck:"))
    assert int(locked.split()[1]) > 10_000


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET"])
def test_the_appliance_could_not_open_one(family: str) -> None:
    script = (
        "import socket; from appliance import unix_only; unix_only.enforce(); "
        "socket.socketpair(); socket.socket(socket.AF_UNIX); "
        f"import _socket; _socket.socket(socket.{family}, socket.SOCK_DGRAM)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode != 0
    assert "PermissionError" in done.stderr


def test_the_co_processor_holds_neither_vault_nor_key(stage: Stage) -> None:
    coprocessor = stage.process("coprocessor")
    stage.show("holder", "live")
    stage.tap()
    for _ in stage.strike_over(3):
        opened = {Path(file.path).name for file in coprocessor.open_files()}
        assert not {name for name in opened if name.startswith("vault")}
        written = {Path(file.path).suffix for file in coprocessor.open_files() if "w" in file.mode}
        assert written <= {".log"}


def test_an_attack_without_a_card_is_told_once(stage: Stage) -> None:
    """Shown longer than such alerts keep quiet: the story before this may have been an attack."""
    before, alerted = stage.head(), stage.last_alert()
    stage.show("holder", "screen", QUIET_MS / 1000 + 6)
    stage.alert(alerted, "presentation_attack", "momentary")
    assert not any(stage.strike_over(6))
    assert {entry["kind"] for entry in stage.entries(before)} == {"attack_seen"}
    attacks = [a for a in stage.alerts() if a["sequence"] > alerted]
    assert len(attacks) == 1
    stage.nobody()


def test_nothing_secret_stands_in_the_logs(stage: Stage) -> None:
    """After this story, and at the end of every other one: Stage.close looks as well."""
    stage.show("holder", "live")
    stage.tap()
    eventually("a released strike", lambda: stage.released)
    assert list((stage.state / "log").iterdir())
    canaries.assert_none(stage.state)


def test_a_name_a_number_or_a_key_in_a_log_would_be_noticed() -> None:
    key = bytes(range(32))
    log = b"12:43:11 let in Ada by card 1815, pin=2843 key " + key.hex().encode()
    assert canaries.found(log, key) == ["Ada", "1815", "2843", "the key"]
    assert canaries.found(b"Adapter at 127.0.0.1:1815, id 128430, 0.2843 s", key) == []

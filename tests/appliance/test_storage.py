"""A disk that fills is told in time, and at its end still takes the newest entries."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.storage import BALLAST_BYTES, ENOUGH_BYTES, FULL_BYTES, LOW_BYTES, Storage
from appliance.vault import journal
from appliance.vault.faults import StorageFault
from appliance.vault.journal import Journal
from appliance.vault.store import Store
from tests.coprocessor.waiting import eventually

LARGEST = 100_000
PLENTY = ENOUGH_BYTES + BALLAST_BYTES + 1


class Disk:
    """So much room as a test says."""

    def __init__(self, folder: Path) -> None:
        self.free = PLENTY
        self.ballast = folder / "ballast"
        self.storage = Storage(folder, lambda _: None, lambda _: self.free)

    def low_at(self, free: int) -> bool:
        self.free = free
        return self.storage.look()


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def test_low_is_told_once_and_over_only_well_above(disk: Disk) -> None:
    steps = (PLENTY, LOW_BYTES, LOW_BYTES - 1, LOW_BYTES, ENOUGH_BYTES - 1, ENOUGH_BYTES, LOW_BYTES)
    assert [disk.low_at(free) for free in steps] == [False, False, True, True, True, False, False]


def test_the_ballast_takes_real_room_and_is_let_go_at_the_end_alone(disk: Disk) -> None:
    disk.low_at(PLENTY)
    assert disk.ballast.stat().st_blocks * 512 >= BALLAST_BYTES
    assert disk.ballast.stat().st_mode & 0o777 == 0o600
    disk.low_at(FULL_BYTES)
    assert disk.ballast.exists()
    disk.low_at(FULL_BYTES - 1)
    assert not disk.ballast.exists()


def test_it_is_kept_again_when_there_is_room_for_it(disk: Disk) -> None:
    disk.low_at(0)
    disk.low_at(ENOUGH_BYTES + BALLAST_BYTES)
    assert not disk.ballast.exists()
    disk.low_at(PLENTY)
    assert disk.ballast.stat().st_size == BALLAST_BYTES


def test_one_cut_short_by_a_power_cut_is_made_whole(disk: Disk) -> None:
    disk.ballast.write_bytes(b"")
    disk.low_at(PLENTY)
    assert disk.ballast.stat().st_size == BALLAST_BYTES


def test_a_disk_that_does_not_answer_says_what_it_said_last(tmp_path: Path) -> None:
    answers = iter([LOW_BYTES - 1])

    def free(_: Path) -> int:
        for answer in answers:
            return answer
        raise OSError(5, "Input/output error")

    storage = Storage(tmp_path, lambda _: None, free)
    assert [storage.look(), storage.look()] == [True, True]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, 32 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ("mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder))
    if os.geteuid() or shutil.which("mount") is None:
        pytest.skip("a file system of its own needs root")
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(("umount", "-l", str(folder)), check=True)


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    piece = bytes(4096)
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(piece) == len(piece):
            pass


def append_until_full(chain: Journal) -> None:
    """Some fit into the log yet."""
    while chain.append(2, "denied", body={"reason": "unknown_credential"}).seq < LARGEST:
        pass


def test_a_disk_that_is_really_full_takes_the_newest_entries(small: Path) -> None:
    room = [PLENTY]
    storage = Storage(
        small, lambda _: None, lambda _: room.pop() if room else shutil.disk_usage(small).free
    )
    store = Store.open(small / "vault.db", bytes(32))
    chain = Journal(store, "boot")
    chain.append(1, "started")
    storage.look()
    assert (small / "ballast").exists()
    fill(small / "filler")
    with pytest.raises(StorageFault, match="disk is full"):
        append_until_full(chain)
    storage.look()
    written = [chain.append(3, "door_forced").seq for _ in range(1_000)]
    assert len(written) == 1_000
    assert journal.verify(store).fault == ""
    store.close()


def test_a_disk_that_hangs_is_no_reason_for_a_reset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task goes on beating, so that no watchdog ends a terminal whose REX still serves."""
    monkeypatch.setattr("appliance.storage.EVERY_S", 0.01)
    answers, beats, told = threading.Event(), [0], []

    def free(_: Path) -> int:
        answers.wait(10)
        return LOW_BYTES - 1

    def beat() -> None:
        beats[0] += 1

    async def story() -> None:
        task = asyncio.create_task(Storage(tmp_path, told.append, free).run(beat))
        try:
            await eventually(lambda: beats[0] > 5, "it beats")
            assert told == []
            answers.set()
            await eventually(lambda: told, "the disk answers")
        finally:
            answers.set()
            task.cancel()

    asyncio.run(story())
    assert told[0] is True

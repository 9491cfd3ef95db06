"""A writer killed at any moment: whatever it had acknowledged is there, and the chain holds."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.vault import entries
from appliance.vault.journal import verify
from appliance.vault.outbox import Waiting
from appliance.vault.store import Store

KEY = bytes(range(32))
ROUNDS = 20
QUICK, ALL = 5, 55
"""Vaults that go through so many rounds: 100 rounds in the quick suite, 1,000 in the slow one."""

# Acknowledges each entry on its standard output only after append() has returned.
WRITER = """
import sys
from pathlib import Path
from appliance.vault.journal import Journal
from appliance.vault.store import Store

chain = Journal(Store.open(Path(sys.argv[1]), bytes(range(32))), "writer")
for number in range(1_000_000):
    done = chain.append(number, "door_forced", alert=lambda n: ("t", b"%d" % n))
    print(done.seq, done.alert_sequence, done.hash.hex(), flush=True)
"""


def vaults() -> list[Any]:
    slow = (pytest.param(seed, marks=pytest.mark.slow) for seed in range(QUICK, ALL))
    return [*range(QUICK), *slow]


@pytest.mark.parametrize("seed", vaults())
def test_no_acknowledged_entry_is_lost(path: Path, seed: int) -> None:
    generator = np.random.default_rng(seed)
    acknowledged: dict[int, tuple[int, bytes]] = {}
    for _ in range(ROUNDS):
        for line in killed_after(path, int(generator.integers(1, 60))):
            seq, sequence, digest = line.split()
            acknowledged[int(seq)] = (int(sequence), bytes.fromhex(digest))
        check(path, acknowledged)
    assert len(acknowledged) > ROUNDS


def killed_after(path: Path, lines: int) -> list[str]:
    """Start the writer, SIGKILL it after so many acknowledgements; all that it did acknowledge."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        seen = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        seen += writer.stdout.readlines()
    assert writer.returncode == -9
    return [line for line in seen if line.endswith("\n")]


def check(path: Path, acknowledged: dict[int, tuple[int, bytes]]) -> None:
    store = Store.open(path, KEY)
    verdict = verify(store)
    assert verdict.message == ""
    hashes = {entry.seq: entry.hash for entry in entries.read(store)}
    # Every entry of this writer has an alert: both are there, or neither.
    assert len(hashes) == verdict.entries == Waiting(store).count()
    for seq, (sequence, digest) in acknowledged.items():
        assert hashes[seq] == digest
        assert sequence == seq
    store.close()

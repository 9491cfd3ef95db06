"""What an auditor takes home is checked there, by a file that needs nothing else of ours."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.vault import checkpoints
from provisioning import journal_check
from provisioning.__main__ import main
from provisioning.journal_check import Fault, checked, compare
from tests.appliance.bench import Scene, Vault
from tests.provisioning.conftest import Cardea


class Taken(NamedTuple):
    """Two exports of one terminal, the second after more had happened, and its public key."""

    first: Path
    second: Path
    key: str

    def lines(self) -> list[bytes]:
        return self.second.read_bytes().splitlines(keepends=True)

    def fault(self, file: Path) -> str:
        with pytest.raises(Fault) as told:
            checked(file, journal_check.public_key(self.key))
        return str(told.value)


@pytest.fixture
def taken(vault: Vault, told: Callable[..., None], tmp_path: Path) -> Taken:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"

    async def story(_scene: Scene, cardea: Cardea) -> None:
        await cardea("export", str(first), "--journal")
        for day in ("2026-12-24", "2026-12-25"):
            await cardea("schedules", "holiday", "add", day)
        await cardea("export", str(second), "--journal")

    told(story)
    return Taken(first, second, vault.do(checkpoints.public_key).hex())


def test_by_itself_it_finds_nothing_wrong(taken: Taken, tmp_path: Path) -> None:
    """Only the one file, in a Python that does not know where ours are."""
    script = tmp_path / "alone.py"
    shutil.copy(journal_check.__file__, script)
    done = subprocess.run(
        [
            *(sys.executable, "-I", str(script), str(taken.second)),
            *("--key", taken.key, "--earlier", str(taken.first)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[0] == "terminal    demo-1"
    assert done.stdout.endswith("checkpoints 2\nOK\n")


def test_verify_shows_the_key_that_an_auditor_pins(
    taken: Taken, vault: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["journal", "check", str(taken.second), "--key", taken.key]
    assert main(words) == 0
    assert "OK" in capsys.readouterr().out
    assert main([*words, "--earlier", str(tmp_path / "nowhere")]) == 2
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    assert main([*words[:-1], other]) == 1
    assert "the signature is not this key's" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([*words[:-1], "00"])
    assert "64 hexadecimal digits" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda lines: [lines[0].replace(b'"boot":"', b'"boot":"x'), *lines[1:]], "altered"),
        (lambda lines: lines[2:], "stands where 1 belongs"),
        (lambda lines: [lines[0].replace(b"{", b'{"note":1,', 1)], "'note' is nothing that"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "stands where|was signed"),
        (lambda lines: lines[:-1], "nothing is signed; was the end cut"),
        (lambda lines: [*lines[:-2], lines[-1]], "another journal than the one above"),
        (lambda lines: [], "nothing is signed"),
        (lambda lines: [b"[" * 10_000, *lines], "line 1: no JSON object"),
        (lambda lines: [b'{"sequence":true}\n', *lines], "sequence is missing, or no int"),
    ],
)
def test_each_tampering_is_named(
    taken: Taken, edit: Callable[[list[bytes]], list[bytes]], said: str
) -> None:
    taken.second.write_bytes(b"".join(edit(taken.lines())))
    assert re.search(said, taken.fault(taken.second))


def test_a_journal_that_was_cut_or_rewritten_since_the_earlier_export(taken: Taken) -> None:
    key = journal_check.public_key(taken.key)
    earlier, later = checked(taken.first, key), checked(taken.second, key)
    compare(earlier, later)
    with pytest.raises(Fault, match="tail cut: the earlier file has"):
        compare(later, earlier)
    with pytest.raises(Fault, match="rewritten: entry 1 "):
        compare(earlier._replace(hashes=[bytes(32)]), later)
    with pytest.raises(Fault, match="is of other, this one of demo-1"):
        compare(earlier._replace(terminal="other"), later)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_no_changed_byte_goes_unnoticed(taken: Taken, data: st.DataObject) -> None:
    whole = bytearray(b"".join(taken.lines()))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    edited = taken.second.with_name("edited.jsonl")
    edited.write_bytes(whole)
    before = [json.loads(line) for line in taken.lines()]
    try:
        checked(edited, journal_check.public_key(taken.key))
    except Fault:
        return
    assert [json.loads(line) for line in bytes(whole).splitlines()] == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=60) | st.dictionaries(st.text(), st.integers() | st.text())))
def test_any_bytes_are_a_fault(tmp_path: Path, lines: list[bytes | dict[str, object]]) -> None:
    file = tmp_path / "any.jsonl"
    raw = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines]
    file.write_bytes(b"\n".join(raw))
    with pytest.raises(Fault):
        checked(file, Ed25519PrivateKey.generate().public_key())

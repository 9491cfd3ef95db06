"""`cardea journal verify`: count, head and OK, or the fault by name and exit code 1."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.vault import entries, keys
from appliance.vault.journal import Journal
from appliance.vault.store import Store
from provisioning import journal_verify


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Store]:
    """A state directory whose vault is open for writing, as in a running terminal."""
    store = Store.open(tmp_path / "vault.db", keys.create(tmp_path / "vault.key"))
    Journal(store, "boot").append(1, "restarted")
    Journal(store, "boot").append(2, "access_denied", portal="front", body={"reason": "no_match"})
    yield store
    store.close()


def verify(state: Path) -> int:
    parser = argparse.ArgumentParser()
    journal_verify.arguments(parser)
    return journal_verify.run(parser.parse_args(["--state", str(state)]))


def test_an_honest_journal_is_ok_while_the_terminal_runs(
    terminal: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path) == 0
    assert capsys.readouterr().out == (
        f"entries 2\nhead    {entries.head(terminal)[1].hex()}\n"
        "key     none yet: nothing is signed\nOK\n"
    )
    Journal(terminal, "boot").append(3, "restarted")  # nothing was left locked


def test_a_fault_is_named(
    terminal: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal._database.run("DROP TRIGGER journal_is_not_deleted")
    terminal._database.run("DELETE FROM journal WHERE seq = 2")
    assert verify(tmp_path) == 1
    assert "FAULT   tail cut at entry 2: the end is missing" in capsys.readouterr().out


def test_a_state_without_key_or_vault_is_one_line(
    terminal: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path / "nowhere") == 1
    (tmp_path / "vault.key").unlink()
    assert verify(tmp_path) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all("vault.key is missing" in line for line in lines)

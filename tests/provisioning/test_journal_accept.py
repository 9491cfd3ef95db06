"""`cardea journal accept`: a backup that was put back on purpose counts, and nothing else does."""

import argparse
import shutil
from pathlib import Path

import pytest

from appliance.vault import entries, keys
from appliance.vault.faults import OlderCopy
from appliance.vault.store import Store
from provisioning import journal_accept, journal_verify


def accept(state: Path) -> int:
    parser = argparse.ArgumentParser()
    journal_accept.arguments(parser)
    return journal_accept.run(parser.parse_args(["--state", str(state)]))


def test_from_refused_to_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = keys.create(tmp_path / "vault.key")
    vault, backup = tmp_path / "vault.db", tmp_path / "backup.db"
    Store.open(vault, key).close()
    shutil.copy(vault, backup)
    Store.open(vault, key).close()
    assert accept(tmp_path) == 1
    assert "nothing is to be accepted" in capsys.readouterr().err
    shutil.copy(backup, vault)
    with pytest.raises(OlderCopy, match="cardea journal accept"):
        Store.open(vault, key)
    verify = argparse.Namespace(state=tmp_path)
    assert journal_verify.run(verify) == 1
    assert "FAULT   older copy at entry 1: an older copy" in capsys.readouterr().out
    assert accept(tmp_path) == 0
    assert "go through them" in capsys.readouterr().out
    store = Store.open(vault, key)
    assert [entry.kind for entry in entries.read(store)] == ["older_vault_accepted"]
    store.close()
    assert journal_verify.run(verify) == 0


def test_no_key_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert accept(tmp_path) == 1
    assert capsys.readouterr().err.startswith("cardea journal accept: vault.key is missing")


def test_no_empty_vault_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys.create(tmp_path / "vault.key")
    assert accept(tmp_path) == 1
    assert "vault.db: missing" in capsys.readouterr().err
    assert not (tmp_path / "vault.db").exists()

"""cardea key: seal, reseal and recover as an installer runs them."""

import io
from pathlib import Path

import pytest

from appliance.vault import keys, sources
from appliance.vault.store import Store
from provisioning.__main__ import main
from tests.appliance.vault.swtpm import extend, swtpm


def test_seal_recover_and_reseal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keys.create(tmp_path / "vault.key")
    Store.open(tmp_path / "vault.db", key).close()
    where = ["--state", str(tmp_path)]
    assert main(["key", "seal", *where]) == 1
    assert '[vault] key = "tpm"' in capsys.readouterr().err
    with swtpm() as tcti:
        (tmp_path / "site.toml").write_text(f'[vault]\nkey = "tpm"\ntcti = "{tcti}"\npcrs = [11]\n')
        assert main(["key", "seal", *where]) == 0
        paper = capsys.readouterr().out.split()[2]
        extend(tcti, 11, b"another kernel")
        assert main(["key", "reseal", *where]) == 1
        assert "cardea key recover" in capsys.readouterr().err
        monkeypatch.setattr("sys.stdin", io.StringIO(paper + "\n"))
        assert main(["key", "recover", *where]) == 0
        assert sources.load(tmp_path, sources.of(tmp_path)) == key
        assert main(["key", "reseal", *where, "--pcr", f"11={bytes(32).hex()}"]) == 0
        assert "the system to come" in capsys.readouterr().out
        assert main(["journal", "verify", *where]) == 0

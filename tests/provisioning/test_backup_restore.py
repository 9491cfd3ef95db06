"""`cardea backup` and `restore`: a vault on a new terminal, and nothing readable on the way."""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest

from appliance.vault import entries, journal, keys, opening, restoring, sealing, sources
from appliance.vault.journal import Journal
from appliance.vault.records import Card, Enrolment, Template
from appliance.vault.sources import Source
from appliance.vault.store import Store
from provisioning import backup, restore
from tests.appliance.vault.swtpm import swtpm

NAME, CARD, BUNDLE = "Zenobia Quarrington", Card("26-bit", 17, 4711), "b" * 64
VECTOR = bytes(range(256)) * 2
HOLD = "import sys, appliance.vault.opening as o, appliance.vault.sources as s, pathlib as p;"
HOLD += "x = o.opened(p.Path(sys.argv[1]), s.Source()); print('open', flush=True); input()"


class Place:
    """A state directory, and the commands as they are typed."""

    def __init__(self, state: Path, owner: pyrage.x25519.Identity) -> None:
        self.state, self.owner = state, owner
        state.mkdir()
        keys.create(state / "vault.key")
        Store.open(state / "vault.db", self.key).close()

    @property
    def key(self) -> bytes:
        return keys.load(self.state / "vault.key")

    def store(self) -> Store:
        return opening.opened(self.state, Source())

    def enrol(self) -> str:
        store = self.store()
        template = Template(BUNDLE, VECTOR, 1)
        pin = store.pins.hashes("2468", "1357")
        holder = store.enrol(Enrolment(NAME, (CARD,), pin, (template,), ("front",)))
        Journal(store, "boot").append(1, "enrolled", body={"holder": holder})
        store.close()
        return holder

    def backup(self, file: Path) -> int:
        parser = argparse.ArgumentParser()
        backup.arguments(parser)
        words = [str(file), "--to", str(self.owner.to_public()), "--state", str(self.state)]
        return backup.run(parser.parse_args(words))

    def restore(self, file: Path, *more: str) -> int:
        secret = self.state.parent / "owner.key"
        secret.write_text(f"# of the owner\n{self.owner}\n")
        parser = argparse.ArgumentParser()
        restore.arguments(parser)
        words = [str(file), "--identity", str(secret), "--state", str(self.state), *more]
        return restore.run(parser.parse_args(words))

    def bytes(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.state.iterdir()}


def make_sixth(state: Path, holder: str) -> None:
    """Let the vault in `state` be one that the version before the seventh has left."""
    store = opening.opened(state, Source())
    run = store.database.run
    run("DROP TABLE holder_keys")
    run("DROP TRIGGER a_key_is_overwritten")
    run("DROP TABLE templates")
    run(
        "CREATE TABLE templates (id TEXT PRIMARY KEY, holder_id TEXT NOT NULL REFERENCES holders"
        " (id) ON DELETE CASCADE, bundle TEXT NOT NULL, vector BLOB NOT NULL, enrolled_at_ms"
        " INTEGER NOT NULL, consent TEXT, consent_at_ms INTEGER) STRICT"
    )
    run("CREATE INDEX templates_of ON templates (bundle, holder_id)")
    run("CREATE INDEX templates_owned ON templates (holder_id)")
    run("INSERT INTO templates VALUES ('t1', ?, ?, ?, 1, NULL, NULL)", holder, BUNDLE, VECTOR)
    run("PRAGMA user_version = 6")
    store.close()


@pytest.fixture(scope="module")
def owner() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def old(tmp_path: Path, owner: pyrage.x25519.Identity) -> Place:
    return Place(tmp_path / "old", owner)


@pytest.fixture
def new(tmp_path: Path, owner: pyrage.x25519.Identity) -> Place:
    return Place(tmp_path / "new", owner)


def is_whole(store: Store, holder: str) -> None:
    assert store.holder(holder).name == NAME
    found = store.find_card([CARD])
    assert found is not None
    assert found.holder.id == holder
    assert store.pins.verify(store.pin_of(holder), "2468") == "right"
    assert store.pins.verify(store.pin_of(holder), "1357") == "duress"
    assert store.templates.of(holder, BUNDLE).tobytes() == VECTOR
    assert store.portals_of(holder) == ("front",)


def test_onto_a_new_terminal(
    old: Place, new: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holder, file = old.enrol(), tmp_path / "b.age"
    assert old.backup(file) == 0
    assert capsys.readouterr().out.startswith("backed up: 1 holders, 1 journal entries\nhead ")
    assert new.restore(file) == 0
    assert "THIS VAULT IS OF 20" in capsys.readouterr().out
    assert new.key != old.key
    store = new.store()
    is_whole(store, holder)
    first, told = entries.read(store)
    assert (first.kind, told.kind) == ("enrolled", "restored")
    assert b'"uid":' in told.body
    assert journal.verify(store).fault == ""
    store.close()
    assert sorted(new.bytes()) == ["vault.anchor", "vault.db", "vault.key"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["b.age", "new", "old", "owner.key"]


def test_nothing_is_readable_on_the_way(
    old: Place, new: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file that is taken away again is looked at before it goes."""
    old.enrol()
    seen: list[bytes] = []
    unlink = Path.unlink

    def look(path: Path, missing_ok: bool = False) -> None:
        seen.extend([path.read_bytes()] if path.exists() else [])
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", look)
    assert old.backup(tmp_path / "b.age") == 0
    assert new.restore(tmp_path / "b.age") == 0
    assert sum(len(raw) > 10_000 for raw in seen) >= 2  # the snapshot, and what was received
    seen += [(tmp_path / "b.age").read_bytes(), *new.bytes().values(), *old.bytes().values()]
    for raw in seen:
        for canary in (NAME.encode(), VECTOR[:16], b"argon2", b"SQLite format", b"p1$"):
            assert canary not in raw
    for canary in (old.key, old.key.hex().encode(), new.key):
        assert canary not in (tmp_path / "b.age").read_bytes()


def test_beside_a_running_terminal(old: Place, new: Place, tmp_path: Path) -> None:
    holder = old.enrol()
    store = old.store()
    written = Journal(store, "boot")
    with store.transaction():  # what is not committed is not in it
        written.append(2, "started")
        assert old.backup(tmp_path / "b.age") == 0
    written.append(3, "stopped")
    store.close()
    assert new.restore(tmp_path / "b.age") == 0
    store = new.store()
    is_whole(store, holder)
    assert [entry.kind for entry in entries.read(store)] == ["enrolled", "restored"]
    store.close()


def test_who_was_erased_since_stays_erased(
    old: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holder, file = old.enrol(), tmp_path / "b.age"
    store = old.store()
    other = store.enrol(Enrolment("Bob", (Card("26-bit", 1, 2),)))
    store.close()
    assert old.backup(file) == 0
    store = old.store()
    store.erase(holder)
    found = store.find_card([Card("26-bit", 1, 2)])
    assert found is not None
    store.set_card_status(found.credential.id, "lost")
    store.close()
    assert old.restore(file) == 1
    assert "--replace" in capsys.readouterr().err
    assert old.restore(file, "--replace") == 0
    out = capsys.readouterr().out
    assert "stays so: 1 holders, 2 cards and PINs, 1 faces" in out
    store = old.store()
    assert [line.holder.id for line in store.holders()] == [other]
    found = store.find_card([Card("26-bit", 1, 2)])
    assert found is not None
    assert found.credential.status == "lost"
    assert b'"removed":4' in list(entries.read(store))[-1].body
    store.close()


def test_unless_the_owner_says_otherwise(
    old: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holder, file = old.enrol(), tmp_path / "b.age"
    assert old.backup(file) == 0
    store = old.store()
    store.erase(holder)
    store.close()
    assert old.restore(file, "--replace", "--with-erased") == 0
    assert "erased since then is there again" in capsys.readouterr().out
    store = old.store()
    is_whole(store, holder)
    store.close()


@pytest.mark.parametrize("harm", ["cut", "flipped", "foreign", "empty", "gone"])
def test_a_bad_file_changes_nothing(
    harm: str, old: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old.enrol()
    file = tmp_path / "b.age"
    assert old.backup(file) == 0
    raw = file.read_bytes()
    middle = len(raw) // 2
    bad = {
        "cut": raw[:middle],
        "flipped": raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :],
        "foreign": pyrage.encrypt(b"a diary\n" * 99, [old.owner.to_public()]),
        "empty": b"",
    }
    file.unlink()
    if harm in bad:
        file.write_bytes(bad[harm])
    before = old.bytes()
    capsys.readouterr()
    assert old.restore(file, "--replace") == 1
    told = capsys.readouterr().err
    assert "older backup" in told or "`cardea backup`" in told
    assert old.bytes() == before


def test_a_look_changes_nothing(
    old: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old.enrol()
    assert old.backup(tmp_path / "b.age") == 0
    before = old.bytes()
    assert old.restore(tmp_path / "b.age", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "would be restored: the vault of 20" in out
    assert out.endswith("Nothing was changed.\n")
    assert {name: old.bytes()[name] for name in ("vault.db", "vault.anchor")} == {
        name: before[name] for name in ("vault.db", "vault.anchor")
    }


def test_not_under_a_running_terminal(
    old: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old.enrol()
    assert old.backup(tmp_path / "b.age") == 0
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(old.state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as terminal:
        assert terminal.stdout
        assert terminal.stdout.readline() == b"open\n"
        assert old.restore(tmp_path / "b.age", "--replace") == 1
        terminal.communicate(b"\n")
    assert "stop the terminal first" in capsys.readouterr().err
    assert old.restore(tmp_path / "b.age", "--replace") == 0


def test_in_place_of_a_vault_that_is_damaged(
    old: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = old.enrol()
    assert old.backup(tmp_path / "b.age") == 0
    with (old.state / "vault.db").open("r+b") as file:
        file.write(b"\xff" * 9_000)
    assert old.restore(tmp_path / "b.age") == 1
    assert "does not open" in capsys.readouterr().err
    assert old.restore(tmp_path / "b.age", "--replace") == 0
    store = old.store()
    is_whole(store, holder)
    store.close()


def test_a_power_cut_leaves_the_vault_of_before(
    old: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = old.enrol()
    assert old.backup(tmp_path / "b.age") == 0
    (old.state / restoring.RECEIVED).write_bytes(b"of an earlier power cut")

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(restoring, "_fold", power_cut)
        with pytest.raises(KeyboardInterrupt):
            old.restore(tmp_path / "b.age", "--replace")
    store = old.store()
    is_whole(store, holder)
    assert [entry.kind for entry in entries.read(store)] == ["enrolled"]
    store.close()
    assert old.restore(tmp_path / "b.age", "--replace") == 0


def test_the_older_copy_refused_at_the_start_is_restored_by_saying_so(
    old: Place, tmp_path: Path
) -> None:
    """The anchor follows: what is restored is the newest, and a copy of before it is not."""
    old.enrol()
    assert old.backup(tmp_path / "b.age") == 0
    shutil.copy(old.state / "vault.db", tmp_path / "copy.db")
    assert old.restore(tmp_path / "b.age", "--replace") == 0
    old.store().close()
    shutil.copy(tmp_path / "copy.db", old.state / "vault.db")
    with pytest.raises(Exception, match="older copy"):
        old.store()


def test_onto_a_terminal_with_another_tpm(old: Place, new: Place, tmp_path: Path) -> None:
    holder = old.enrol()
    assert old.backup(tmp_path / "b.age") == 0
    with swtpm() as tcti:
        (new.state / "site.toml").write_text(f'[vault]\nkey = "tpm"\ntcti = "{tcti}"\n')
        source = sources.of(new.state)
        key = new.key
        sealing.seal_file(new.state, source)
        sealing.destroy_file(new.state, source, key)
        assert new.restore(tmp_path / "b.age", "--replace") == 0
        store = opening.opened(new.state, source)
        is_whole(store, holder)
        assert store.anchor.begun
        store.close()
        opening.opened(new.state, source).close()


def test_of_an_older_version(old: Place, new: Place, tmp_path: Path) -> None:
    """A vault that this version has not opened yet is brought up to date in the copy alone."""
    holder, file = old.enrol(), tmp_path / "b.age"
    make_sixth(old.state, holder)
    before = (old.state / "vault.db").read_bytes()
    assert old.backup(file) == 0
    assert (old.state / "vault.db").read_bytes() == before
    assert new.restore(file) == 0
    store = new.store()
    is_whole(store, holder)
    store.close()

"""What is no whole backup of ours, for this key, is refused in one line that names the remedy."""

from pathlib import Path

import msgspec
import pyrage
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.vault import envelope
from appliance.vault.envelope import Contents
from appliance.vault.faults import BackupFault

INSIDE = bytes(range(256)) * 1_000
CONTENTS = Contents(1_700_000_000_000, 3, 4, bytes(32), bytes(range(32)))
ANY_FOLDER = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)


@pytest.fixture(scope="module")
def owner() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def sealed(tmp_path: Path, owner: pyrage.x25519.Identity) -> Path:
    (tmp_path / "inside").write_bytes(INSIDE)
    envelope.seal(CONTENTS, tmp_path / "inside", tmp_path / "backup", owner.to_public())
    return tmp_path / "backup"


def unsealed(raw: bytes, owner: pyrage.x25519.Identity, folder: Path) -> tuple[Contents, bytes]:
    (folder / "given").write_bytes(raw)
    (folder / "out").unlink(missing_ok=True)
    contents = envelope.unseal(folder / "given", owner, folder / "out")
    return contents, (folder / "out").read_bytes()


def test_what_goes_in_comes_out(
    sealed: Path, tmp_path: Path, owner: pyrage.x25519.Identity
) -> None:
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert unsealed(sealed.read_bytes(), owner, tmp_path) == (CONTENTS, INSIDE)


def test_nothing_is_overwritten(sealed: Path, owner: pyrage.x25519.Identity) -> None:
    before = sealed.read_bytes()
    with pytest.raises(BackupFault, match="nothing is overwritten"):
        envelope.seal(CONTENTS, sealed.with_name("inside"), sealed, owner.to_public())
    assert sealed.read_bytes() == before


def test_a_full_disk_leaves_no_half(tmp_path: Path, owner: pyrage.x25519.Identity) -> None:
    (tmp_path / "inside").write_bytes(INSIDE)
    with pytest.raises(BackupFault, match="free some space"):
        envelope.seal(CONTENTS, tmp_path, tmp_path / "b", owner.to_public())  # a folder: no bytes
    assert not (tmp_path / "b").exists()


@ANY_FOLDER
@given(data=st.data())
def test_no_byte_may_be_another(
    data: st.DataObject, sealed: Path, tmp_path: Path, owner: pyrage.x25519.Identity
) -> None:
    raw = bytearray(sealed.read_bytes())
    at = data.draw(st.one_of(st.integers(0, 400), st.integers(0, len(raw) - 1)))
    raw[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BackupFault, match=r"does not open|cannot be read|another public key"):
        unsealed(bytes(raw), owner, tmp_path)


@ANY_FOLDER
@given(data=st.data())
def test_none_may_be_missing_nor_added(
    data: st.DataObject, sealed: Path, tmp_path: Path, owner: pyrage.x25519.Identity
) -> None:
    raw = sealed.read_bytes()
    cut = raw[: data.draw(st.one_of(st.integers(0, 400), st.integers(0, len(raw) - 1)))]
    with pytest.raises(BackupFault, match="an older backup"):
        unsealed(cut, owner, tmp_path)
    with pytest.raises(BackupFault, match="an older backup"):
        unsealed(raw + data.draw(st.binary(min_size=1, max_size=9)), owner, tmp_path)


@ANY_FOLDER
@given(inside=st.binary(max_size=2_000))
def test_whatever_else_was_sealed_for_this_key(
    inside: bytes, tmp_path: Path, owner: pyrage.x25519.Identity
) -> None:
    """Anybody who has the public key can make an age file."""
    with pytest.raises(BackupFault, match="`cardea backup`"):
        unsealed(pyrage.encrypt(inside, [owner.to_public()]), owner, tmp_path)


@given(
    st.recursive(
        st.one_of(st.none(), st.integers(), st.text(), st.binary().map(lambda b: b.hex())),
        lambda inner: st.dictionaries(
            st.sampled_from([*Contents.__struct_fields__, "other"]), inner
        ),
    )
)
def test_a_first_line_of_something_else(said: object) -> None:
    with pytest.raises(BackupFault, match="`cardea backup`"):
        envelope.parsed(msgspec.json.encode(said))


def test_another_owner(sealed: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupFault, match="made for another public key"):
        unsealed(sealed.read_bytes(), pyrage.x25519.Identity.generate(), tmp_path)


@pytest.mark.parametrize("text", ["", "age1", "AGE-SECRET-KEY-1QQ", "ssh-ed25519 AAAA", "\x00"])
def test_keys_that_are_none(text: str) -> None:
    with pytest.raises(BackupFault, match="age-keygen"):
        envelope.recipient(text)
    with pytest.raises(BackupFault, match="age-keygen"):
        envelope.identity(text)


def test_keys_as_age_keygen_writes_them(owner: pyrage.x25519.Identity) -> None:
    text = f"# created: 2026-11-24\n# public key: {owner.to_public()}\n{owner}\n"
    assert str(envelope.identity(text)) == str(owner)
    assert str(envelope.recipient(f" {owner.to_public()}\n")) == str(owner.to_public())


def test_a_private_key_is_never_repeated(owner: pyrage.x25519.Identity) -> None:
    with pytest.raises(BackupFault) as told:
        envelope.identity(f"{owner}Q")
    assert str(owner)[20:40] not in str(told.value)

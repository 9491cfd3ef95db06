"""A face is its holder's alone: sealed, bound to its place, and gone with the holder's key."""

import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.vault import resealing, templates
from appliance.vault.faults import VaultFault
from appliance.vault.holderkeys import HolderKeys
from appliance.vault.records import Enrolment, Template
from appliance.vault.store import Store
from appliance.vault.templates import Templates

KEY = bytes(range(32))  # that of the fixtures
BUNDLE = "b" * 64
GENERATOR = np.random.default_rng(5)


def vector() -> bytes:
    return GENERATOR.integers(-127, 128, 512, np.int8).tobytes()


def enrol(store: Store, *vectors: bytes, bundle: str = BUNDLE) -> str:
    faces = tuple(Template(bundle, each, 1) for each in vectors)
    return store.enrol(Enrolment("Ada", templates=faces))


def flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def test_faces_come_back_as_they_were(store: Store) -> None:
    one, two, three = vector(), vector(), vector()
    ada, bob = enrol(store, one, two), enrol(store, three)
    enrol(store, vector(), bundle="c" * 64)
    assert {row.tobytes() for row in store.templates.of(ada, BUNDLE)} == {one, two}
    ids, matrix = store.templates.gallery(BUNDLE)
    found = {(owner, row.tobytes()) for owner, row in zip(ids, matrix, strict=True)}
    assert found == {(ada, one), (ada, two), (bob, three)}


def test_no_row_and_no_page_shows_a_face(store: Store) -> None:
    plain = vector()
    enrol(store, plain)
    store.database.fold_log()
    pages = store.database.pages
    read = pages.decrypted(1, 10_000)
    assert read
    assert not any(plain[at : at + 16] in page for page in read for at in range(0, 496, 16))


def test_one_face_twice_is_two_unlike_rows(store: Store) -> None:
    """Neither the rows nor, inside their seals, the transformed faces tell that they are alike."""
    plain = vector()
    enrol(store, plain)
    enrol(store, plain)
    (one,), (two,) = store.database.rows("SELECT sealed FROM templates")
    assert not {one[at : at + 4] for at in range(13, 537)} & {two[13:17], two[100:104]}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(at=st.integers(0, 540))
def test_a_flipped_byte_of_a_row_is_nobodys_face(store: Store, at: int) -> None:
    ada, bob = enrol(store, vector()), enrol(store, vector())
    (sealed,) = store.database.rows("SELECT sealed FROM templates WHERE holder_id = ?", ada)[0]
    sql = "UPDATE templates SET sealed = ? WHERE holder_id = ?"
    store.database.run(sql, flipped(sealed, at), ada)
    ids, matrix = store.templates.gallery(BUNDLE)
    assert (ada in ids, bob in ids, len(ids)) == (False, True, len(matrix))
    assert store.templates.of(ada, BUNDLE).shape == (0, 512)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(at=st.integers(0, 59))
def test_a_flipped_byte_of_a_key_loses_its_holder_alone(store: Store, at: int) -> None:
    ada, bob = enrol(store, vector()), enrol(store, vector())
    (wrapped,) = store.database.rows("SELECT wrapped FROM holder_keys WHERE holder_id = ?", ada)[0]
    sql = "UPDATE holder_keys SET wrapped = ? WHERE holder_id = ?"
    store.database.run(sql, flipped(wrapped, at), ada)
    assert {ada, bob} & set(store.templates.gallery(BUNDLE)[0]) == {bob}
    with pytest.raises(VaultFault, match=f"holder {ada}: the key .* damaged; `cardea reenrol`"):
        store.templates.add(ada, Template(BUNDLE, vector(), 1))
    face = vector()
    store.templates.replace(ada, [Template(BUNDLE, face, 1)])
    assert store.templates.of(ada, BUNDLE).tobytes() == face


@pytest.mark.parametrize("column", ["sealed", "holder_id", "bundle", "id"])
def test_a_row_elsewhere_does_not_open(
    store: Store, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    ada, bob = enrol(store, vector()), enrol(store, vector(), vector())
    value = {
        "sealed": f"(SELECT sealed FROM templates WHERE holder_id = '{bob}' LIMIT 1)",
        "holder_id": f"'{bob}'",
        "bundle": f"'{'c' * 64}'",
        "id": "'0123456789abcdef'",
    }[column]
    store.database.run(f"UPDATE templates SET {column} = {value} WHERE holder_id = '{ada}'")
    with caplog.at_level(logging.ERROR):
        assert [*store.templates.gallery(BUNDLE)[0], *store.templates.gallery("c" * 64)[0]] == [
            bob,
            bob,
        ]
    assert "its seal does not open; it matches nobody. `cardea reenrol`" in caplog.text


def test_without_the_key_of_the_vault_no_row_opens(store: Store) -> None:
    enrol(store, vector())
    assert Templates(store.database, bytes(32)).gallery(BUNDLE)[0] == ()


def test_who_is_erased_cannot_be_brought_back_by_their_rows(store: Store) -> None:
    """Crypto-erase: rows that survive somewhere are noise once the holder's key is gone."""
    ada = enrol(store, vector())
    rows = store.database.rows("SELECT * FROM templates")[0]
    (wrapped,) = store.database.rows("SELECT wrapped FROM holder_keys")[0]
    store.erase(ada)
    store.database.fold_log()
    pages = store.database.pages.decrypted(1, 10_000)
    assert not any(wrapped[12:28] in page for page in pages)
    store.database.run("INSERT INTO holders (id, name) VALUES (?, 'Ada')", ada)
    store.templates.add(ada, Template(BUNDLE, vector(), 1))
    store.database.run("INSERT INTO templates VALUES (?, ?, ?, ?, ?, ?, ?)", *rows)
    assert len(store.templates.of(ada, BUNDLE)) == 1


def test_faces_given_anew_have_a_new_key(store: Store) -> None:
    """Renewable: the same face again, and nothing of the old row is in the new one."""
    face = vector()
    ada = enrol(store, face)
    before = (
        store.database.rows("SELECT * FROM holder_keys"),
        HolderKeys(store.database, KEY).of(ada),
    )
    store.templates.replace(ada, [Template(BUNDLE, face, 1)])
    after = (
        store.database.rows("SELECT * FROM holder_keys"),
        HolderKeys(store.database, KEY).of(ada),
    )
    assert before[0] != after[0]
    assert before[1].transform != after[1].transform
    assert store.templates.of(ada, BUNDLE).tobytes() == face
    assert store.templates.forget(ada) == 1
    assert store.database.rows("SELECT * FROM holder_keys") == []


def test_under_another_key_of_the_vault_the_faces_stay(store: Store) -> None:
    face, other = vector(), bytes(reversed(KEY))
    ada = enrol(store, face)
    with store.transaction():
        resealing.reseal(store.database, KEY, other)
    assert Templates(store.database, other).of(ada, BUNDLE).tobytes() == face
    assert len(store.templates.of(ada, BUNDLE)) == 0


def test_no_secret_shows_in_a_representation(store: Store) -> None:
    ada = enrol(store, vector())
    assert repr(HolderKeys(store.database, KEY).of(ada)) == "Unwrapped(...)"


def test_a_cut_while_older_faces_are_sealed_loses_none(store: Store, path: Path) -> None:
    """Plain rows of older versions are sealed in one transaction when the vault is opened."""
    faces = [vector() for _ in range(3)]
    ada = enrol(store)
    store.database.run("CREATE TABLE plain_templates AS SELECT *, x'' AS vector FROM templates")
    for number, face in enumerate(faces):
        store.database.run(
            "INSERT INTO plain_templates (id, holder_id, bundle, vector, enrolled_at_ms)"
            " VALUES (?, ?, ?, ?, 1)",
            *(f"t{number}", ada, BUNDLE, face),
        )
    store.database.run(
        "CREATE TRIGGER cut BEFORE INSERT ON templates WHEN NEW.id = 't2'"
        " BEGIN SELECT raise(ABORT, 'cut'); END"
    )
    with pytest.raises(VaultFault, match="cut"):
        store.templates.seal_older()
    assert store.database.rows("SELECT count(*) FROM plain_templates") == [(3,)]
    assert store.database.rows("SELECT * FROM templates") == []
    store.database.run("DROP TRIGGER cut")
    store.close()
    again = Store.open(path, KEY)
    assert {row.tobytes() for row in again.templates.of(ada, BUNDLE)} == set(faces)
    pages = again.database.pages.decrypted(1, 10_000)
    assert not any(face[:32] in page for face in faces for page in pages)
    again.close()


def test_a_gallery_is_filled_in_pieces_past_what_does_not_open(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "PIECE", 2)
    holders = [enrol(store, vector()) for _ in range(4)]
    run = store.database.run
    run("UPDATE templates SET sealed = zeroblob(541) WHERE holder_id = ?", holders[1])
    sheet = store.templates.sheet(BUNDLE)
    more = [store.templates.fill(sheet)]
    late = enrol(store, vector())
    while more[-1]:
        more.append(store.templates.fill(sheet))
    ids, matrix = sheet.filled()
    assert more == [True, True, False]
    assert ids == (holders[0], holders[2], holders[3], late)
    assert matrix.shape == (4, 512)


def test_who_is_enrolled_while_it_is_filled_finds_no_room_that_is_not_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "PIECE", 2)
    first = [enrol(store, vector()) for _ in range(3)]
    sheet = store.templates.sheet(BUNDLE)
    for _ in range(3):
        enrol(store, vector())
    while store.templates.fill(sheet):
        pass
    assert sheet.filled()[0] == tuple(first)

"""The store: whole enrolments or none, cards that have one owner, faults that name the remedy."""

import stat
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.vault import cipher, pins
from appliance.vault.faults import Conflict, VaultFault
from appliance.vault.records import Card, Enrolment, PinHashes, Template
from appliance.vault.store import Store

Raw = Callable[..., list[tuple[Any, ...]]]

KEY = bytes(range(32))  # that of the fixtures

CARD = Card("H10301", 17, 4711)
HASHES = PinHashes("$argon2id$one", "$argon2id$two")


def template(value: int = 1, bundle: str = "0123456789abcdef") -> Template:
    return Template(bundle, bytes([value]) * 512, 1_700_000_000_000, "2026-11-23")


def whole(name: str = "Ada Example", card: Card = CARD) -> Enrolment:
    return Enrolment(
        name=name,
        cards=(card,),
        pin=HASHES,
        templates=(template(),),
        portals=("front", "back"),
        valid_from_ms=1,
        valid_until_ms=2,
        extended_unlock=True,
    )


def rows_in_all_tables(raw: Raw) -> dict[str, int]:
    tables = ("holders", "credentials", "templates", "rules")
    return {table: raw(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


def test_a_whole_holder_goes_in_and_comes_out(store: Store) -> None:
    holder_id = store.enrol(whole())
    found = store.find_card([Card("H10302", 0, 1), CARD])
    assert found is not None
    assert found.credential.status == "active"
    assert found.credential.holder_id == found.holder.id == holder_id
    assert found.holder == store.holder(holder_id)
    assert (found.holder.name, found.holder.status) == ("Ada Example", "active")
    assert (found.holder.valid_from_ms, found.holder.valid_until_ms) == (1, 2)
    assert found.holder.extended_unlock is True
    assert store.pin_of(holder_id) == HASHES
    assert store.portals_of(holder_id) == ("back", "front")
    assert store.templates.of(holder_id, template().bundle).tobytes() == template().vector


def test_the_list_counts_and_shows_no_secret(store: Store) -> None:
    holder_id = store.enrol(whole())
    store.enrol(Enrolment("Bare Holder"))
    first, second = store.holders()
    assert (first.holder.id, first.cards, first.has_pin, first.templates) == (holder_id, 1, True, 1)
    assert first.portals == ("back", "front")
    assert (second.cards, second.has_pin, second.templates, second.portals) == (0, False, 0, ())
    shown = repr([first, whole(), CARD, HASHES, template()])
    assert "4711" not in shown
    assert "argon2" not in shown
    assert "Ada" not in shown
    assert "\\x01" not in shown


def test_an_enrolment_is_all_or_nothing_at_every_step(store: Store, raw: Raw) -> None:
    store.enrol(whole())
    before = rows_in_all_tables(raw)
    for table in ("holders", "credentials", "templates", "rules"):
        raw(
            f"CREATE TRIGGER broken BEFORE INSERT ON {table}"
            " BEGIN SELECT raise(ABORT, 'injected'); END"
        )
        with pytest.raises(VaultFault, match="injected"):
            store.enrol(whole("Second", Card("H10301", 17, 4712)))
        raw("DROP TRIGGER broken")
        assert rows_in_all_tables(raw) == before
    store.enrol(whole("Second", Card("H10301", 17, 4712)))


def test_a_card_has_one_owner_and_the_refusal_does_not_say_which(store: Store, raw: Raw) -> None:
    store.enrol(whole())
    before = rows_in_all_tables(raw)
    with pytest.raises(Conflict) as caught:
        store.enrol(whole("Second"))
    assert "4711" not in str(caught.value)
    assert "Ada" not in str(caught.value)
    assert rows_in_all_tables(raw) == before


def test_a_card_whose_readings_name_two_holders_is_nobodys(store: Store) -> None:
    other = Card("H10304", 3, 99)
    first = store.enrol(whole())
    assert store.find_card([CARD, other]) is not None
    store.enrol(whole("Second", other))
    assert store.find_card([CARD, other]) is None
    store.add_card(first, Card("H10304", 3, 100))
    assert store.find_card([CARD, Card("H10304", 3, 100)]) is not None


def test_an_unknown_card_and_no_reading_find_nobody(store: Store) -> None:
    store.enrol(whole())
    assert store.find_card([Card("H10301", 17, 4712), Card("H10302", 17, 4711)]) is None
    assert store.find_card([]) is None


def test_a_new_pin_replaces_the_old(store: Store) -> None:
    holder_id = store.enrol(whole())
    store.set_pin(holder_id, PinHashes("$argon2id$three"))
    assert store.pin_of(holder_id) == PinHashes("$argon2id$three", None)


def test_real_hashes_survive_the_vault(store: Store) -> None:
    holder_id = store.enrol(Enrolment("A", pin=store.pins.hashes("1234", "4321")))
    assert store.pins.verify(store.pin_of(holder_id), "4321") == "duress"


def test_hashes_of_older_versions_are_sealed_when_the_vault_opens(store: Store, path: Path) -> None:
    """Both, also the duress PIN that may never be entered; each goes on to count."""
    hashed = [pins._HASHER.hash(pin) for pin in ("1234", "4321")]
    both = store.enrol(Enrolment("A", pin=PinHashes(*hashed)))
    one = store.enrol(Enrolment("B", pin=PinHashes(hashed[0])))
    store.close()
    opened = Store.open(path, KEY)
    assert opened.pins.verify(opened.pin_of(both), "1234") == "right"
    assert opened.pins.verify(opened.pin_of(both), "4321") == "duress"
    assert opened.pins.verify(opened.pin_of(one), "1234") == "right"
    kept, alone = opened.pin_of(both), opened.pin_of(one)
    assert kept
    assert alone
    assert alone.duress is None
    pages = [*opened.database.pages.decrypted(1, 1_000), *opened.database.pages.logged(1, 1_000)]
    assert any(kept.pin.encode() in page for page in pages)
    assert not any(b"$argon2id$" in page for page in pages)
    opened.close()
    again = Store.open(path, KEY)
    assert again.pin_of(both) == kept
    again.close()


def test_the_gallery_holds_one_bundle_with_its_holders(store: Store) -> None:
    first = store.enrol(whole())
    second = store.enrol(whole("Second", Card("H10301", 17, 1)))
    store.templates.add(first, template(200))
    store.templates.add(second, template(7, "another"))
    ids, matrix = store.templates.gallery(template().bundle)
    assert matrix.dtype == np.int8
    assert matrix.shape == (3, 512)
    assert sorted(zip(ids, matrix[:, 0].tolist(), strict=True)) == sorted(
        [(first, 1), (first, -56), (second, 1)]
    )
    assert store.templates.gallery("unknown")[1].shape == (0, 512)
    assert store.templates.of(second, "another")[0, 0] == 7


def test_statuses_are_kept(store: Store) -> None:
    holder_id = store.enrol(whole())
    found = store.find_card([CARD])
    assert found is not None
    store.set_card_status(found.credential.id, "lost")
    store.set_holder_status(holder_id, "suspended")
    found = store.find_card([CARD])
    assert found is not None
    assert (found.credential.status, found.holder.status) == ("lost", "suspended")


def test_an_erased_holder_leaves_no_row(store: Store, raw: Raw) -> None:
    holder_id = store.enrol(whole())
    kept = store.enrol(whole("Kept", Card("H10301", 17, 1)))
    assert store.erase(holder_id)
    assert rows_in_all_tables(raw) == {"holders": 1, "credentials": 2, "templates": 1, "rules": 2}
    assert store.find_card([CARD]) is None
    assert store.templates.gallery(template().bundle)[0] == (kept,)
    store.enrol(whole())  # the card is free again


def test_erasing_says_when_a_reader_keeps_the_log(store: Store, path: Path) -> None:
    holder_id = store.enrol(whole())
    reader = Store.open(path, KEY, read_only=True)
    with reader.snapshot():
        reader.holders()
        assert not store.erase(holder_id)
    reader.close()


def test_nobody_gets_nothing(store: Store) -> None:
    for call in (
        lambda: store.holder("x"),
        lambda: store.erase("x"),
        lambda: store.add_card("x", CARD),
        lambda: store.set_pin("x", HASHES),
        lambda: store.templates.add("x", template()),
        lambda: store.allow("x", "front"),
        lambda: store.set_holder_status("x", "suspended"),
    ):
        with pytest.raises(VaultFault, match="no holder x"):
            call()
    with pytest.raises(VaultFault, match="no card x"):
        store.set_card_status("x", "lost")


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("name", lambda: Enrolment("")),
        ("name", lambda: Enrolment(" padded ")),
        ("name", lambda: Enrolment("x" * 101)),
        ("name", lambda: Enrolment("two\nlines")),
        ("portal", lambda: Enrolment("A", portals=("no portal",))),
        ("format", lambda: Card("", 1, 1)),
        ("facility", lambda: Card("H10301", -1, 1)),
        ("number", lambda: Card("H10301", 1, 2**63)),
        ("vector", lambda: Template("b", bytes(511), 0)),
        ("vector", lambda: Template("b", bytes(512), 0)),
        ("bundle", lambda: Template("", b"\1" * 512, 0)),
    ],
)
def test_values_are_checked_when_made(field: str, make: Callable[[], object]) -> None:
    with pytest.raises(VaultFault, match=f"^{field}: give"):
        make()


def test_a_swallowed_conflict_inside_a_transaction_leaves_no_half(store: Store, raw: Raw) -> None:
    store.enrol(whole())
    with store.transaction():
        with pytest.raises(Conflict):
            store.enrol(whole("Second"))
        store.enrol(whole("Third", Card("H10301", 17, 3)))
    assert [line.holder.name for line in store.holders()] == ["Ada Example", "Third"]
    assert rows_in_all_tables(raw)["rules"] == 4


def test_a_transaction_that_fails_is_undone(store: Store) -> None:
    def fail() -> None:
        with store.transaction():
            store.enrol(whole())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert store.holders() == []


def test_what_was_written_is_there_after_a_restart(path: Path) -> None:
    first = Store.open(path, KEY)
    holder_id = first.enrol(whole())
    first.close()
    second = Store.open(path, KEY)
    assert second.holder(holder_id).name == "Ada Example"
    second.close()


def test_the_switches_are_on(store: Store, path: Path) -> None:
    database = store._database
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "user_version": cipher.SCHEMA,
    }
    assert {name: database.rows(f"PRAGMA {name}")[0][0] for name in wanted} == wanted
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.with_name("vault.db-wal").stat().st_mode) == 0o600


def test_every_schema_file_is_known(path: Path) -> None:
    files = [file.name for file in resources.files("appliance.vault.schema").iterdir()]
    numbered = sorted(name for name in files if name.endswith(".sql"))
    assert numbered == [f"{number:03}.sql" for number in range(1, cipher.SCHEMA + 1)]

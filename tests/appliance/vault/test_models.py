"""Bundles taken never go back, a golden set is whole or not there, old faces are found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.vault import models
from appliance.vault.faults import Conflict, VaultFault
from appliance.vault.models import GoldenAnswer, Maker, TakenBundle
from appliance.vault.records import Card, Enrolment, Template
from appliance.vault.store import Store

Raw = Callable[..., list[tuple[Any, ...]]]

KEY = bytes(range(32))  # that of the fixtures
MAKER = Maker("b1", "n1", "s1", 4150)
SEEN = GoldenAnswer("", b"\1" * 512, 250)
UNSEEN = GoldenAnswer("no_face", b"", 0)


def test_bundles_are_remembered_and_trusted_until_they_fail(store: Store, path: Path) -> None:
    models.take(store, "one", 1, 100)
    models.take(store, "five", 5, 200)
    models.distrust(store, "five")
    store.close()
    again = Store.open(path, KEY)
    one, five = TakenBundle("one", 1, 100, True), TakenBundle("five", 5, 200, False)
    assert models.taken(again) == (one, five)
    models.take(again, "five", 5, 300)
    assert models.taken(again) == (one, TakenBundle("five", 5, 200, True))
    again.close()


@pytest.mark.parametrize(("identity", "version"), [("one", 1), ("other", 4), ("other", 5)])
def test_no_step_back_is_taken(store: Store, identity: str, version: int) -> None:
    models.take(store, "one", 1, 100)
    models.take(store, "five", 5, 200)
    before = models.taken(store)
    with pytest.raises(Conflict, match=f"bundle {identity}: a version of {version} or above"):
        models.take(store, identity, version, 300)
    assert models.taken(store) == before


def test_a_golden_set_goes_in_and_comes_out(store: Store) -> None:
    models.keep_golden(store, [b"jpeg", b"png"], "Ada, 2026-11-23", [SEEN, UNSEEN], MAKER, 100)
    first, second = models.golden(store)
    assert (first.number, first.maker, first.answer) == (1, MAKER, SEEN)
    assert (second.number, second.maker, second.answer) == (2, MAKER, UNSEEN)
    assert models.golden_picture(store, 2) == b"png"
    assert "\\x01" not in repr([first, SEEN])


def test_a_new_set_takes_the_place_of_the_old(store: Store) -> None:
    models.keep_golden(store, [b"a", b"b"], "Ada", [SEEN, SEEN], MAKER, 100)
    models.keep_golden(store, [b"c"], "Ada", [UNSEEN], MAKER, 100)
    assert [line.answer for line in models.golden(store)] == [UNSEEN]
    assert models.golden_picture(store, 1) == b"c"
    with pytest.raises(VaultFault, match="golden picture 2: not there"):
        models.golden_picture(store, 2)


@pytest.mark.parametrize(
    ("pictures", "consent", "told"),
    [
        ([], "Ada", "pictures: 0; give 1 to 24"),
        ([b"x"] * 25, "Ada", "pictures: 25; give 1 to 24"),
        ([b"x"], "", "consent: give"),
        ([b"x"], "x" * 501, "consent: give"),
        ([b"x"], "two\nlines", "consent: give"),
        ([b"x", b""], "Ada", "picture 2: 0 bytes; give 1 to"),
        ([bytes(models.LARGEST_PICTURE + 1)], "Ada", "picture 1: 8323073 bytes; give 1 to"),
    ],
)
def test_a_set_that_is_none_leaves_the_old(
    store: Store, pictures: list[bytes], consent: str, told: str
) -> None:
    models.keep_golden(store, [b"a"], "Ada", [SEEN], MAKER, 100)
    with pytest.raises(VaultFault, match=told):
        models.keep_golden(store, pictures, consent, [UNSEEN] * len(pictures), MAKER, 200)
    assert [line.answer for line in models.golden(store)] == [SEEN]
    assert models.golden_picture(store, 1) == b"a"


def test_new_answers_belong_to_the_same_pictures(store: Store) -> None:
    models.keep_golden(store, [b"a", b"b"], "Ada", [SEEN, UNSEEN], MAKER, 100)
    newer = msgspec.structs.replace(MAKER, bundle="b2", networks="n2")
    models.keep_answers(store, [UNSEEN, SEEN], newer)
    found = models.golden(store)
    assert [line.answer for line in found] == [UNSEEN, SEEN]
    assert {line.maker for line in found} == {newer}
    with pytest.raises(VaultFault, match="another one by now"):
        models.keep_answers(store, [SEEN] * 3, MAKER)
    assert models.golden(store) == found


def test_a_forgotten_set_is_gone(store: Store, raw: Raw) -> None:
    models.keep_golden(store, [b"a"], "Ada", [SEEN], MAKER, 100)
    assert models.forget_golden(store)
    assert models.golden(store) == ()
    assert raw("SELECT count(*) FROM golden") == [(0,)]


def test_an_answer_is_a_template_or_a_refusal() -> None:
    for refusal, template in (("", b""), ("", b"\1" * 511), ("no_face", b"\1" * 512)):
        with pytest.raises(VaultFault, match=r"^template: give"):
            GoldenAnswer(refusal, template, 0)


def test_who_must_come_again(store: Store) -> None:
    def holder(name: str, number: int, *bundles: str) -> str:
        faces = tuple(Template(b, b"\1" * 512, at) for at, b in enumerate(bundles))
        return store.enrol(Enrolment(name, (Card("H10301", 7, number),), templates=faces))

    bea = holder("Bea", 1, "old", "older")
    ada = holder("Ada", 2, "old")
    holder("Came again", 3, "old", "new")
    holder("New", 4, "new")
    holder("No face", 5)
    assert models.outdated(store, "new") == ((ada, "Ada", "old"), (bea, "Bea", "older"))
    assert {row[1] for row in models.outdated(store, "old")} == {"New"}

"""Who counts as where, while doors may still be opened and after a restart; no terminal here."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.presence import RESERVED_MS, Presence
from appliance.vault import whereabouts
from appliance.vault.records import Enrolment
from appliance.vault.store import Store
from appliance.vault.whereabouts import Whereabouts
from tests.appliance.bench import KEY
from tests.appliance.gates import site

START_MS = 1_000_000
FULL, FREE = (False, True), (False, False)


class Clerk:
    """Writes at once what the real one writes in the vault's thread."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.moved: list[str] = []

    def note(
        self, kind: str, portal: str, body: Any, *, beside: Callable[[Store], None], **_more: Any
    ) -> None:
        assert (kind, portal) == ("passed", "one")
        self.moved.append(body["holder"])
        beside(self.store)


class Room:
    """Door one into an area with this rule, at a time that tests set."""

    def __init__(self, store: Store, **rule: Any) -> None:
        self.now_ms = START_MS
        self.clerk = Clerk(store)
        self.store = store
        whole = site({"hall": rule}, {"leads_to": "hall"}, {"leads_from": "hall"})
        self.presence = Presence(
            self.clerk,  # type: ignore[arg-type]
            whole,
            "now",
            lambda: 0,
            lambda: self.now_ms,
        )

    def says(self, holder: str) -> tuple[bool, bool]:
        return self.presence.against(self.store, holder, "one")

    def expects(self, holder: str) -> None:
        self.presence.expect(self.store, holder, "one")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "vault.db", KEY)
    yield opened
    opened.close()


def enrolled(store: Store) -> tuple[str, str]:
    return store.enrol(Enrolment("Anna")), store.enrol(Enrolment("Ben"))


def test_who_entered_before_the_start_entered_at_the_start(store: Store) -> None:
    anna, ben = enrolled(store)
    room = Room(store, anti_passback="timed", passback_ms=60_000)
    whereabouts.move(store, anna, Whereabouts("hall", 0, "before", 5))
    whereabouts.move(store, ben, Whereabouts("hall", 0, "now", START_MS - 10_000))
    room.now_ms += 50_000
    assert (room.says(anna), room.says(ben)) == ((True, False), FREE)
    room.now_ms += 10_000
    assert room.says(anna) == FREE


def test_a_reservation_is_nobodys_passage_and_ends_by_itself(store: Store) -> None:
    anna, ben = enrolled(store)
    room = Room(store, limit=1)
    room.expects(anna)
    assert (room.says(anna), room.says(ben)) == (FREE, FULL)
    room.presence.entered("one")
    assert room.clerk.moved == []
    room.now_ms += RESERVED_MS
    assert room.says(ben) == FREE


def test_a_grant_that_is_ended_frees_its_place_at_once(store: Store) -> None:
    anna, ben = enrolled(store)
    room = Room(store, limit=1)
    room.expects(anna)
    room.presence.granted("one", 7, (anna,), 5_000)
    assert room.says(ben) == FULL
    room.presence.ended("one")
    assert room.says(ben) == FREE
    room.presence.entered("one")
    assert room.clerk.moved == []


def test_who_is_not_granted_after_all_takes_no_place(store: Store) -> None:
    """One of two who were to pass together may not: the other one is not on their way, either."""
    anna, ben = enrolled(store)
    room = Room(store, limit=1)
    room.expects(anna)
    room.presence.withdraw("one", (anna, ben))
    assert room.says(ben) == FREE


def test_an_earlier_grant_counts_whatever_becomes_of_a_later_one(store: Store) -> None:
    anna, _ = enrolled(store)
    room = Room(store)
    room.expects(anna)
    room.presence.granted("one", 7, (anna,), 5_000)
    room.expects(anna)
    room.presence.withdraw("one", (anna,))
    room.presence.entered("one")
    assert room.clerk.moved == [anna]


def test_all_who_were_granted_before_one_opening_have_gone_in(store: Store) -> None:
    anna, ben = enrolled(store)
    room = Room(store, limit=2)
    for number, holder in enumerate((anna, ben), 1):
        room.expects(holder)
        room.presence.granted("one", number, (holder,), 5_000)
        room.now_ms += 4_000  # the second grant keeps the strike released for the first one, too
    room.presence.entered("one")
    assert room.clerk.moved == [anna, ben]
    assert whereabouts.count(store, "hall") == 2
    room.presence.entered("one")
    assert len(room.clerk.moved) == 2


def test_an_areas_amnesty_is_for_those_outside_as_well(store: Store) -> None:
    anna, ben = enrolled(store)
    whereabouts.move(store, anna, Whereabouts("", 10, "now", 0))
    whereabouts.move(store, ben, Whereabouts("yard", 10, "now", 0))
    assert whereabouts.forget(store, "hall", 10) == 0
    assert whereabouts.forget(store, "hall", 11) == 1
    assert whereabouts.whereabouts(store, anna) is None
    assert whereabouts.is_in(store, ben, "yard")

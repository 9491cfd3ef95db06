"""Two real doors of one terminal against the reference: areas, interlock, company, a full disk."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from appliance.vault import whereabouts
from appliance.vault.records import Card
from board.link import admin
from tests.appliance import gates
from tests.model.real import SETTLED_MS, a_terminal, fill
from tests.model.reference_door import Door, Times
from tests.model.reference_gates import Area, Gate, House
from tests.model.reference_people import Clock, Person

NOON = int(datetime(2037, 3, 2, 12, tzinfo=UTC).timestamp()) * 1000
PEOPLE = {
    1: Person(),
    2: Person(extended=True),
    3: Person(escort="needs"),
    4: Person(escort="may"),
    5: Person(right=False),
}
STRANGER = 77
SETTINGS = settings(
    max_examples=60,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
ODD = {"unlock_ms": 5_003, "extended_ms": 15_007, "held_ms": 30_011}
SECOND_MS = 12_013
TOLD_MS = 600
"""Longer than who waits in vain has to wait to be told."""

OUT = ""
PLANS = {
    "no areas": ((OUT, OUT), (OUT, OUT)),
    "in and out": ((OUT, "office"), ("office", OUT)),
    "two ways in": ((OUT, "office"), (OUT, "office")),
    "one behind the other": ((OUT, "office"), ("office", "vault")),
}
DOORS = st.sampled_from(gates.DOORS)
RULES = st.builds(
    Area,
    st.sampled_from(("off", "soft", "hard", "timed")),
    st.just(20_021),
    st.sampled_from((0, 0, 1, 2)),
)


@pytest.fixture(scope="module", autouse=True)
def people() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(GatesMachine, "vault", Path(folder) / "vault.db")
        fill(GatesMachine.vault, PEOPLE, gates.DOORS)
        yield


def portal(leads: tuple[str, str], people: int, relock: str) -> dict[str, Any]:
    """The keys of one door."""
    ways = {key: name for key, name in zip(("leads_from", "leads_to"), leads, strict=True) if name}
    more: dict[str, Any] = {"people": people, "second_ms": SECOND_MS, "relock": relock}
    return {"prealarm_ms": 15_000, **ODD, **more, **ways}


class GatesMachine(RuleBasedStateMachine):
    """Each rule happens to both."""

    vault = Path()

    @initialize(
        plan=st.sampled_from(tuple(PLANS)),
        office=RULES,
        vault=RULES,
        interlock=st.sampled_from((False, False, True)),
        people=st.tuples(st.sampled_from((1, 1, 2)), st.sampled_from((1, 1, 2))),
        relock=st.sampled_from(("open", "open", "close")),
    )
    def begin(
        self,
        plan: str,
        office: Area,
        vault: Area,
        interlock: bool,
        people: tuple[int, int],
        relock: str,
    ) -> None:
        self.held = ExitStack()
        folder = Path(tempfile.mkdtemp())
        self.held.callback(shutil.rmtree, folder)
        leads = PLANS[plan]
        rules = {"office": office, "vault": vault}
        areas = {name: rule for name, rule in rules.items() if any(name in way for way in leads)}
        keys = [portal(way, each, relock) for way, each in zip(leads, people, strict=True)]
        whole = gates.site({name: _area(rule) for name, rule in areas.items()}, *keys)
        locks = (gates.DOORS,) if interlock else ()
        whole = msgspec.structs.replace(whole, interlocks=locks)
        self.real = self.held.enter_context(a_terminal(self.vault, folder, whole, NOON))
        two = {
            name: Gate(Door(Times(relock=relock, **ODD)), way, each, SECOND_MS)
            for name, way, each in zip(gates.DOORS, leads, people, strict=True)
        }
        self.people = {number: replace(person) for number, person in PEOPLE.items()}
        self.ought = House(two, self.people, Clock(NOON), areas, interlock)
        self.holders = {number: self._holder(number) for number in PEOPLE}

    def _holder(self, number: int) -> str:
        found = self.real.store.find_card([Card("H10301", 7, number)])
        assert found
        return found.holder.id

    def teardown(self) -> None:
        if hasattr(self, "held"):
            self.held.close()

    @rule(name=DOORS, number=st.sampled_from((1, 1, 2, 2, 3, 3, 4, 4, 5, STRANGER)))
    def card(self, name: str, number: int) -> None:
        self.real.doors[name].card(number)
        self.ought.card(name, number)

    @rule(name=DOORS, number=st.sampled_from((1, 2, 4)), shuts=st.booleans())
    def goes(self, name: str, number: int, shuts: bool) -> None:
        """A card, and through the door if it opens."""
        self.card(name, number)
        if self.ought.gates[name].door.released():
            self.contact(name, True)
            if shuts:
                self.contact(name, False)

    @rule(name=DOORS, numbers=st.permutations((1, 2, 3, 4)))
    def come_together(self, name: str, numbers: list[int]) -> None:
        for number in numbers[:2]:
            self.card(name, number)

    @rule(number=st.sampled_from((1, 3)), suspended=st.booleans())
    def suspend(self, number: int, suspended: bool) -> None:
        """While they wait for somebody, perhaps."""
        status = "suspended" if suspended else "active"
        self.real.store.set_holder_status(self.holders[number], status)
        self.people[number].suspended = suspended

    @rule(name=DOORS, opened=st.booleans())
    def contact(self, name: str, opened: bool) -> None:
        self.real.doors[name].contact(opened)
        self._settles(lambda: self.ought.open(name) if opened else self.ought.shut(name))

    @rule(name=DOORS, pressed=st.booleans())
    def rex(self, name: str, pressed: bool) -> None:
        self.real.doors[name].rex(pressed)
        self._settles(lambda: self.ought.gates[name].door.press(pressed))

    @rule(burning=st.sampled_from((False, False, True)))
    def fire(self, burning: bool) -> None:
        self.real.fire(burning)
        self._settles(lambda: self.ought.fire(burning))

    def _settles(self, happens: Callable[[], None]) -> None:
        self._pass(20)
        happens()
        self._wait(SETTLED_MS - 20)

    @rule(name=DOORS, mode=st.sampled_from(("normal", "normal", "normal", "free", "lockdown")))
    def order(self, name: str, mode: str) -> None:
        self.real.doors[name].order(mode)
        self.ought.order(name, mode)
        self._wait(TOLD_MS)

    @rule(name=DOORS)
    def walk_away(self, name: str) -> None:
        self.real.doors[name].walk_away()
        self.ought.walk_away(name)

    @rule(area=st.sampled_from(("", "office")))
    def amnesty(self, area: str) -> None:
        if area and area not in self.ought.areas:
            return
        if self.ought.vault:
            work = self.real.terminal._amnesty.amnesty(admin.Amnesty(area=area), 0)
            self.real.run(work)
            self.ought.amnesty(area)

    @rule(for_ms=st.sampled_from((10, 500, 2_000, 5_000, 11_000, 21_000, 31_000)))
    def wait(self, for_ms: int) -> None:
        self._wait(for_ms)

    def _wait(self, for_ms: int) -> None:
        """Never end where somebody is about to be told that nobody came: when is not said."""
        self._pass(for_ms)
        while any(self._about_to_be_told(gate) for gate in self.ought.gates.values()):
            self._pass(TOLD_MS)
        self.ought.nobody_came()

    def _about_to_be_told(self, gate: Gate) -> bool:
        waited = [self.ought.now_ms - one.since_ms - SECOND_MS for one in gate.waiting.values()]
        return any(0 <= late_ms < TOLD_MS for late_ms in waited)

    def _pass(self, for_ms: int) -> None:
        self.real.wait(for_ms)
        self.ought.wait(for_ms)

    @precondition(lambda self: not any(gate.going for gate in self.ought.gates.values()))
    @rule(works=st.sampled_from((True, False)))
    def vault_answers(self, works: bool) -> None:
        """Never while somebody is on their way through a door: that is written when it answers."""
        self.real.disk(works=works)
        self.ought.vault = works

    @invariant()
    def both_say_the_same(self) -> None:
        self.real.read_journal()
        for name, gate in self.ought.gates.items():
            real, door = self.real.doors[name], gate.door
            assert real.verdicts == gate.verdicts, name
            told = (real.released, real.leaf, real.sounding, real.alarm)
            ought = (door.released(), door.leaf(), door.sounding(), self.ought.alarm(name))
            assert told == ought, name
        passed = [(self.holders[who], area, told) for who, area, told in self.ought.passed]
        assert sorted(self.real.passed) == sorted(passed)

    @invariant()
    def both_know_who_is_where(self) -> None:
        for number, holder in self.holders.items():
            seen = whereabouts.whereabouts(self.real.store, holder)
            assert (seen.area if seen else None) == self.ought.where.get(number, (None,))[0]

    @invariant()
    def who_asks_to_leave_can(self) -> None:
        for name, gate in self.ought.gates.items():
            assert self.real.doors[name].released or not gate.door.pressed


def _area(rule: Area) -> dict[str, Any]:
    return {**vars(rule), "amnesty": "04:00"}


def test_whatever_happens_both_doors_do_as_the_reference_says() -> None:
    """Each rule to both; strikes, leaves, verdicts, who went and who is where are the same."""
    run_state_machine_as_test(GatesMachine, settings=SETTINGS)

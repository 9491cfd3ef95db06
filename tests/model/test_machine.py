"""The real rooms of a door against the reference: whatever happens, both say the same."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
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

from appliance.vault import pins
from tests.model.real import a_door, fill
from tests.model.reference import Entrance, Person
from tests.model.reference_door import Door, Times

NINE = int(datetime(2027, 3, 1, 17, 58, tzinfo=UTC).timestamp()) * 1000
"""A Monday, two minutes before the day's hours end."""

DAYS = {0, 1, 2, 3, 4}
PEOPLE = {
    1: Person(pin="1111", duress="9111", face=True, extended=True),
    2: Person(pin="2222", face=True, hours=[(DAYS, 8 * 60, 18 * 60)]),
    3: Person(pin="3333", face=True, suspended=True),
    4: Person(pin="4444", face=True, lost=True),
    5: Person(pin="5555", face=True, until_ms=NINE + 60_000),
    6: Person(pin="6666", face=True, right=False),
    7: Person(face=True),
    8: Person(pin="8888"),
}
STRANGER = 77
CARDS = (*PEOPLE, STRANGER)
SETTINGS = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
SETS = ("card", "card+pin", "card+face", "card+pin+face")
ODD = {"unlock_ms": 5_003, "extended_ms": 15_007, "held_ms": 30_011, "factor_ms": 8_009}
"""Of any two timers, one ends first."""


@pytest.fixture(scope="module", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """The hash is real, and dear no more: a million steps are many PINs."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, hash_len=16, salt_len=8)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(pins, "_HASHER", cheap)
        patch.setattr(pins, "_DECOY", cheap.hash("nobody's"))
        patch.setattr(DoorMachine, "vault", Path(folder) / "vault.db")
        fill(DoorMachine.vault, PEOPLE)
        yield


class DoorMachine(RuleBasedStateMachine):
    """Each rule happens to both."""

    vault = Path()

    @initialize(
        factors=st.sampled_from(SETS),
        relock=st.sampled_from(("open", "close")),
        forced_ms=st.sampled_from((0, 1_001)),
    )
    def begin(self, factors: str, relock: str, forced_ms: int) -> None:
        self.held = ExitStack()
        folder = Path(tempfile.mkdtemp())
        self.held.callback(shutil.rmtree, folder)
        times = Times(forced_ms=forced_ms, relock=relock, **ODD)
        self.real = self.held.enter_context(a_door(self.vault, folder, times, factors, NINE))
        self.ought = Entrance(Door(times), PEOPLE, factors, NINE)
        self.before = (False, 0)

    def teardown(self) -> None:
        if hasattr(self, "held"):
            self.held.close()

    @rule(number=st.sampled_from(CARDS))
    def card(self, number: int) -> None:
        self.real.card(number)
        self.ought.card(number)

    @rule(
        number=st.sampled_from((1, 1, 2, 5)),
        pin=st.sampled_from(("right", "duress")),
        meanwhile=st.sampled_from(("nothing", "nothing", "clock", "lockdown")),
    )
    def passes(self, number: int, pin: str, meanwhile: str) -> None:
        """Somebody who shows all that is wanted of them, whatever happens meanwhile."""
        self.card(number)
        if meanwhile == "clock":
            self.jump(3_600_000)
        elif meanwhile == "lockdown":
            self.order("lockdown")
        for _ in range(2):
            if self.ought.attempt and self.ought.attempt.wanted[0] == "pin":
                self.pin(pin)
            elif self.ought.attempt:
                self.look("own", 0)

    @precondition(lambda self: self.ought.attempt)
    @rule(kind=st.sampled_from(("right", "right", "duress", "wrong", "nonsense")))
    def pin(self, kind: str) -> None:
        person = PEOPLE[self.ought.attempt.card] if self.ought.attempt else PEOPLE[1]
        words = {"right": person.pin, "duress": person.duress, "wrong": "0000", "nonsense": "*"}
        self.real.pin(words[kind] or "0000")
        self.ought.pin(words[kind].strip("*") or ("" if kind == "nonsense" else "0000"))

    @precondition(lambda self: self.ought.attempt)
    @rule(face=st.sampled_from(("own", "own", "stranger", "attack")), attack=st.just(900))
    def look(self, face: str, attack: int) -> None:
        number = self.ought.attempt.card if self.ought.attempt else STRANGER
        self.real.look(STRANGER if face == "stranger" else number, attack * (face == "attack"))
        self.ought.look(face)

    @rule(number=st.sampled_from((1, 2)), times=st.integers(1, 21))
    def guess(self, number: int, times: int) -> None:
        """Wrong PINs in a row: it costs time, and shuts the reader in the end."""
        for _ in range(times):
            self.card(number)
            if self.ought.attempt:
                self.pin("wrong")

    @precondition(lambda self: self.ought.attempt)
    @rule(times=st.integers(2, 6))
    def stranger(self, times: int) -> None:
        for _ in range(times):
            self.look("stranger", 0)

    @rule(pressed=st.booleans())
    def rex(self, pressed: bool) -> None:
        self._input("IN2", int(not pressed), lambda: self.ought.door.press(pressed))

    @rule(opened=st.booleans())
    def leaf(self, opened: bool) -> None:
        self._input("IN1", int(opened), self.ought.door.open if opened else self.ought.door.shut)

    def _input(self, pin: str, level: int, happens: Callable[[], None]) -> None:
        self.real.input(pin, level)
        self._wait(20)
        happens()
        self._wait(10)

    @rule(burning=st.booleans())
    def fire(self, burning: bool) -> None:
        self._input("IN4", int(burning), lambda: self.ought.door.fire(burning))

    @rule(mode=st.sampled_from(("normal", "normal", "free", "lockdown")))
    def order(self, mode: str) -> None:
        self.real.order(mode)
        self.ought.door.order(mode)

    @rule()
    def walk_away(self) -> None:
        self.real.walk_away()
        self.ought.door.walk_away()

    @rule(for_ms=st.sampled_from((10, 500, 2_000, 5_000, 8_000, 16_000, 31_000, 70_000)))
    def wait(self, for_ms: int) -> None:
        self._wait(for_ms)

    def _wait(self, for_ms: int) -> None:
        self.real.wait(for_ms)
        self.ought.wait(for_ms)

    @rule(by_ms=st.sampled_from((-86_400_000, -3_600_000, -60_000, 60_000, 3_600_000)))
    def jump(self, by_ms: int) -> None:
        self.real.jump(by_ms)
        self.ought.jump(by_ms)

    @rule(working=st.booleans())
    def camera(self, working: bool) -> None:
        if self.ought.attempt is None:
            self.real.camera(working=working)
            self.ought.camera = working

    @invariant()
    def both_say_the_same(self) -> None:
        self.real.read_journal()
        door = self.ought.door
        assert self.real.verdicts == self.ought.verdicts
        assert self.real.calls == self.ought.calls
        told = (self.real.released, self.real.leaf, self.real.sounding, self.real.alarm)
        assert told == (door.released(), door.leaf(), door.sounding(), door.alarm())

    @invariant()
    def who_asks_to_leave_can(self) -> None:
        assert self.real.released or not self.ought.door.pressed

    @invariant()
    def the_strike_is_released_for_a_reason(self) -> None:
        released, grants = self.before
        now = self.real.verdicts.count("granted")
        reasons = (now > grants, self.ought.door.free_to_all(), self.ought.door.exit_until_ms)
        assert released or not self.real.released or any(reasons)
        self.before = (self.real.released, now)


def test_whatever_happens_the_rooms_do_as_the_reference_says() -> None:
    """Each rule to both; strike, leaf, sounder, alarm, verdicts and calls for help are the same."""
    run_state_machine_as_test(DoorMachine, settings=SETTINGS)

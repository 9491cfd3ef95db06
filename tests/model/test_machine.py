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
from tests.appliance.bench import site
from tests.model.real import SETTLED_MS, a_terminal, fill
from tests.model.reference import Entrance
from tests.model.reference_door import Door, Times
from tests.model.reference_hours import STRICTNESS, Hours
from tests.model.reference_people import Clock, Person, Windows

EVENING = int(datetime(2037, 3, 2, 17, 58, tzinfo=UTC).timestamp()) * 1000
"""A Monday, two minutes before the day's hours end."""

MIDNIGHT = EVENING + 6 * 3_600_000 + 30_000
"""Ninety seconds before another day."""

DAYS = {0, 1, 2, 3, 4}
SCHEDULES: dict[str, Windows] = {
    "day": [(DAYS, 8 * 60, 18 * 60)],
    "night": [(DAYS, 18 * 60 + 1, 6 * 60)],
    "tuesday": [({1}, 0, 24 * 60)],
}
PEOPLE = {
    1: Person(pin="1111", duress="9111", face=True, extended=True),
    2: Person(pin="2222", face=True, hours=[(DAYS, 8 * 60, 18 * 60)]),
    3: Person(pin="3333", face=True, suspended=True),
    4: Person(pin="4444", face=True, lost=True),
    5: Person(pin="5555", face=True, until_ms=EVENING + 60_000),
    6: Person(pin="6666", face=True, right=False),
    7: Person(face=True),
    8: Person(pin="8888"),
}
STRANGER = 77
CARDS = (*PEOPLE, STRANGER)
SETTINGS = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
ODD = {"unlock_ms": 5_003, "extended_ms": 15_007, "held_ms": 30_011, "factor_ms": 8_009}
"""Of any two timers, one ends first."""

OFF_BEAT_MS = 2
"""Nothing happens in the very moment of a whole second, when the schedules are looked at."""

WHEN: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (),
    (("day", "card"),),
    (("night", "card+pin"), ("tuesday", "any-two")),
    (("day", "face"), ("nowhere", "card+pin")),
)


@pytest.fixture(scope="module", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """The hash is real, and dear no more: a million steps are many PINs."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, hash_len=16, salt_len=8)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(pins, "_HASHER", cheap)
        patch.setattr(pins, "_DECOY", cheap.hash("nobody's"))
        patch.setattr(DoorMachine, "vault", Path(folder) / "vault.db")
        fill(DoorMachine.vault, PEOPLE, schedules=SCHEDULES)
        yield


class DoorMachine(RuleBasedStateMachine):
    """Each rule happens to both."""

    vault = Path()

    @initialize(
        factors=st.sampled_from(STRICTNESS),
        when=st.sampled_from(WHEN),
        free=st.sampled_from(("", "", "day", "night", "nowhere")),
        first_person=st.booleans(),
        without_face=st.sampled_from(("card+pin", "refuse")),
        calibrated=st.booleans(),
        relock=st.sampled_from(("open", "close")),
        forced_ms=st.sampled_from((0, 1_001)),
        wall_ms=st.sampled_from((EVENING, EVENING, MIDNIGHT)),
    )
    def begin(
        self,
        factors: str,
        when: tuple[tuple[str, str], ...],
        free: str,
        first_person: bool,
        without_face: str,
        calibrated: bool,
        relock: str,
        forced_ms: int,
        wall_ms: int,
    ) -> None:
        self.held = ExitStack()
        folder = Path(tempfile.mkdtemp())
        self.held.callback(shutil.rmtree, folder)
        whole = site(
            **ODD,
            prealarm_ms=15_000,
            forced_ms=forced_ms,
            relock=relock,
            factors=factors,
            when=[{"schedule": name, "factors": wanted} for name, wanted in when],
            without_face=without_face,
            free_schedule=free,
            first_person=first_person,
        )
        self.real = self.held.enter_context(a_terminal(self.vault, folder, whole, wall_ms))
        self.door = self.real.doors["front"]
        clock = Clock(wall_ms)
        times = Times(forced_ms=forced_ms, relock=relock, **ODD)
        hours = Hours(clock, factors, SCHEDULES, when, free, first_person)
        self.ought = Entrance(Door(times), PEOPLE, clock, hours, without_face, calibrated)
        self.before, self.track = (False, 0), 1
        self.camera(working=True)
        self._wait(OFF_BEAT_MS)

    def teardown(self) -> None:
        if hasattr(self, "held"):
            self.held.close()

    @rule(number=st.sampled_from(CARDS))
    def card(self, number: int) -> None:
        self.door.card(number)
        self.ought.card(number)

    @rule(
        number=st.sampled_from((1, 1, 2, 5, 7)),
        by=st.sampled_from(("card", "face")),
        pin=st.sampled_from(("right", "duress")),
        meanwhile=st.sampled_from(("nothing", "nothing", "clock", "lockdown", "fault")),
    )
    def passes(self, number: int, by: str, pin: str, meanwhile: str) -> None:
        """Somebody who shows all that is wanted of them, whatever happens meanwhile."""
        if by == "card":
            self.card(number)
        else:
            self.comes()
            self.look(number, "clear")
        self._happens(meanwhile)
        for _ in range(3):
            wanted = self.ought.attempt.wanted[0] if self.ought.attempt else ""
            if wanted in ("pin", "card_or_pin"):
                self.pin(pin)
            elif wanted == "card":
                self.card(number)
            elif wanted:
                self.look(number, "clear")

    def _happens(self, what: str) -> None:
        if what == "clock":
            self.jump(3_600_000)
        elif what == "lockdown":
            self.order("lockdown")
        elif what == "fault":
            self.vault_answers(works=False)

    @precondition(lambda self: self.ought.attempt)
    @rule(kind=st.sampled_from(("right", "right", "duress", "wrong", "nonsense")))
    def pin(self, kind: str) -> None:
        who = self.ought.attempt.who if self.ought.attempt else None
        person = PEOPLE.get(who or 1, PEOPLE[1])
        words = {"right": person.pin, "duress": person.duress, "wrong": "0000", "nonsense": "*"}
        self.door.pin(words[kind] or "0000")
        self.ought.pin(words[kind].strip("*") or ("" if kind == "nonsense" else "0000"))

    @precondition(lambda self: self._may_look())
    @rule(
        number=st.sampled_from((1, 1, 1, 2, 3, 6, 7, STRANGER)),
        how=st.sampled_from(("clear", "clear", "unclear", "attack")),
    )
    def look(self, number: int, how: str) -> None:
        if self._may_look():
            self.door.look(number, how, self.track)
            self.ought.look(number, how, self.track)

    def _may_look(self) -> bool:
        """Without a camera nobody sees anything; a head turn is answered in one go."""
        turning = self.ought.attempt and self.ought.attempt.turning
        return self.ought.camera and not turning

    @rule()
    def comes(self) -> None:
        """Somebody else comes before the camera."""
        self.track += 2

    @precondition(lambda self: not (self.ought.attempt and self.ought.attempt.turning))
    @rule(
        number=st.sampled_from((1, 2, 3, 7)),
        by=st.sampled_from(("card", "face")),
        how=st.sampled_from(("right", "right", "wrong", "other", "not")),
        looks_ms=st.sampled_from((1_490, 1_510, 1_510)),
    )
    def turns(self, number: int, by: str, how: str, looks_ms: int) -> None:
        """Somebody who is not clearly alive, for as long as it takes to be asked; and an answer."""
        if by == "card":
            self.card(number)
        else:
            self.comes()
            self.look(number, "unclear")
        for _ in range(2):
            self.look(number, "unclear")
            self._wait(looks_ms)
        self.look(number, "unclear")
        turning = self.ought.attempt is not None and self.ought.attempt.turning
        if turning and how != "not":
            self.door.turn(number, self.track, how)
            self.ought.turned(how == "right")

    @rule(
        face=st.sampled_from((1, 2, 7)),
        card=st.sampled_from((1, 7, 8)),
        first=st.sampled_from(("face", "card")),
    )
    def two_people(self, face: int, card: int, first: str) -> None:
        """The card of one of them and the face of the other; sometimes they are one."""
        if first == "card":
            self.card(card)
            self.look(face, "clear")
        else:
            self.comes()
            self.look(face, "clear")
            self.look(face, "clear")
            self.card(card)

    @rule()
    def lockdown_and_back(self) -> None:
        """Within free hours somebody must come first once more."""
        self.passes(1, "card", "right", "nothing")
        self.order("lockdown")
        self.order("normal")

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
            if self.ought.attempt:
                self.look(STRANGER, "clear")

    @rule(pressed=st.booleans())
    def rex(self, pressed: bool) -> None:
        self.door.rex(pressed)
        self._settles(lambda: self.ought.door.press(pressed))

    @rule(opened=st.booleans())
    def leaf(self, opened: bool) -> None:
        self.door.contact(opened)
        self._settles(self.ought.door.open if opened else self.ought.door.shut)

    @rule(burning=st.booleans())
    def fire(self, burning: bool) -> None:
        self.real.fire(burning)
        self._settles(lambda: self.ought.door.fire(burning))

    def _settles(self, happens: Callable[[], None]) -> None:
        self._wait(20)
        happens()
        self._wait(SETTLED_MS - 20)

    @rule(mode=st.sampled_from(("normal", "normal", "free", "lockdown")))
    def order(self, mode: str) -> None:
        self.door.order(mode)
        self.ought.order(mode)

    @rule()
    def walk_away(self) -> None:
        self.door.walk_away()
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
        self.ought.clock.off_ms += by_ms

    @precondition(lambda self: self.ought.attempt is None)
    @rule(working=st.booleans())
    def camera(self, working: bool) -> None:
        calibration = "site" if self.ought.calibrated else "none"
        self.real.camera(working=working, calibration=calibration)
        self.ought.camera = working

    @rule(works=st.booleans())
    def vault_answers(self, works: bool) -> None:
        self.real.disk(works=works)
        self.ought.vault = works

    @invariant()
    def both_say_the_same(self) -> None:
        self.real.read_journal()
        door = self.ought.door
        assert self.door.verdicts == self.ought.verdicts
        assert self.real.calls == self.ought.calls
        told = (self.door.released, self.door.leaf, self.door.sounding, self.door.alarm)
        assert told == (door.released(), door.leaf(), door.sounding(), door.alarm())

    @invariant()
    def who_asks_to_leave_can(self) -> None:
        assert self.door.released or not self.ought.door.pressed

    @invariant()
    def the_strike_is_released_for_a_reason(self) -> None:
        released, grants = self.before
        now = self.door.verdicts.count("granted")
        reasons = (now > grants, self.ought.door.free_to_all(), self.ought.door.exit_until_ms)
        assert released or not self.door.released or any(reasons)
        self.before = (self.door.released, now)


def test_whatever_happens_the_rooms_do_as_the_reference_says() -> None:
    """Each rule to both; strike, leaf, sounder, alarm, verdicts and calls for help are the same."""
    run_state_machine_as_test(DoorMachine, settings=SETTINGS)

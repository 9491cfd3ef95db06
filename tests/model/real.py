"""The real rooms of a terminal, from reader to relay, in a time that the test makes pass."""

import shutil
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from appliance import door, looking, sections, stepup
from appliance.entrance import Entrance
from appliance.readers.reader import CardRead, KeyRead
from appliance.terminal import Terminal
from appliance.vault import access, calendar, entries
from appliance.vault.records import Card, Enrolment, Template
from appliance.vault.store import Store
from board import wiegand
from board.link.messages import Calibration, Status
from tests.appliance.bench import KEY, MANIFEST, PINS, TEMPLATES, Board, reading, vector
from tests.model.reference_people import Person, Windows
from tests.model.still import StillLoop

SETTLED_MS = 30
"""More than an input takes to settle."""

TURNS = {stepup.LEFT: 40, stepup.RIGHT: -40}
NEAR_PX = 60
MOST_ASKED = 20
"""More than is ever asked for in a row; each turn is two readings."""

ATTACKS = {"clear": 100, "unclear": 500, "attack": 900}


def fill(
    path: Path,
    people: dict[int, Person],
    doors: tuple[str, ...] = ("front",),
    schedules: dict[str, Windows] | None = None,
) -> None:
    """Make a vault with these holders, each with the card of that number, and these schedules."""
    store = Store.open(path, KEY)
    with store.transaction():
        for name, windows in (schedules or {}).items():
            _schedule(store, name, windows)
        for number, person in people.items():
            _enrol(store, number, person, doors)
    store.close()


def _enrol(store: Store, number: int, person: Person, doors: tuple[str, ...]) -> None:
    holder = store.enrol(
        Enrolment(
            f"Holder {number}",
            cards=(Card("H10301", 7, number),),
            pin=PINS.hashes(person.pin, person.duress or None) if person.pin else None,
            templates=(Template(TEMPLATES, vector(number), 1),) if person.face else (),
            valid_until_ms=person.until_ms,
            extended_unlock=person.extended,
            escort=person.escort,
        )
    )
    if person.suspended:
        store.set_holder_status(holder, "suspended")
    if person.lost:
        found = store.find_card([Card("H10301", 7, number)])
        assert found
        store.set_card_status(found.credential.id, "lost")
    if person.hours is not None:
        _schedule(store, f"hours-{number}", person.hours)
    for name in doors if person.right else ():
        access.set_right(store, holder, name, "" if person.hours is None else f"hours-{number}")


def _schedule(store: Store, name: str, windows: Windows) -> None:
    days = [(sum(1 << day for day in days), begin, end) for days, begin, end in windows]
    calendar.set_schedule(store, name, days)


class RealDoor:
    """One door: cards, keys and faces in, strike and verdicts out."""

    def __init__(self, real: "Real", name: str, entrance: Entrance, site: sections.Portal):
        self._real, self._site = real, site
        self.name, self.portal, self._admission = name, entrance.portal, entrance.admission
        self.follower, self._entrance = entrance.follower, entrance
        self.verdicts: list[str] = []

    def card(self, number: int) -> None:
        self._admission.happen(CardRead(tuple(wiegand.encode("H10301", 7, number))))
        self._real.settle()

    def pin(self, entered: str) -> None:
        for key in entered + "#":
            self._admission.happen(KeyRead(key))
        self._real.settle()

    def look(self, number: int, how: str, track: int, yaw_deg: int = 0) -> None:
        """A reading of this number's face, for the attempt that runs if one does."""
        case = self._admission.course.case
        seen = reading(case.number if case else 0, number)
        seen = msgspec.structs.replace(
            seen, track=track, attack_permille=ATTACKS[how], yaw_deg=yaw_deg, eyes_px=NEAR_PX
        )
        self._admission.happen(seen)
        self._real.settle()

    def turn(self, number: int, track: int, how: str) -> None:
        """Answer a head turn to its end: `right`, `wrong`, or somebody else (`other`)."""
        for _ in range(MOST_ASKED):
            asked = self._asked()
            if not asked:
                return
            yaw_deg = TURNS.get(asked, 0) * (-1 if how == "wrong" else 1)
            self.look(number, "clear", track + (how == "other"), yaw_deg)

    def _asked(self) -> str:
        case = self._admission.course.case
        return stepup.asked(case.attempt.step_up) if case else ""

    def contact(self, opened: bool) -> None:
        self._real.input(self._site.contact.pin, int(opened))

    def rex(self, pressed: bool) -> None:
        self._real.input(self._site.rex.pin, int(not pressed))

    def order(self, mode: str) -> None:
        self._real.do(lambda: self.portal.set_mode(mode))

    def walk_away(self) -> None:
        self._real.do(self.portal.end_grant)
        self._real.do(self.follower.on_ended)

    @property
    def released(self) -> bool:
        return bool(self._real.board.pin(self._site.strike).value())

    @property
    def sounding(self) -> bool:
        return bool(self._real.board.pin(self._site.sounder).value())

    @property
    def leaf(self) -> str:
        return door.LEAF_WORDS[self.portal.state.leaf]

    @property
    def alarm(self) -> str:
        return self._entrance.status(tamper=False, fire=False).alarm


class Real:
    """A terminal over a vault; its time, its clock, its disk and its journal."""

    def __init__(self, loop: StillLoop, folder: Path, site: sections.Site, wall_ms: int):
        self._loop = loop
        self._wall_ms, self._off_ms, self._began_s = wall_ms, 0, loop.now_s
        self._seen = 0
        self.calls = 0
        self.passed: list[tuple[str, str, bool]] = []
        self.board = Board(folder / "board.sock", site.terminal.board)
        self.store = Store.open(folder / "vault.db", KEY)
        self.terminal = Terminal(site, self.board, MANIFEST, self.store, "boot", folder, self._wall)
        self._fire = site.fire.pin
        self._stop_the_clocks()
        self.terminal._link.linked = True
        self.doors = {
            name: RealDoor(self, name, entrance, site.portals[name])
            for name, entrance in self.terminal._entrances.items()
        }
        self._tasks = [loop.create_task(work) for work in self._works()]
        self.camera(working=True)

    def _works(self) -> Iterator[Coroutine[object, object, None]]:
        for real in self.doors.values():
            yield real.portal.run(_beat)
            yield real._admission.run(_beat)
        yield self.terminal._timetable.run(_beat)
        yield self.terminal._opening.run(_beat)

    def _stop_the_clocks(self) -> None:
        """Whatever measures time takes it from here."""
        terminal = self.terminal
        clock = terminal._people._clock
        clock._elapsed_ms = self.mono_ms
        clock.accept()
        terminal._tries.now_ms = self.mono_ms
        terminal._presence._now_ms, terminal._presence._began_ms = self.mono_ms, 0
        for entrance in terminal._entrances.values():
            entrance.admission.conclusion._party._now_ms = self.mono_ms

    def mono_ms(self) -> int:
        return round((self._loop.now_s - self._began_s) * 1000)

    def _wall(self) -> int:
        return self._wall_ms + self.mono_ms() + self._off_ms

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.settle()
        self.terminal._clerk.close()

    # What happens

    def settle(self) -> None:
        self._loop.settle()

    def do(self, what: Callable[[], object]) -> None:
        self._loop.call_soon(what)
        self.settle()

    def run(self, work: Coroutine[object, object, object]) -> None:
        """Carry out what an operator asks for."""
        self._loop.run_until_complete(work)
        self.settle()

    def wait(self, for_ms: int) -> None:
        self._loop.advance(for_ms)

    def jump(self, by_ms: int) -> None:
        self._off_ms += by_ms

    def input(self, pin: str, level: int) -> None:
        self.do(lambda: self.board.pin(pin).value(level))

    def fire(self, burning: bool) -> None:
        self.input(self._fire, int(burning))

    def disk(self, *, works: bool) -> None:
        """Whether the vault answers."""
        self._loop.failing = None if works else self.terminal._clerk._thread

    def camera(self, *, working: bool, calibration: Calibration = "site") -> None:
        self.terminal._link.status = Status(False, working, "test", 0, 0, 0, calibration)

    def read_journal(self) -> None:
        """Take up what was written since."""
        for entry in entries.read(self.store, self._seen):
            self._seen = entry.seq
            body = msgspec.json.decode(entry.body)
            if entry.kind in ("granted", "denied"):
                self.doors[entry.portal].verdicts.append(body.get("reason", "granted"))
            elif entry.kind == "passed":
                self.passed.append((body["holder"], body["area"], "reason" in body))
            self.calls += entry.kind == "duress" or bool(body.get("duress"))


def _beat() -> None:
    """Nobody counts."""


@contextmanager
def a_terminal(vault: Path, folder: Path, site: sections.Site, wall_ms: int) -> Iterator[Real]:
    """A terminal over a copy of this vault."""
    shutil.copyfile(vault, folder / "vault.db")
    loop = StillLoop()

    async def make() -> Real:
        return Real(loop, folder, site, wall_ms)

    with ExitStack() as held:
        held.enter_context(closing(loop))
        real = loop.run_until_complete(make())
        held.enter_context(pytest.MonkeyPatch.context()).setattr(
            looking, "monotonic_ms", real.mono_ms
        )
        loop.settle()
        held.enter_context(closing(real))
        yield real

"""The real rooms of one door, from reader to relay, in a time that the test makes pass."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from appliance import door
from appliance.readers.reader import CardRead, KeyRead
from appliance.terminal import Terminal
from appliance.vault import access, calendar, entries
from appliance.vault.records import Card, Enrolment, Template
from appliance.vault.store import Store
from board import wiegand
from board.link.messages import FaceReading, Status
from tests.appliance.bench import KEY, MANIFEST, PINS, TEMPLATES, Board, reading, site, vector
from tests.model.reference import Person
from tests.model.reference_door import Times
from tests.model.still import StillLoop

SETTLED_MS = 30
"""More than an input takes to settle."""


def fill(path: Path, people: dict[int, Person]) -> None:
    """Make a vault with these holders, each with the card of that number."""
    store = Store.open(path, KEY)
    with store.transaction():
        for number, person in people.items():
            _enrol(store, number, person)
    store.close()


def _enrol(store: Store, number: int, person: Person) -> None:
    holder = store.enrol(
        Enrolment(
            f"Holder {number}",
            cards=(Card("H10301", 7, number),),
            pin=PINS.hashes(person.pin, person.duress or None) if person.pin else None,
            templates=(Template(TEMPLATES, vector(number), 1),) if person.face else (),
            valid_until_ms=person.until_ms,
            extended_unlock=person.extended,
        )
    )
    if person.suspended:
        store.set_holder_status(holder, "suspended")
    if person.lost:
        found = store.find_card([Card("H10301", 7, number)])
        assert found
        store.set_card_status(found.credential.id, "lost")
    if person.hours is not None:
        windows = [(sum(1 << d for d in days), begin, end) for days, begin, end in person.hours]
        calendar.set_schedule(store, f"hours-{number}", windows)
    if person.right:
        schedule = "" if person.hours is None else f"hours-{number}"
        access.set_right(store, holder, "front", schedule)


class Real:
    """Cards, keys, faces, inputs, orders and time in; the relay and the verdicts out."""

    def __init__(self, loop: StillLoop, folder: Path, times: Times, factors: str, wall_ms: int):
        self._loop = loop
        self._wall_ms, self._off_ms, self._began_s = wall_ms, 0, loop.now_s
        self._seen = 0
        self.verdicts: list[str] = []
        self.calls = 0
        self.board = Board(folder / "board.sock")
        self.store = Store.open(folder / "vault.db", KEY)
        whole = site(
            factors=factors,
            unlock_ms=times.unlock_ms,
            extended_ms=times.extended_ms,
            held_ms=times.held_ms,
            prealarm_ms=times.held_ms // 2,
            factor_ms=times.factor_ms,
            forced_ms=times.forced_ms,
            relock=times.relock,
        )
        self._terminal = Terminal(
            whole, self.board, MANIFEST, self.store, "boot", folder, self._now_ms
        )
        clock = self._terminal._people._clock
        clock._elapsed_ms = self._mono_ms
        clock.accept()
        self._terminal._tries.now_ms = self._mono_ms
        self._terminal._link.linked = True
        entrance = self._terminal._entrances["front"]
        self.portal, self._admission = entrance.portal, entrance.admission
        self._tasks = [
            loop.create_task(self.portal.run(lambda: None)),
            loop.create_task(self._admission.run(lambda: None)),
        ]
        self.camera(working=True)

    def _mono_ms(self) -> int:
        return round((self._loop.now_s - self._began_s) * 1000)

    def _now_ms(self) -> int:
        return self._wall_ms + self._mono_ms() + self._off_ms

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._loop.settle()
        self._terminal._clerk.close()

    # What happens

    def wait(self, for_ms: int) -> None:
        self._loop.advance(for_ms)

    def jump(self, by_ms: int) -> None:
        self._off_ms += by_ms

    def card(self, number: int) -> None:
        self._admission.happen(CardRead(tuple(wiegand.encode("H10301", 7, number))))
        self._loop.settle()

    def pin(self, entered: str) -> None:
        for key in entered + "#":
            self._admission.happen(KeyRead(key))
        self._loop.settle()

    def look(self, number: int, attack_permille: int) -> None:
        """A reading for the attempt that runs, if one does."""
        case = self._admission.course.case
        seen: FaceReading = reading(case.number if case else 0, number)
        seen = msgspec.structs.replace(seen, attack_permille=attack_permille)
        self._admission.happen(seen)
        self._loop.settle()

    def camera(self, *, working: bool) -> None:
        self._terminal._link.status = Status(False, working, "test", 0, 0, 0, "site")

    def input(self, pin: str, level: int) -> None:
        self._do(lambda: self.board.pin(pin).value(level))

    def order(self, mode: str) -> None:
        self._do(lambda: self.portal.set_mode(mode))

    def walk_away(self) -> None:
        self._do(self.portal.end_grant)

    def _do(self, what: Callable[[], object]) -> None:
        self._loop.call_soon(what)
        self._loop.settle()

    # What is seen

    @property
    def released(self) -> bool:
        return bool(self.board.pin("K1").value())

    @property
    def sounding(self) -> bool:
        return bool(self.board.pin("K2").value())

    @property
    def leaf(self) -> str:
        return door.LEAF_WORDS[self.portal.state.leaf]

    @property
    def alarm(self) -> str:
        return door.alarm(self.portal.state)

    def read_journal(self) -> None:
        """Take up the verdicts that were written since."""
        for entry in entries.read(self.store, self._seen):
            self._seen = entry.seq
            body = msgspec.json.decode(entry.body)
            if entry.kind in ("granted", "denied"):
                self.verdicts.append(body.get("reason", "granted"))
            self.calls += entry.kind == "duress" or bool(body.get("duress"))


@contextmanager
def a_door(vault: Path, folder: Path, times: Times, factors: str, wall_ms: int) -> Iterator[Real]:
    """A door over a copy of this vault."""
    shutil.copyfile(vault, folder / "vault.db")
    loop = StillLoop()

    async def make() -> Real:
        return Real(loop, folder, times, factors, wall_ms)

    with closing(loop):
        real = loop.run_until_complete(make())
        loop.settle()
        with closing(real):
            yield real

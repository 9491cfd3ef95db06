"""Somebody who guesses, and how long each guess must cost."""

from typing import Final

from appliance import lockout
from tests.model.broken import demand
from tests.model.chance import Chance
from tests.model.reference import Entrance, Wrongs
from tests.model.reference_door import Door, Times

HOLDER: Final = "h1"
STEPS_MS: Final = (0, 1, 999, 5_000, 20_000, 300_000, 1_000_000, 84_000_000, 90_000_000)


class GuessWalk:
    """Lock-outs of one holder and one reader, beside the reference."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._now_ms = 0
        self._wrong: tuple[lockout.Count, ...] = lockout.NO_COUNTS
        self._reader = lockout.QUIET
        self._wrongs = Wrongs()
        self._ought = Entrance(Door(Times()), {}, "card", 0)

    def step(self) -> str:
        """A PIN, right or wrong, at a reader that is open or shut. Raises Broken."""
        self._now_ms += self._chance.of(STEPS_MS)
        wrongs = self._wrongs
        waits = self._now_ms < wrongs.wait_until_ms
        waited = lockout.waits(self._wrong, HOLDER, self._now_ms)
        demand(waited is waits, "a PIN waits as long", wrongs)
        self._ought.door.now_ms = self._now_ms
        if not waits and self._chance.part() < 0.9:
            self._wrong = lockout.wrong(self._wrong, HOLDER, self._now_ms)
            self._ought.wrong_pin(wrongs)
        elif not waits:
            self._wrong = lockout.right(self._wrong, HOLDER)
            self._wrongs = Wrongs()
        if self._now_ms >= self._ought.shut_until_ms:
            for _ in range(self._chance.of((1, 5))):
                self._reader = lockout.guessed(self._reader, self._now_ms)
                self._ought.guess()
        shut = self._now_ms < self._ought.shut_until_ms
        was = lockout.shut(self._reader, self._now_ms)
        demand(was is shut, "a reader shuts as long", self._reader)
        return "shut" if shut else "waits" if waits else "guess"

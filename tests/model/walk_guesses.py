"""Somebody who guesses, and how long each guess must cost."""

from typing import Final

from appliance import lockout
from tests.model.broken import demand
from tests.model.chance import Chance
from tests.model.reference_tries import Tries

HOLDER: Final = "h1"
STEPS_MS: Final = (0, 1, 999, 5_000, 20_000, 300_000, 1_000_000, 84_000_000, 90_000_000)


class GuessWalk:
    """Lock-outs of one holder and one reader, beside the reference."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._now_ms = 0
        self._wrong: tuple[lockout.Count, ...] = lockout.NO_COUNTS
        self._reader = lockout.QUIET
        self._ought = Tries()

    def step(self) -> str:
        """A PIN, right or wrong, at a reader that is open or shut. Raises Broken."""
        self._now_ms += self._chance.of(STEPS_MS)
        waits = self._ought.waits(0, self._now_ms)
        waited = lockout.waits(self._wrong, HOLDER, self._now_ms)
        demand(waited is waits, "a PIN waits as long", self._ought)
        if not waits and self._chance.part() < 0.9:
            self._wrong = lockout.wrong(self._wrong, HOLDER, self._now_ms)
            self._ought.wrong_pin(0, self._now_ms)
        elif not waits:
            self._wrong = lockout.right(self._wrong, HOLDER)
            self._ought.right_pin(0)
        if not self._ought.shut(self._now_ms):
            for _ in range(self._chance.of((1, 5))):
                self._reader = lockout.guessed(self._reader, self._now_ms)
                self._ought.guess(self._now_ms)
        shut = self._ought.shut(self._now_ms)
        was = lockout.shut(self._reader, self._now_ms)
        demand(was is shut, "a reader shuts as long", self._reader)
        return "shut" if shut else "waits" if waits else "guess"

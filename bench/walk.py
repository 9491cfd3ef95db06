"""A seeded random walk over door, decision, schedule and lock-out: python -m bench.walk."""

import argparse
import sys
import time
from collections import Counter

from appliance.decision import GRANTED
from tests.model.broken import Broken
from tests.model.chance import Chance
from tests.model.walk_door import DoorWalk
from tests.model.walk_guesses import GuessWalk
from tests.model.walk_people import PeopleWalk


class Walk:
    """One portal's pure rooms; every invariant is looked at after each step.

    counts: how often what happened.
    """

    def __init__(self, seed: int) -> None:
        chance = self._chance = Chance(seed)
        self._door, self._people = DoorWalk(chance), PeopleWalk(chance)
        self._guesses = GuessWalk(chance)
        self.counts: Counter[str] = Counter()

    def steps(self, count: int) -> None:
        """Go on by so many. Raises Broken, which says at which step."""
        for number in range(count):
            try:
                self.counts[self._step()] += 1
            except Broken as fault:
                raise Broken(f"step {number}: {fault}") from fault

    def _step(self) -> str:
        what = self._chance.part()
        if what < 0.5:
            return self._door.step()
        if what < 0.6:
            return self._guesses.step()
        reason = self._people.step(self._door.state.mode)
        if reason == GRANTED:
            self._door.grant()
        return reason


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    walk, began_s = Walk(options.seed), time.perf_counter()
    try:
        walk.steps(options.steps)
    except Broken as fault:
        print(f"broken at {fault}")
        return 1
    took_s = time.perf_counter() - began_s
    print(f"{options.steps:,} steps without a broken invariant in {took_s:.1f} s")
    for word, count in sorted(walk.counts.items()):
        print(f"{word:<28} {count:10,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

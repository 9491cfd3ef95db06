"""The golden set: what these models make of the same pictures, beside what was made before."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np

from appliance import matcher
from appliance.clerk import Clerk
from appliance.vault import models
from appliance.vault.models import GoldenAnswer, GoldenLine, Maker
from appliance.vault.records import VECTOR_LENGTH
from appliance.vault.store import Store
from board.bundle import Manifest
from board.link.messages import EnrolReading

ALIKE_E4: Final = 9_800
"""Of two templates of one picture by the same networks. On one machine they are the same bytes; a
variant on an accelerator rounds otherwise: 9980 at the least (docs/models.md)."""
ODDS_E2: Final = 100
"""How far the same spoof net's log-odds may be apart, in hundredths: 44 at the most there."""
MOST_ODDS_E2: Final = 1_000_000
PAUSE_S: Final = 0.3
"""Between two pictures: whoever stands at the door waits for one of them at most."""

Ask = Callable[[bytes], Awaitable[EnrolReading | None]]


class Silent(Exception):
    """The co-processor gave no answer to a picture: nothing is known, neither good nor bad."""


class Difference(NamedTuple):
    """What is not as it was: the picture's number, or two as `1+3`, and a sentence."""

    pictures: str
    sentence: str


class Checked(NamedTuple):
    """The whole set asked anew: the answers in order, and what differs."""

    answers: tuple[GoldenAnswer, ...]
    differs: tuple[Difference, ...]


def maker_of(manifest: Manifest) -> Maker:
    """Who makes answers under this manifest."""
    spoof = "".join(entry.sha256 for entry in manifest.models if entry.role == "spoof")
    return Maker(
        manifest.identity,
        manifest.template_identity,
        hashlib.sha256(spoof.encode()).hexdigest()[:16],
        manifest.thresholds.match_e4,
    )


def differences(
    kept: Sequence[GoldenLine], fresh: Sequence[GoldenAnswer], now: Maker
) -> tuple[Difference, ...]:
    """What the models of `now` make otherwise. Empty: they may take the place of those before.

    The same networks must give the same templates. Templates of other networks cannot be compared
    with the old ones; there, those who were one person must still be, and nobody else.
    """
    found = [_of_one(line, answer, now) for line, answer in zip(kept, fresh, strict=True)]
    pairs = combinations(zip(kept, fresh, strict=True), 2)
    found += [_of_two(one, other, now) for one, other in pairs]
    return tuple(difference for difference in found if difference)


def _of_one(line: GoldenLine, answer: GoldenAnswer, now: Maker) -> Difference | None:
    was, same = line.answer, line.maker.networks == now.networks
    alike_e4, apart_e2 = _alike_e4(was, answer), _apart_e2(was, answer)
    answered = bool(answer.template)
    said = ""
    if answered != bool(was.template) or (same and answer.refusal != was.refusal):
        said = f"was {was.refusal or 'answered'}, is {answer.refusal or 'answered'}"
    elif same and answered and alike_e4 < ALIKE_E4:
        said = f"its template is alike by {alike_e4 / 10_000:.4f} only"
    elif line.maker.spoof == now.spoof and apart_e2 > ODDS_E2:
        said = f"its live log-odds moved by {apart_e2 / 100:.2f}"
    return Difference(str(line.number), f"picture {line.number}: {said}") if said else None


def _of_two(
    one: tuple[GoldenLine, GoldenAnswer], other: tuple[GoldenLine, GoldenAnswer], now: Maker
) -> Difference | None:
    (first, was_one), (second, was_other) = (one[0], one[0].answer), (other[0], other[0].answer)
    if not all(answer.template for answer in (was_one, was_other, one[1], other[1])):
        return None
    were = _alike_e4(was_one, was_other) >= first.maker.match_e4
    are = _alike_e4(one[1], other[1]) >= now.match_e4
    if were == are:
        return None
    said = "were one person and are two" if were else "were two people and are one"
    numbers = f"{first.number}+{second.number}"
    return Difference(numbers, f"pictures {first.number} and {second.number}: {said}")


def _alike_e4(one: GoldenAnswer, other: GoldenAnswer) -> int:
    templates = np.frombuffer(other.template, np.int8).reshape(-1, VECTOR_LENGTH)
    return matcher.verify(one.template, templates) if one.template else matcher.FLOOR


def _apart_e2(one: GoldenAnswer, other: GoldenAnswer) -> int:
    return abs(one.live_log_odds_e2 - other.live_log_odds_e2)


def notes(answers: Sequence[GoldenAnswer], match_e4: int) -> tuple[str, ...]:
    """What whoever made a set should look at: pictures without a template, and who is whom."""
    found = [
        f"picture {number}: no template ({answer.refusal}); that is kept as its answer"
        for number, answer in enumerate(answers, start=1)
        if not answer.template
    ]
    for (one, first), (other, second) in combinations(enumerate(answers, start=1), 2):
        if _alike_e4(first, second) >= match_e4:
            found.append(f"pictures {one} and {other}: one person")
    return tuple(found)


class GoldenSet:
    """The set in the vault and what answers for it now; one use at a time."""

    def __init__(self, clerk: Clerk, ask: Ask, manifest: Manifest) -> None:
        self._clerk = clerk
        self._ask = ask
        self._busy = asyncio.Lock()
        self.maker = maker_of(manifest)

    async def check(self) -> Checked:
        """Ask every picture anew. Raises Silent, VaultFault."""
        async with self._busy:
            kept = await self._clerk.ask(models.golden)
            answers = []
            for line in kept:
                picture = await self._clerk.ask(_reader(line.number))
                answers.append(await self._answer(picture))
            return Checked(tuple(answers), differences(kept, answers, self.maker))

    async def make(self, pictures: Sequence[bytes], consent: str, uid: int) -> Checked:
        """Keep these pictures and today's answers in place of the former set.

        Raises Silent, VaultFault; then the former set stays.
        """
        models.check_golden(pictures, consent)  # before the first of a million is asked for
        async with self._busy:
            answers = [await self._answer(picture) for picture in pictures]
            at_ms = time.time_ns() // 1_000_000
            await self._clerk.change(
                lambda store: models.keep_golden(
                    store, pictures, consent, answers, self.maker, at_ms
                ),
                "golden_made",
                lambda _: {"count": len(pictures), "bundle": self.maker.bundle, "uid": uid},
            )
            return Checked(tuple(answers), ())

    async def forget(self, uid: int) -> None:
        """Erase the set. Raises VaultFault."""
        async with self._busy:
            await self._clerk.change(
                models.forget_golden, "golden_forgotten", lambda _: {"uid": uid}
            )
            await self._clerk.ask(lambda store: store.database.fold_log())

    async def _answer(self, picture: bytes) -> GoldenAnswer:
        reading = await self._ask(picture)
        await asyncio.sleep(PAUSE_S)
        if reading is None:
            raise Silent("the co-processor does not answer; is it running?")
        odds_e2 = max(-MOST_ODDS_E2, min(reading.live_log_odds_e2, MOST_ODDS_E2))
        if not reading.refusal and len(reading.template) != VECTOR_LENGTH:
            return GoldenAnswer("malformed", b"", odds_e2)
        return GoldenAnswer(reading.refusal, b"" if reading.refusal else reading.template, odds_e2)


def _reader(number: int) -> Callable[[Store], bytes]:
    return lambda store: models.golden_picture(store, number)

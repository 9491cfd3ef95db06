"""Stories of guessing at the door: who has to wait, who does not, and what a restart changes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from appliance import lockout, wording
from appliance.readers.reader import CardRead
from appliance.wallclock import system_ms
from board import wiegand
from tests.appliance.bench import DURESS, PIN, Scene, Vault, reading, running
from tests.coprocessor.waiting import eventually

ANNA, BEN = 11, 12
WRONG = "9999"
BURST = ("denied_burst", "momentary")
CALL = ("duress", "momentary")


class Clock:
    """The terminal's time for waits, which a story can put forward."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def __call__(self) -> int:
        return time.monotonic_ns() // 1_000_000 + self.ahead_ms


def tell(
    vault: Vault, folder: Path, story: Callable[[Scene, Clock], Awaitable[None]], **portal: Any
) -> None:
    async def told() -> None:
        doors = {"factors": "card+pin", "factor_ms": 20_000} | portal
        async with running(vault, folder, **doors) as scene:
            clock = Clock()
            scene.terminal._tries.now_ms = clock
            await story(scene, clock)

    asyncio.run(told())


async def enters(scene: Scene, number: int, pin: str) -> str:
    """A card and a PIN; returns what became of it, and the display's word for it."""
    before = len(verdicts(scene.vault))
    await scene.card(number)
    await scene.shows(wording.PROMPTS["pin"])
    await scene.keys(pin + "#")
    await eventually(lambda: len(verdicts(scene.vault)) > before, "a verdict")
    verdict = verdicts(scene.vault)[-1]
    await scene.shows(wording.WELCOME if verdict == "granted" else wording.REFUSALS[verdict])
    return verdict


def verdicts(vault: Vault) -> list[str]:
    entries = [entry for entry in vault.journal() if entry.kind in ("granted", "denied")]
    return [vault.body(entry).get("reason", "granted") for entry in entries]


async def fails(scene: Scene, clock: Clock, times: int, number: int = ANNA) -> None:
    """So many wrong PINs of one holder, each as soon as it counts again."""
    for wrong in range(times):
        clock.ahead_ms += lockout.wait_ms(wrong)
        assert await enters(scene, number, WRONG) == "wrong_pin"


def test_after_five_wrong_pins_the_right_one_does_not_count_until_the_time_is_over(
    vault: Vault, tmp_path: Path
) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene, clock: Clock) -> None:
        await fails(scene, clock, 5)
        assert await enters(scene, ANNA, PIN) == "locked_out"
        clock.ahead_ms += lockout.LONG_MS - 60_000
        assert await enters(scene, ANNA, PIN) == "locked_out"
        assert 1 not in scene.board.strike
        clock.ahead_ms += 60_000
        assert await enters(scene, ANNA, PIN) == "granted"
        assert await enters(scene, ANNA, WRONG) == "wrong_pin"  # the count began anew
        assert await enters(scene, ANNA, PIN) == "granted"

    tell(vault, tmp_path, story)


def test_a_right_and_a_wrong_pin_are_refused_alike_and_neither_makes_it_longer(
    vault: Vault, tmp_path: Path
) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene, clock: Clock) -> None:
        await fails(scene, clock, 3)
        for pin in (PIN, WRONG, PIN, "1", WRONG):
            assert await enters(scene, ANNA, pin) == "locked_out"
        clock.ahead_ms += lockout.SHORT_MS
        assert await enters(scene, ANNA, WRONG) == "wrong_pin"
        assert await enters(scene, ANNA, PIN) == "locked_out"
        clock.ahead_ms += lockout.SHORT_MS * 2
        assert await enters(scene, ANNA, PIN) == "granted"

    tell(vault, tmp_path, story)


def test_nobody_else_has_to_wait_and_the_lock_out_is_told_once(
    vault: Vault, tmp_path: Path
) -> None:
    anna = vault.enrol(ANNA)
    vault.enrol(BEN)

    async def story(scene: Scene, clock: Clock) -> None:
        await fails(scene, clock, 5)
        assert await enters(scene, ANNA, PIN) == "locked_out"
        assert await enters(scene, BEN, PIN) == "granted"
        assert await enters(scene, ANNA, PIN) == "locked_out"
        told = [entry for entry in vault.journal() if entry.kind == "locked_out"]
        assert [vault.body(entry) for entry in told] == [{"holder": anna}]
        assert CALL not in vault.alerts()

    tell(vault, tmp_path, story)


def test_a_restart_keeps_the_lock_out(vault: Vault, tmp_path: Path) -> None:
    """And the count before it: a power cut after four is no four tries more."""
    vault.enrol(ANNA)
    vault.enrol(BEN)

    async def guesses(scene: Scene, clock: Clock) -> None:
        await fails(scene, clock, 4)
        await fails(scene, clock, 2, BEN)

    async def again(scene: Scene, clock: Clock) -> None:
        assert await enters(scene, ANNA, PIN) == "locked_out"
        clock.ahead_ms += lockout.SHORT_MS * 2
        assert await enters(scene, ANNA, WRONG) == "wrong_pin"
        assert await enters(scene, BEN, PIN) == "granted"

    async def locked(scene: Scene, clock: Clock) -> None:
        clock.ahead_ms += lockout.LONG_MS - 60_000
        assert await enters(scene, ANNA, PIN) == "locked_out"
        for _ in range(2):
            assert await enters(scene, BEN, WRONG) == "wrong_pin"
        assert await enters(scene, BEN, PIN) == "granted"
        clock.ahead_ms += 60_000
        assert await enters(scene, ANNA, PIN) == "granted"

    for story in (guesses, again, locked):
        tell(vault, tmp_path, story)


def test_a_clock_set_forward_over_a_restart_ends_no_lock_out(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def guesses(scene: Scene, clock: Clock) -> None:
        await fails(scene, clock, lockout.LOCKING)

    async def tomorrow(scene: Scene, _clock: Clock) -> None:
        assert await enters(scene, ANNA, PIN) == "locked_out"

    tell(vault, tmp_path, guesses)
    tell(vault, tmp_path, tomorrow, wall_ms=lambda: system_ms() + lockout.FORGOTTEN_MS)


def test_who_is_forced_to_guess_can_still_call_for_help(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene, clock: Clock) -> None:
        await fails(scene, clock, 3)
        assert await enters(scene, ANNA, DURESS) == "locked_out"
        await eventually(lambda: CALL in vault.alerts())
        assert 1 not in scene.board.strike
        clock.ahead_ms += lockout.SHORT_MS
        assert await enters(scene, ANNA, DURESS) == "granted"  # and counts as right
        assert await enters(scene, ANNA, WRONG) == "wrong_pin"
        assert await enters(scene, ANNA, PIN) == "granted"

    tell(vault, tmp_path, story)


def test_at_a_face_door_the_pin_besides_is_counted_too(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene, clock: Clock) -> None:
        peer = await scene.coprocessor(calibration="none")
        for number, wait_ms in enumerate((0, 0, 0, 0, 10_000), 1):
            clock.ahead_ms += wait_ms
            await peer.say(reading(0, ANNA, track=number))
            await peer.face(ANNA, number)
            await scene.shows(wording.PROMPTS["card_or_pin"])
            await scene.keys((PIN if number == 4 else WRONG) + "#")
            await scene.denied("locked_out" if number == 4 else "wrong_pin", number)

    tell(vault, tmp_path, story, factors="face")


def test_a_right_pin_before_a_wrong_face_is_no_wrong_try(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(ANNA)

    async def story(scene: Scene, clock: Clock) -> None:
        peer = await scene.coprocessor()
        await fails(scene, clock, 3)
        clock.ahead_ms += lockout.SHORT_MS
        await scene.card(ANNA)
        await scene.keys(PIN + "#")
        for _ in range(6):
            await peer.face(99)
        await scene.denied("no_match", 4)
        assert await enters(scene, ANNA, WRONG) == "wrong_pin"
        await scene.card(ANNA)
        await scene.keys(PIN + "#")
        await peer.face(ANNA, 2)
        await scene.released()

    tell(vault, tmp_path, story, factors="card+pin+face")


def swiped(number: int) -> CardRead:
    return CardRead(tuple(wiegand.encode("H10301", 7, number)))


@pytest.mark.parametrize("tried", [30, 1_000])
def test_a_vandal_shuts_the_reader_for_its_time_and_no_longer(
    vault: Vault, tmp_path: Path, tried: int
) -> None:
    """However many cards: few alerts, a short journal, and then a right card opens as ever."""
    vault.enrol(ANNA)

    async def story(scene: Scene, clock: Clock) -> None:
        admission = scene.terminal._entrances["front"].admission
        for number in range(tried):
            await admission._take(swiped(1_000 + number))
        await scene.shows(wording.REFUSALS["locked_out"])
        await scene.denied("unknown_credential", lockout.GUESSES)
        await scene.card(ANNA)
        clock.ahead_ms += lockout.SHUT_MS
        assert await enters(scene, ANNA, PIN) == "granted"
        away = vault.body(await scene.recorded("turned_away"))["count"]
        assert away in (tried - lockout.GUESSES, tried - lockout.GUESSES + 1)
        assert vault.reasons() == ["unknown_credential"] * lockout.GUESSES
        assert vault.kinds().count("locked_out") == 1
        assert vault.alerts().count(BURST) == 1 + lockout.GUESSES // 5

    tell(vault, tmp_path, story)


def test_a_reader_that_is_shut_says_nothing_of_a_card(vault: Vault, tmp_path: Path) -> None:
    """A card that would open by itself is turned away like any other; the way out is not."""
    vault.enrol(ANNA)

    async def story(scene: Scene, clock: Clock) -> None:
        for number in range(lockout.GUESSES):
            await scene.terminal._entrances["front"].admission._take(swiped(1_000 + number))
        for number in (ANNA, 404):
            await scene.card(number)
            await scene.shows(wording.REFUSALS["locked_out"])
        assert 1 not in scene.board.strike
        await scene.denied("unknown_credential", lockout.GUESSES)
        portal = scene.terminal._entrances["front"].portal
        scene.board.pin("IN2").value(0)
        await eventually(lambda: portal.rex.asserted, "rex")
        await scene.released()
        scene.board.pin("IN2").value(1)
        scene.board.strike.clear()
        clock.ahead_ms += lockout.SHUT_MS
        await scene.card(ANNA)
        await eventually(lambda: "granted" in vault.kinds())

    tell(vault, tmp_path, story, factors="card")


def test_a_wrong_pin_is_told_only_when_it_is_on_disk(vault: Vault, tmp_path: Path) -> None:
    """Whoever cuts the power before the display says so has not learned it, either."""
    vault.enrol(ANNA)

    async def story(scene: Scene, _clock: Clock) -> None:
        await scene.card(ANNA)
        await scene.shows(wording.PROMPTS["pin"])
        tries = scene.terminal._tries
        await scene.keys(WRONG)
        people = scene.terminal._people
        hashed = people.check_pin

        async def then_locked(holder: str, entered: str) -> int:
            answer = await hashed(holder, entered)
            stack.__enter__()
            return answer

        stack = vault.locked()
        people.check_pin = then_locked  # type: ignore[method-assign]
        await scene.keys("#")
        try:
            await scene.shows(wording.REFUSALS["fault"])
        finally:
            stack.__exit__(None, None, None)
        assert [count.wrong for count in tries._counts] == [1]

    tell(vault, tmp_path, story)

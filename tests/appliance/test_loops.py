"""A supervised input: asserted or not, what is wrong with its line, and which of it is told."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.inputs import POLL_S, Inputs
from appliance.loops import Loop
from appliance.sections import Call, Contact, Supervision
from appliance.supervision import GRAVER_POLLS, MILDER_POLLS, Limits
from board.parts import SimulatedADC
from tests.appliance.bench import Board
from tests.coprocessor.waiting import eventually

ONE, TWO, CUT, SHORT = 500, 667, 1000, 0
CONTACT = Contact("AIN1", "high", supervised=True)
BUTTON = Call("AIN2", "low", supervised=True)
ANYWAY = msgspec.structs.replace(BUTTON, fault="asserted")


class Told:
    """A loop whose voltage the test sets, and what it has told."""

    def __init__(self, wired: Contact, permille: int) -> None:
        self.adc = SimulatedADC(permille)
        self.words: list[bool | str] = []
        limits = Limits(250, 590, 850, wired.asserted == "high")
        self.loop = Loop(self.adc, wired, limits, self.words.append, self.words.append)

    def after(self, permille: int, polls: int = MILDER_POLLS) -> "Told":
        self.adc.put(permille)
        for _ in range(polls):
            self.loop.poll()
        return self


@pytest.mark.parametrize(
    ("wired", "rest", "away"), [(CONTACT, ONE, TWO), (BUTTON, TWO, ONE), (ANYWAY, TWO, ONE)]
)
def test_a_whole_line_tells_its_input_and_nothing_else(
    wired: Contact, rest: int, away: int
) -> None:
    told = Told(wired, rest).after(rest).after(away, 1)
    assert told.words == []
    assert told.after(away, GRAVER_POLLS - 1).words == [True]
    assert told.after(rest).words == [True, False]
    assert not told.loop.asserted
    assert told.loop.fault == ""


@pytest.mark.parametrize("permille", [CUT, SHORT])
@pytest.mark.parametrize(("wired", "counts"), [(CONTACT, True), (BUTTON, False), (ANYWAY, True)])
def test_what_a_damaged_line_counts_as(wired: Contact, counts: bool, permille: int) -> None:
    word = "cut" if permille == CUT else "short"
    rest = ONE if wired is CONTACT else TWO
    told = Told(wired, rest).after(permille, GRAVER_POLLS)
    assert told.words == [*([True] if counts else []), word]
    assert (told.loop.asserted, told.loop.fault) == (counts, word)
    told.after(rest)
    assert told.words[-2 if counts else -1 :] == [*([False] if counts else []), ""]


def test_a_button_whose_line_is_cut_while_it_is_pressed_asks_no_more() -> None:
    told = Told(BUTTON, TWO).after(ONE).after(CUT)
    assert told.words == [True, False, "cut"]
    assert told.after(ONE).words[3:] == [True, ""]


def test_cut_and_then_short_are_two_faults() -> None:
    assert Told(BUTTON, TWO).after(SHORT).after(CUT).after(SHORT).after(TWO).words == [
        "short",
        "cut",
        "short",
        "",
    ]


@pytest.mark.parametrize(("permille", "fault"), [(CUT, "cut"), (SHORT, "short")])
def test_a_line_found_damaged_is_told_at_the_first_poll(permille: int, fault: str) -> None:
    told = Told(CONTACT, permille)
    assert told.loop.asserted
    assert told.words == []
    assert told.after(permille, 3).words == [fault]


def test_inputs_are_made_as_they_are_wired_and_polled(tmp_path: Path) -> None:
    async def story() -> None:
        board, told = Board(tmp_path / "board.sock"), list[Any]()
        inputs = Inputs(board, Supervision(), lambda *what: told.append(what))
        plain = inputs.make("front", "contact", Contact("IN1"), told.append)
        line = inputs.make("front", "rex", BUTTON, told.append)
        inputs.make("back", "contact", CONTACT, told.append)
        beats: list[None] = []
        polling = asyncio.create_task(inputs.run(lambda: beats.append(None)))
        board.adc("AIN2").put(TWO)
        await eventually(lambda: len(beats) > 2 and not line.asserted)
        told.clear()
        board.adc("AIN1").put(CUT)
        await eventually(lambda: ("back", "contact", "cut") in told)
        assert told == [True, ("back", "contact", "cut")]
        assert [inputs.faulty(name) for name in ("front", "back")] == [False, True]
        board.pin("IN1").value(1)
        await eventually(lambda: plain.asserted)
        assert not line.asserted
        polling.cancel()

    asyncio.run(story())


def test_a_button_is_heard_at_once() -> None:
    assert POLL_S * GRAVER_POLLS <= 0.05

"""Fifty thousand random steps break no invariant; and each invariant can be broken."""

from collections.abc import Callable
from typing import Any

import pytest

from appliance import decision, door, lockout, schedule
from bench.walk import Walk
from tests.model.broken import Broken

STEPS = 50_000
"""`python -m bench.walk`, and with it `make bench`, goes a million."""


def test_no_step_breaks_an_invariant() -> None:
    walk = Walk(20_261_123)
    walk.steps(STEPS)
    assert {*decision_words(), "shut", "waits", "guess"} <= set(walk.counts)


def decision_words() -> set[str]:
    """The reasons that this walk can come to."""
    return {
        *("granted", "unknown_credential", "lost", "suspended", "lockdown", "no_right"),
        *("outside_schedule", "anti_passback", "area_full", "interlock", "second_factor"),
        *("locked_out", "wrong_pin", "no_pin", "no_face_reading", "attack_suspected"),
        *("quality_too_low", "no_match", "ambiguous_match"),
    }


def without(table: dict[Any, Any], *keys: object) -> dict[Any, Any]:
    return {key: value for key, value in table.items() if key not in keys}


Lie = tuple[object, str, object]
step, decide = door.step, decision.decide


def grants_in_lockdown(state: door.State, event: int, relock: str = "open") -> door.State:
    if event == door.GRANT and state.mode == door.LOCKDOWN:
        return door.State(door.GRANTED, *state[1:])
    return step(state, event, relock)


def lockdown_beats_fire(state: door.State) -> bool:
    if state.mode == door.LOCKDOWN:
        return bool(state.lock != door.SECURED)
    return bool(state.lock != door.SECURED or door.open_to_all(state))


def forced_although_released(state: door.State, event: int, relock: str = "open") -> door.State:
    after = step(state, event, relock)
    if event == door.OPENED and state.lock == door.GRANTED:
        return door.State(after.lock, door.AJAR, *after[2:])
    return after


def takes(reason: str) -> Callable[..., decision.Decision]:
    """A decision that lets in whoever ought to be refused for this."""

    def decided(facts: decision.Facts, limits: decision.Limits) -> decision.Decision:
        told = decide(facts, limits)
        return decision.Decision(True, "granted", False) if told.reason == reason else told

    return decided


LIES: dict[str, Lie] = {
    "REX forgets": (door, "LOCK", without(door.LOCK, (door.SECURED, door.REX))),
    "REX ends with a grant": (door, "LOCK", without(door.LOCK, (door.GRANTED, door.REX))),
    "opening ends an exit": (
        door,
        "LOCK",
        door.LOCK | {(door.EXITING, door.OPENED): door.SECURED},
    ),
    "a relock releases": (door, "LOCK", door.LOCK | {(door.SECURED, door.RELOCK): door.GRANTED}),
    "a shut leaf is forced": (door, "LEAF", door.LEAF | {(door.SHUT, door.CLOSED): door.FORCED}),
    "grants in lockdown": (door, "step", grants_in_lockdown),
    "lockdown beats fire": (door, "released", lockdown_beats_fire),
    "a granted door is forced": (door, "step", forced_although_released),
    "the sounder sleeps": (door, "sounding", lambda _state: False),
    "hours of another day": (schedule, "_on", lambda window, day: bool(window.days >> day & 2)),
    "hours end a minute late": (
        schedule,
        "covers",
        lambda windows, at: any(w.begin_min <= at.minute <= w.end_min for w in windows),
    ),
    "a wrong PIN costs nothing": (lockout, "wait_ms", lambda _number: 0),
    "the fourth costs as the third": (lockout, "FREE_TRIES", 3),
    "a day is forgotten early": (lockout, "FORGOTTEN_MS", 80_000_000),
    "a reader opens early": (lockout, "SHUT_MS", 20_000),
    "one guess more": (lockout, "GUESSES", 21),
    **{f"takes {reason}": (decision, "decide", takes(reason)) for reason in decision_words()},
}
del LIES["takes granted"]


@pytest.mark.parametrize("lie", LIES)
def test_each_lie_is_found_out(lie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*LIES[lie])
    with pytest.raises(Broken):
        Walk(1).steps(STEPS)

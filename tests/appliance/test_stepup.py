"""The head turn: nothing passes it but the turns asked for, in order, in time, by one person."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from appliance import stepup
from appliance.stepup import FACING, LEFT, RIGHT, Look, StepUp

FRONT = Look(7, True, 0, 60)
TO_LEFT = FRONT._replace(yaw_deg=25)
TO_RIGHT = FRONT._replace(yaw_deg=-25)
GONE = Look(0, False, 0, 0)
EVERY_MS = 100


def asked(*sides: str, look: Look = FRONT, now_ms: int = 1_000) -> StepUp:
    return stepup.ask(sides, look, now_ms)


def shown(step_up: StepUp, *looks: Look, holder: bool = True) -> StepUp:
    """The step-up after these readings, one every EVERY_MS."""
    for look in looks:
        step_up = stepup.look_at(step_up, look, holder, step_up.seen_ms + EVERY_MS)
    return step_up


def test_turned_as_asked_and_back_it_is_passed() -> None:
    step_up = asked(LEFT, RIGHT)
    told = []
    for look in (FRONT, TO_LEFT, TO_LEFT, FRONT, TO_RIGHT, TO_RIGHT, FRONT):
        told.append(stepup.asked(step_up))
        step_up = shown(step_up, look)
    assert told == [FACING, LEFT, LEFT, FACING, RIGHT, RIGHT, FACING]
    assert step_up.result == stepup.PASSED
    assert stepup.asked(step_up) == ""
    assert shown(step_up, TO_LEFT, GONE) == step_up


def test_nobody_asked_is_nobody_passed() -> None:
    after = shown(stepup.NOT_ASKED, FRONT, TO_LEFT, TO_LEFT, FRONT)
    assert after == stepup.NOT_ASKED
    assert after.result == stepup.NONE
    assert stepup.asked(after) == ""


@pytest.mark.parametrize("yaw_deg", [24, 12, 0])
def test_a_turn_that_does_not_reach_the_angle_is_none(yaw_deg: int) -> None:
    step_up = shown(asked(LEFT), FRONT, *[FRONT._replace(yaw_deg=yaw_deg)] * 20)
    assert stepup.asked(step_up) == LEFT


def test_a_single_reading_is_no_turn() -> None:
    step_up = shown(asked(LEFT), FRONT, TO_LEFT, FRONT, TO_LEFT, GONE, TO_LEFT, FRONT)
    assert stepup.asked(step_up) == LEFT


@pytest.mark.parametrize(("side", "wrong"), [(LEFT, TO_RIGHT), (RIGHT, TO_LEFT)])
def test_the_wrong_side_fails_at_once(side: str, wrong: Look) -> None:
    step_up = shown(asked(side), FRONT, wrong)
    assert step_up.result == stepup.FAILED
    assert shown(step_up, TO_LEFT, TO_LEFT, TO_RIGHT, TO_RIGHT, FRONT).result == stepup.FAILED


def test_a_little_to_the_wrong_side_is_no_mistake() -> None:
    a_little = FRONT._replace(yaw_deg=-24)
    assert stepup.asked(shown(asked(LEFT), FRONT, a_little, TO_LEFT, TO_LEFT)) == FACING


def test_it_begins_facing_the_camera() -> None:
    """Who stands turned already has not turned when asked."""
    step_up = shown(asked(LEFT), *[TO_LEFT] * 10)
    assert stepup.asked(step_up) == FACING
    assert stepup.asked(shown(step_up, FRONT._replace(yaw_deg=12))) == FACING
    assert stepup.asked(shown(step_up, FRONT._replace(yaw_deg=-12))) == FACING
    assert stepup.asked(shown(step_up, FRONT._replace(yaw_deg=11))) == LEFT


def test_facing_counts_only_as_the_holder() -> None:
    """Before, between and after the turns: another face, or none that can be compared, waits."""
    assert stepup.asked(shown(asked(LEFT), FRONT, holder=False)) == FACING
    turned = shown(asked(LEFT), FRONT, TO_LEFT, TO_LEFT)
    step_up = shown(turned, *[FRONT] * 30, holder=False)
    assert stepup.asked(step_up) == FACING
    assert shown(step_up, FRONT).result == stepup.PASSED


def test_while_turned_nobody_has_to_match() -> None:
    turned = shown(shown(asked(LEFT), FRONT), TO_LEFT, TO_LEFT, holder=False)
    assert shown(turned, FRONT).result == stepup.PASSED


@pytest.mark.parametrize("before", [(), (FRONT,), (FRONT, TO_LEFT), (FRONT, TO_LEFT, TO_LEFT)])
def test_somebody_else_at_any_moment_fails(before: tuple[Look, ...]) -> None:
    other = FRONT._replace(track=8)
    assert shown(asked(LEFT), *before, other).result == stepup.FAILED


def test_a_face_lost_for_a_moment_is_waited_for() -> None:
    step_up = shown(asked(LEFT), GONE, FRONT, GONE, TO_LEFT, TO_LEFT, GONE, FRONT)
    assert step_up.result == stepup.PASSED


def test_what_is_not_one_clear_face_counts_for_nothing() -> None:
    """Two faces, or a covered one: neither the track nor the yaw is believed."""
    two = Look(9, False, 40, 80)
    assert stepup.asked(shown(asked(LEFT), FRONT, two, two, two)) == LEFT


def test_each_thing_asked_has_its_time_and_no_more() -> None:
    step_up = asked(LEFT, now_ms=0)
    last = stepup.ASK_MS
    assert stepup.asked(stepup.look_at(step_up, FRONT, True, last)) == LEFT
    assert stepup.look_at(step_up, FRONT, True, last + 1).result == stepup.FAILED
    step_up = stepup.look_at(step_up, FRONT, True, last)
    assert stepup.asked(stepup.look_at(step_up, GONE, True, 2 * last)) == LEFT
    assert stepup.look_at(step_up, GONE, True, 2 * last + 1).result == stepup.FAILED
    assert stepup.look_at(step_up, TO_LEFT, True, 2 * last + 1).result == stepup.FAILED


def test_time_that_runs_backwards_fails() -> None:
    step_up = shown(asked(LEFT), FRONT)
    assert stepup.asked(stepup.look_at(step_up, TO_LEFT, True, step_up.seen_ms)) == LEFT
    assert stepup.look_at(step_up, TO_LEFT, True, step_up.seen_ms - 1).result == stepup.FAILED


def test_who_is_far_away_is_asked_to_come_closer_first() -> None:
    far = FRONT._replace(eyes_px=stepup.CLOSE_PX - 1)
    near = FRONT._replace(eyes_px=stepup.CLOSE_PX)
    step_up = asked(RIGHT, look=far)
    assert step_up.asks == (stepup.CLOSER, FACING, RIGHT, FACING)
    assert stepup.longest_ms(step_up) == 4 * stepup.ASK_MS
    assert stepup.asked(shown(step_up, far, GONE)) == stepup.CLOSER
    assert stepup.asked(shown(step_up, near._replace(yaw_deg=40))) == FACING
    assert stepup.asked(shown(step_up, near._replace(seen=False))) == stepup.CLOSER
    assert asked(RIGHT, look=near).asks == (FACING, RIGHT, FACING)


SIDES = st.lists(st.sampled_from((LEFT, RIGHT)), min_size=1, max_size=2)
ODD = st.builds(
    Look,
    st.sampled_from((7, 7, 8)),
    st.sampled_from((True, True, False)),
    st.sampled_from((0, 11, -11, 12, 24, 25, 40, -24, -25, -40)),
    st.sampled_from((60, 35, 36)),
)
ODDITIES = st.lists(
    st.tuples(
        st.integers(0, 60),  # where
        st.sampled_from(("put", "put", "leave out", "twice", "wait", "back", "unlike")),
        ODD,
        st.integers(1, 4_200),
    ),
    max_size=4,
)
Reading = tuple[Look, bool, int]
"""A look, whether it is the holder, and the milliseconds since the one before."""


def course(sides: list[str]) -> list[Reading]:
    """The readings of somebody who does what is asked."""
    looks = [FRONT]
    for side in sides:
        looks += [{LEFT: TO_LEFT, RIGHT: TO_RIGHT}[side]] * 2 + [FRONT]
    return [(look, True, EVERY_MS) for look in looks]


def odd(readings: list[Reading], oddities: list[tuple[int, str, Look, int]]) -> list[Reading]:
    """The same, with this or that gone wrong."""
    readings = list(readings)
    for where, what, look, ms in oddities:
        at = where % len(readings)
        seen, holder, later_ms = readings[at]
        if what == "put":
            readings.insert(at, (look, holder, ms % 300))
        elif what == "leave out" and len(readings) > 1:
            del readings[at]
        elif what == "twice":
            readings.insert(at, readings[at])
        else:
            changed = {"wait": (seen, holder, ms), "back": (seen, holder, -later_ms)}
            readings[at] = changed.get(what, (seen, False, later_ms))
    return readings


def truly_turned(past: list[Reading], sides: list[str]) -> bool:
    """Whether these readings, with absolute times, hold every turn in order: told another way."""
    times = [at_ms for _, _, at_ms in past]
    seen = [reading for reading in past if reading[0].seen]
    if times != sorted(times) or any(look.track != 7 for look, _, _ in seen):
        return False
    begun_ms = [1_000]
    for part in [part for side in sides for part in (FACING, side)] + [FACING]:
        sign = {LEFT: 1, RIGHT: -1}.get(part, 0)
        begun_ms = [
            at_ms
            for look, holder, at_ms in seen
            if any(since_ms <= at_ms <= since_ms + 4_000 for since_ms in begun_ms)
            and (sign * look.yaw_deg >= 25 if sign else holder and abs(look.yaw_deg) < 12)
        ]
    return bool(begun_ms)


def passed(readings: list[Reading], sides: list[str]) -> bool:
    """Whether they pass; if so, every turn was there."""
    now_ms, past = 1_000, []
    step_up = stepup.ask(tuple(sides), FRONT, now_ms)
    for look, holder, later_ms in readings:
        now_ms += later_ms
        past.append((look, holder, now_ms))
        step_up = stepup.look_at(step_up, look, holder, now_ms)
        if step_up.result == stepup.PASSED:
            assert truly_turned(past, sides)
            return True
    return False


@settings(max_examples=400, phases=(Phase.generate,), deadline=None)
@given(SIDES, SIDES, ODDITIES)
def test_no_sequence_passes_without_the_turns(
    sides: list[str], done: list[str], oddities: list[tuple[int, str, Look, int]]
) -> None:
    assert passed(course(sides), sides)
    assert passed(course(done), sides) == (done[: len(sides)] == sides)
    passed(odd(course(done), oddities), sides)

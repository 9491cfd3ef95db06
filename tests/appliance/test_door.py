"""The door over every reachable state and every event: promises 1 and 2, and its tale."""

from appliance import door

EVENTS = range(door.HOURS_END + 1)


def reachable(relock: str) -> set[door.State]:
    seen, todo = {door.START}, [door.START]
    while todo:
        state = todo.pop()
        for event in EVENTS:
            after = door.step(state, event, relock)
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return seen


STATES = reachable("open")
STEPS = [
    (state, event, door.step(state, event, relock))
    for relock in door.RELOCKS
    for state in STATES
    for event in EVENTS
]
"""All that can happen: a door, an event, and the door after it."""


def test_every_state_can_be_reached_and_none_is_outside_the_words() -> None:
    assert len(STATES) == 77
    assert set(door.RELOCKS) == {"open", "close"}
    for relock in door.RELOCKS:
        assert reachable(relock) == STATES
    for state in STATES:
        assert door.LOCK_WORDS[state.lock]
        assert door.LEAF_WORDS[state.leaf]
        assert door.MODE_WORDS[state.mode]


def test_rex_releases_in_every_state() -> None:
    for state, event, after in STEPS:
        assert event != door.REX or door.released(after), state


def test_an_exit_is_ended_by_time_alone() -> None:
    for state, event, after in STEPS:
        if state.lock == door.EXITING and event != door.RELOCK:
            assert after.lock == door.EXITING, (state, event)
            assert door.released(after)


def test_only_grant_rex_free_and_fire_ever_release() -> None:
    releasing = {
        event for state, event, after in STEPS if not door.released(state) and door.released(after)
    }
    assert releasing == {
        door.GRANT,
        door.REX,
        door.TO_FREE,
        door.FIRE,
        door.HOURS_BEGIN,
        door.TO_NORMAL,
    }


def test_lifting_a_lockdown_releases_within_free_hours_alone() -> None:
    for state, event, after in STEPS:
        if event == door.TO_NORMAL and not door.released(state):
            lifted = state.mode == door.LOCKDOWN and state.hours == door.FREE_HOURS
            assert door.released(after) == lifted


def test_a_lockdown_hides_the_free_hours_and_forgets_nothing() -> None:
    for state, event, after in STEPS:
        if event == door.TO_LOCKDOWN:
            assert after.hours == state.hours
            assert door.open_to_all(after) == (state.fire == door.CALLING)
        if state.mode == door.LOCKDOWN and event == door.HOURS_BEGIN:
            assert door.released(after) == door.released(state)


def test_free_hours_begin_and_end_and_no_order_is_forgotten() -> None:
    for state, event, after in STEPS:
        told = {door.HOURS_BEGIN: door.FREE_HOURS, door.HOURS_END: door.KEPT}
        assert after.hours == told.get(event, state.hours)
        if event in told:
            assert (after.lock, after.mode, after.fire) == (state.lock, state.mode, state.fire)
        if event == door.HOURS_END and state.lock == door.SECURED:
            ordered = state.mode == door.FREE or state.fire == door.CALLING
            assert door.released(after) == ordered


def test_a_grant_ends_when_the_door_opens_or_only_when_it_is_shut_again() -> None:
    for relock, ending in (("open", door.OPENED), ("close", door.CLOSED)):
        for state in STATES:
            for event in (door.OPENED, door.CLOSED):
                ends = state.lock == door.GRANTED and event == ending
                after = door.step(state, event, relock)
                assert after.lock == (door.SECURED if ends else state.lock), (state, event)


def test_whoever_does_not_say_when_relocks_on_open() -> None:
    for state in STATES:
        for event in EVENTS:
            assert door.step(state, event) == door.step(state, event, "open")


def test_a_grant_changes_nothing_in_lockdown() -> None:
    for state in STATES:
        if state.mode == door.LOCKDOWN:
            assert door.step(state, door.GRANT) == state


def test_fire_releases_from_every_state_and_forgets_nothing() -> None:
    for state in STATES:
        burning = door.step(state, door.FIRE)
        assert door.released(burning)
        after = door.step(burning, door.FIRE_OVER)
        assert after[:1] + after[2:4] == state[:1] + state[2:4]


def test_lockdown_while_it_burns_does_not_secure() -> None:
    for state in STATES:
        if state.fire == door.CALLING:
            assert door.released(door.step(state, door.TO_LOCKDOWN))


def test_lockdown_ends_a_grant_and_spares_an_exit() -> None:
    granted = door.step(door.START, door.GRANT)
    assert not door.released(door.step(granted, door.TO_LOCKDOWN))
    exiting = door.step(granted, door.REX)
    assert door.released(door.step(exiting, door.TO_LOCKDOWN))


def test_a_grant_ends_early_and_nothing_else_does() -> None:
    for state in STATES:
        after = door.step(state, door.END_GRANT)
        ends = state.lock == door.GRANTED and not door.open_to_all(state)
        assert after == (state._replace(lock=door.SECURED) if ends else state)


def test_ajar_and_forced_mean_that_nothing_had_released() -> None:
    for state in STATES:
        if state.leaf in (door.AJAR, door.FORCED):
            assert not door.released(state)
    for state, event, after in STEPS:
        if after.leaf == door.AJAR != state.leaf:
            assert (state.leaf, event) == (door.SHUT, door.OPENED)
        if after.leaf == door.FORCED != state.leaf:
            assert (state.leaf, event) == (door.AJAR, door.FORCED_OUT)


def test_a_shut_door_that_opens_is_ajar_unless_something_had_released_it() -> None:
    for state, event, after in STEPS:
        if state.leaf == door.SHUT and event == door.OPENED:
            assert after.leaf == (door.OPEN if door.released(state) else door.AJAR)


def test_an_ajar_door_is_forced_by_time_alone_and_open_by_what_releases_it() -> None:
    for state, event, after in STEPS:
        if state.leaf == door.AJAR:
            by_time = {door.FORCED_OUT: door.FORCED, door.CLOSED: door.SHUT}.get(event, door.AJAR)
            assert after.leaf == (door.OPEN if door.released(after) else by_time)


def test_a_door_found_open_is_open_and_may_be_held_too_long() -> None:
    found = door.step(door.START, door.FOUND_OPEN)
    assert found == door.START._replace(leaf=door.OPEN)
    assert door.step(found, door.HELD_OUT).leaf == door.HELD


def test_a_door_that_closes_is_shut() -> None:
    for state in STATES:
        assert door.step(state, door.CLOSED).leaf == door.SHUT


def test_nobody_holds_or_forces_a_door_that_is_free() -> None:
    for state in STATES:
        if door.open_to_all(state):
            assert state.leaf in (door.SHUT, door.OPEN)


def test_a_door_held_or_forced_is_open_once_somebody_may_pass() -> None:
    for state, event, after in STEPS:
        if state.leaf in (door.HELD, door.FORCED) and event != door.CLOSED:
            freed = door.released(after) and not door.released(state)
            assert not freed or after.leaf == door.OPEN, (state, event)


def test_relock_secures_whatever_is_not_free() -> None:
    for state in STATES:
        after = door.step(state, door.RELOCK)
        assert after.lock == door.SECURED
        assert door.released(after) == door.open_to_all(state)


def test_the_sounder_sounds_for_held_and_forced() -> None:
    for state in STATES:
        assert door.sounding(state) == (state.leaf in (door.HELD, door.FORCED))


ALARMS = (
    "forced-open",
    "tamper",
    "door-open-too-long",
    "egress-open",
    "alarm",
    "door-fault",
    "lock-down",
    "free-access",
    "normal",
)
"""BACnet's words, the one that counts most first."""


def test_alarm_words_are_bacnets_and_the_worst_counts() -> None:
    told = set()
    for state in STATES:
        for flags in range(8):
            tamper, fault, breached = (bool(flags >> place & 1) for place in range(3))
            holds = (
                state.leaf == door.FORCED,
                tamper,
                state.leaf == door.HELD,
                state.fire == door.CALLING,
                breached,
                fault,
                state.mode == door.LOCKDOWN,
                door.open_to_all(state),
                True,
            )
            word = door.alarm(state, tamper, fault, breached)
            assert word == ALARMS[holds.index(True)]
            told.add(word)
        assert door.alarm(state) == door.alarm(state, False, False, False)
    assert told == set(ALARMS)


def test_a_tale() -> None:
    """Event by event: is the strike released, does the sounder sound, what is the alarm?"""
    tale = (
        (door.GRANT, True, False, "normal"),
        (door.OPENED, False, False, "normal"),
        (door.HELD_OUT, False, True, "door-open-too-long"),
        (door.GRANT, True, False, "normal"),
        (door.RELOCK, False, False, "normal"),
        (door.CLOSED, False, False, "normal"),
        (door.OPENED, False, False, "normal"),
        (door.CLOSED, False, False, "normal"),
        (door.FORCED_OUT, False, False, "normal"),
        (door.OPENED, False, False, "normal"),
        (door.FORCED_OUT, False, True, "forced-open"),
        (door.TO_LOCKDOWN, False, True, "forced-open"),
        (door.CLOSED, False, False, "lock-down"),
        (door.GRANT, False, False, "lock-down"),
        (door.FIRE, True, False, "egress-open"),
        (door.OPENED, True, False, "egress-open"),
        (door.FIRE_OVER, False, False, "lock-down"),
        (door.HELD_OUT, False, True, "door-open-too-long"),
        (door.REX, True, False, "lock-down"),
        (door.TO_FREE, True, False, "free-access"),
        (door.RELOCK, True, False, "free-access"),
        (door.CLOSED, True, False, "free-access"),
        (door.TO_NORMAL, False, False, "normal"),
    )
    state = door.START
    for number, (event, released, sounding, alarm) in enumerate(tale):
        state = door.step(state, event)
        told = (door.released(state), door.sounding(state), door.alarm(state))
        assert told == (released, sounding, alarm), number

"""Free hours, from every state by every event: the schedule frees, or the first person does."""

from appliance import hours

EVERY = [hours.START]
for _before in EVERY:
    for _after in (
        hours.looked(_before, False),
        hours.looked(_before, True),
        hours.arrived(_before),
        hours.locked_down(_before),
    ):
        if _after not in EVERY:
            EVERY.append(_after)


def test_three_states_there_are() -> None:
    assert set(EVERY) == {(False, False), (True, False), (True, True)}


def test_a_schedule_that_is_shut_frees_nothing_and_forgets_who_came() -> None:
    for before in EVERY:
        after = hours.looked(before, False)
        assert after == hours.START
        for first_person in (False, True):
            assert not hours.free(after, first_person)


def test_a_look_while_it_stays_open_changes_nothing() -> None:
    for before in EVERY:
        if before.open:
            assert hours.looked(before, True) == before
    assert hours.looked(hours.START, True) == (True, False)


def test_without_a_first_person_the_schedule_alone_frees() -> None:
    for before in EVERY:
        assert hours.free(before, False) == before.open


def test_with_a_first_person_somebody_must_have_come() -> None:
    for before in EVERY:
        assert hours.free(before, True) == before.came


def test_who_comes_before_the_opening_is_not_the_first() -> None:
    assert hours.arrived(hours.START) == hours.START
    opened = hours.looked(hours.START, True)
    assert hours.arrived(opened) == (True, True)
    assert hours.arrived(hours.arrived(opened)) == (True, True)


def test_after_a_lockdown_a_new_person_comes_first() -> None:
    for before in EVERY:
        after = hours.locked_down(before)
        assert after == (before.open, False)
        assert hours.free(after, False) == before.open
        assert not hours.free(after, True)

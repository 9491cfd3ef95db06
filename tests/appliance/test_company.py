"""Two who are two, and an escort for whoever needs one."""

import pytest

from appliance import company, decision
from appliance.company import MAY, NEEDS, Shown

ANNA = Shown("anna", "", 0)
BEN = Shown("ben", "", 1_000)
GUEST = Shown("guest", NEEDS, 2_000)
HOST = Shown("host", MAY, 3_000)


@pytest.mark.parametrize(
    ("shown", "people", "wanted"),
    [
        ((ANNA,), 1, decision.ENOUGH),
        ((HOST,), 1, decision.ENOUGH),
        ((ANNA,), 2, decision.SECOND_WANTED),
        ((ANNA, BEN), 2, decision.ENOUGH),
        ((ANNA, BEN, HOST), 2, decision.ENOUGH),
        ((GUEST,), 1, decision.ESCORT_WANTED),
        ((GUEST,), 2, decision.ESCORT_WANTED),
        ((GUEST, ANNA), 1, decision.ESCORT_WANTED),
        ((GUEST, ANNA), 2, decision.ESCORT_WANTED),
        ((GUEST, HOST), 1, decision.ENOUGH),
        ((GUEST, HOST), 2, decision.ENOUGH),
        ((GUEST, GUEST._replace(holder="other"), HOST), 2, decision.ENOUGH),
    ],
)
def test_who_else_is_wanted(shown: tuple[Shown, ...], people: int, wanted: int) -> None:
    assert company.wanted(shown, people) == wanted
    assert company.wanted(tuple(reversed(shown)), people) == wanted


def test_the_same_holder_twice_is_one() -> None:
    again = ANNA._replace(at_ms=5_000)
    assert company.joined((ANNA,), again) == (again,)
    assert company.passing((ANNA,), again, 2) == ()
    assert company.joined((ANNA, BEN), again) == (BEN, again)
    assert company.without((ANNA, BEN), "anna") == (BEN,)


def test_who_helps_passes_with_whom_they_help() -> None:
    assert company.passing((ANNA,), BEN, 2) == (ANNA, BEN)
    assert company.passing((GUEST,), HOST, 1) == (GUEST, HOST)
    assert company.passing((GUEST, ANNA), HOST, 2) == (GUEST, ANNA, HOST)


def test_who_needs_nobody_and_helps_nobody_passes_alone() -> None:
    assert company.passing((), ANNA, 1) == (ANNA,)
    assert company.passing((GUEST,), ANNA, 1) == (ANNA,)


def test_the_others_wait() -> None:
    assert company.passing((), ANNA, 2) == ()
    assert company.passing((), GUEST, 1) == ()
    assert company.passing((GUEST,), ANNA, 2) == ()


def test_after_a_while_whoever_waits_is_late() -> None:
    waiting = (ANNA, BEN)
    assert company.late(waiting, 14_999, 15_000) == ()
    assert company.late(waiting, 15_000, 15_000) == (ANNA,)
    assert company.late(waiting, 16_000, 15_000) == (ANNA, BEN)

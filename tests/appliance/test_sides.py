"""Sides are drawn, not known; and trying again does not make it easier."""

from itertools import product

from appliance import sides, stepup
from appliance.sides import Sides

BOTH = (stepup.LEFT, stepup.RIGHT)


def test_every_order_is_drawn() -> None:
    """One that is missing in 300 draws would be one chance in 10^37."""
    drawn = {Sides().drawn(0) for _ in range(300)}
    assert drawn == set(product(BOTH, repeat=stepup.TURNS))


def test_each_failure_makes_the_order_longer_up_to_a_point() -> None:
    portal = Sides()
    lengths = []
    for now_ms in range(5):
        lengths.append(len(portal.drawn(now_ms)))
        portal.failed(now_ms)
    assert lengths == [2, 3, 4, 4, 4]


def test_a_failure_is_forgotten_in_time() -> None:
    portal = Sides()
    portal.failed(1_000)
    last_ms = 1_000 + sides.REMEMBERED_MS
    assert len(portal.drawn(last_ms - 1)) == stepup.TURNS + 1
    assert len(portal.drawn(last_ms)) == stepup.TURNS


def test_many_failures_take_no_more_room() -> None:
    portal = Sides()
    for now_ms in range(1_000):
        portal.failed(now_ms)
    assert len(portal._failed_ms) == sides.MOST_TURNS

"""What each sight makes of a passage, before the door opens and after; and what it can never do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import passage
from appliance.passage import (
    HOLDER,
    IDLE,
    NOBODY,
    NOTHING,
    OPEN,
    OTHER,
    SWAPPED,
    TAILGATED,
    UNSURE,
    WAITING,
    WALKED_AWAY,
    Passage,
    Sight,
)

MATCH = 4_000
THEIRS, STRANGER = 6_000, 100
PX = 60


def sight(likeness_e4: int, track: int = 1, eyes_px: int = PX, usable: bool = True) -> Sight:
    return Sight(track, eyes_px, usable, likeness_e4)


def after(*sights: Sight, opens: bool = False, px: int = PX) -> Passage:
    """A passage granted at 0 that sees one of these every 100 ms; the door open before them."""
    current = passage.granted(px, 1_000, False, 0)
    if opens:
        current = passage.opened(current)
    for number, one in enumerate(sights, 1):
        current = passage.seen(current, one, MATCH, number * 100)
    return current


@pytest.mark.parametrize(
    ("seen", "whom"),
    [
        (sight(MATCH), HOLDER),
        (sight(MATCH - 1), UNSURE),
        (sight(MATCH // 2), UNSURE),
        (sight(MATCH // 2 - 1), OTHER),
        (sight(-10_000), OTHER),
        (sight(-10_000, usable=False), UNSURE),
        (sight(MATCH, usable=False), UNSURE),
    ],
)
def test_whose_face_it_is(seen: Sight, whom: int) -> None:
    assert passage.whose(seen, MATCH) == whom


def test_the_holder_stays_and_nothing_follows() -> None:
    assert passage.follows(passage.granted(PX, 1_000, False, 0), 999) == NOTHING
    current = after(*[sight(THEIRS)] * 20)
    assert passage.follows(current, 2_100) == NOTHING
    assert passage.closes(passage.opened(current)) == NOTHING


@pytest.mark.parametrize(
    ("sights", "found"),
    [
        ([sight(STRANGER)], NOTHING),
        ([sight(STRANGER)] * 2, SWAPPED),
        ([sight(STRANGER, 1), sight(STRANGER, 2)], NOTHING),
        ([sight(STRANGER, 1), sight(STRANGER, 2), sight(STRANGER, 2)], SWAPPED),
        ([sight(STRANGER), sight(THEIRS), sight(STRANGER)], NOTHING),
        ([sight(STRANGER), sight(0, usable=False), sight(STRANGER)], SWAPPED),
        ([sight(STRANGER, eyes_px=42)] * 2, SWAPPED),
        ([sight(STRANGER, eyes_px=41)] * 9, NOTHING),
        ([sight(MATCH // 2)] * 9, NOTHING),
        ([sight(STRANGER, usable=False)] * 9, NOTHING),
    ],
)
def test_a_swap_takes_two_near_readings_of_one_other_person(
    sights: list[Sight], found: int
) -> None:
    assert passage.follows(after(*sights), len(sights) * 100) == found
    closes = TAILGATED if found == SWAPPED else NOTHING
    open_ = after(*sights, opens=True)
    assert (passage.follows(open_, 60_000), passage.closes(open_)) == (NOTHING, closes)


def test_near_is_measured_by_the_holder_as_last_seen() -> None:
    close = [sight(THEIRS, eyes_px=100)]
    assert passage.follows(after(*close, *[sight(STRANGER, eyes_px=69)] * 2), 300) == NOTHING
    assert passage.follows(after(*close, *[sight(STRANGER, eyes_px=70)] * 2), 300) == SWAPPED
    assert passage.follows(after(*[sight(STRANGER, eyes_px=99)] * 2, px=0), 200) == NOTHING


@pytest.mark.parametrize("kept", [sight(THEIRS), sight(0, usable=False), sight(MATCH // 2)])
def test_whoever_is_unseen_for_so_long_has_walked_away(kept: Sight) -> None:
    current = after(kept)
    assert passage.follows(current, 1_099) == NOTHING
    assert passage.follows(current, 1_100) == WALKED_AWAY


def test_another_persons_face_is_no_sight_of_the_holder() -> None:
    assert passage.follows(after(sight(STRANGER)), 1_000) == WALKED_AWAY
    assert passage.follows(after(sight(STRANGER, eyes_px=1)), 1_000) == WALKED_AWAY


def test_who_is_exempt_never_walks_away_and_nobody_does_behind_an_open_door() -> None:
    assert passage.follows(passage.granted(PX, 0, False, 0), 60_000) == NOTHING
    assert passage.follows(passage.opened(passage.granted(PX, 1_000, False, 0)), 60_000) == NOTHING
    assert passage.follows(passage.granted(PX, 1_000, True, 0), 60_000) == NOTHING


def test_one_reading_before_the_opening_counts_no_more_after_it() -> None:
    current = passage.opened(after(sight(STRANGER)))
    current = passage.seen(current, sight(STRANGER), MATCH, 200)
    assert passage.closes(current) == NOTHING
    assert passage.closes(passage.seen(current, sight(STRANGER), MATCH, 300)) == TAILGATED


def test_the_holder_seen_again_takes_nothing_back() -> None:
    followed = [sight(STRANGER, 2), sight(STRANGER, 2), sight(THEIRS, 3)]
    assert passage.closes(after(*followed, opens=True)) == TAILGATED


def test_a_door_that_opens_twice_forgets_nothing() -> None:
    current = after(*[sight(STRANGER)] * 2, opens=True)
    assert passage.closes(passage.opened(current)) == TAILGATED


def test_a_grant_through_an_open_door_is_followed_as_open() -> None:
    current = passage.granted(PX, 1_000, True, 0)
    for at_ms in (100, 200):
        current = passage.seen(current, sight(STRANGER), MATCH, at_ms)
    assert (passage.follows(current, 200), passage.closes(current)) == (NOTHING, TAILGATED)


def test_while_nobody_is_followed_nothing_is_seen() -> None:
    for one in (sight(STRANGER), sight(THEIRS)):
        assert passage.seen(NOBODY, one, MATCH, 100) == NOBODY
    assert passage.opened(NOBODY) == NOBODY
    assert (passage.follows(NOBODY, 10), passage.closes(NOBODY)) == (NOTHING, NOTHING)
    assert Passage(IDLE, 0, 0, 0, -1, 0, False) == NOBODY
    assert passage.closes(after(*[sight(STRANGER)] * 2)) == NOTHING


SIGHTS = st.builds(
    Sight, st.integers(0, 2), st.integers(0, 90), st.booleans(), st.integers(-10_000, 10_000)
)


@given(st.lists(st.tuples(SIGHTS, st.integers(1, 400)), max_size=30), st.booleans())
def test_beside_a_plain_model(steps: list[tuple[Sight, int]], opens: bool) -> None:
    """The model keeps the whole story and looks at it anew each time."""
    current = passage.granted(PX, 1_000, False, 0)
    if opens:
        current = passage.opened(current)
    story: list[tuple[int, Sight, int]] = []
    now_ms = 0
    for seen, wait_ms in steps:
        now_ms += wait_ms
        story.append((now_ms, seen, passage.whose(seen, MATCH)))
        current = passage.seen(current, seen, MATCH, now_ms)
        swapped = plainly_another(story)
        gone = now_ms - max([0, *(at for at, _, whom in story if whom != OTHER)]) >= 1_000
        found = SWAPPED if swapped else WALKED_AWAY if gone else NOTHING
        assert current.stage == (OPEN if opens else WAITING)
        assert passage.follows(current, now_ms) == (NOTHING if opens else found)
        assert passage.closes(current) == (TAILGATED if opens and swapped else NOTHING)


def plainly_another(story: list[tuple[int, Sight, int]]) -> bool:
    """Whether two readings of one other person, near enough, follow each other somewhere."""
    holder_px, row = PX, []
    for _, seen, whom in story:
        if whom == HOLDER:
            holder_px, row = seen.eyes_px, []
        elif whom == OTHER and holder_px and seen.eyes_px / holder_px >= 0.7:
            row.append(seen.track)
            if row[-2:] == [seen.track] * 2:
                return True
    return False

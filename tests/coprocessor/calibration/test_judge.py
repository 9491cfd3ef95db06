"""The site's own measure, under what is certain anyway."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.attack import FirstConstants
from coprocessor.calibration import train, windows
from coprocessor.calibration.edges import logit
from coprocessor.calibration.judge import SiteJudge
from coprocessor.calibration.passes import MOST_SHIFT, PassesJudge
from coprocessor.calibration.windows import Window
from tests.coprocessor.calibration.made import cues

ACCEPT, REFUSE = 400, 800
FIRST = FirstConstants()
DARKER = 9.0
CHANGES = {
    "live": {},
    "print": {"near": -3.0, "middle": -2.0, "chroma": 9.0, "moved": 0.2},
    "phone": {"near": -1.0, "wide": -4.0, "chroma": 12.0, "ride": 0.1},
    "tablet": {"near": -1.0, "wide": -5.0, "chroma": 12.0, "ride": 0.08},
}


def here(change, nudge=0.0):
    """As this site's camera shows it: the net takes everything for less alive by DARKER."""
    seen = {"near": 2.0, "middle": 2.0} | change
    net = {name: seen[name] - DARKER + nudge for name in ("near", "middle")}
    return cues(**change | net)


def commissioned():
    """A site on which people look like attacks to the spoof net, and attacks even more so."""
    found = []
    for person in (1, 2, 3):
        for shown, (what, change) in enumerate(CHANGES.items()):
            for turn in range(8):
                seen = here(change, 0.1 * (turn - 4) + 0.2 * person)
                said = FIRST.scores(seen, "").attack_permille
                found.append(Window(4 * person + shown, person, what, windows.row(seen), said))
    return found


@pytest.fixture(scope="module")
def judge():
    return SiteJudge(train.train(commissioned()), ACCEPT, REFUSE)


def test_people_whom_the_net_mistakes_here_are_let_pass(judge):
    person = here({})
    assert FIRST.scores(person, "").attack_permille > ACCEPT
    assert judge.scores(person, "").attack_permille <= ACCEPT


@pytest.mark.parametrize("what", ["print", "phone", "tablet"])
def test_what_was_shown_at_commissioning_is_an_attack(judge, what):
    said = judge.scores(here(CHANGES[what]), "")
    assert said.attack_permille > ACCEPT
    assert said.sign
    assert said.other_permille == 0


@given(st.floats(-20, 20), st.floats(0, 20))
def test_more_of_the_net_is_never_more_of_an_attack(judge, value, more):
    less, alive = (cues(near=net, middle=net) for net in (value, value + more))
    assert judge.scores(alive, "").attack_permille <= judge.scores(less, "").attack_permille


@pytest.mark.parametrize("fed", ["frozen", "reencoded", "timing"])
def test_frames_that_are_no_sensors_are_an_attack(judge, fed):
    assert judge.scores(cues(near=50.0), fed) == FIRST.scores(cues(near=50.0), fed)
    assert judge.scores(cues(near=50.0), fed).attack_permille == 1_000


def test_a_sheet_seen_moving_is_never_explained_away():
    """A fit made where sheets were called alive."""
    swapped = {"live": "print", "print": "live"}
    wrong = [
        msgspec.structs.replace(one, instrument=swapped.get(one.instrument, one.instrument))
        for one in commissioned()
    ]
    judge = SiteJudge(train.train(wrong), ACCEPT, REFUSE)
    sheet = here({"near": -3.0, "middle": -2.0, "ride": 0.9, "stir": 0.5})
    assert judge.scores(sheet, "").attack_permille >= REFUSE


def test_hiding_the_surroundings_does_not_make_one_of_the_living(judge):
    unknown = dict.fromkeys(("ride", "stir", "flat", "moved"))
    hidden = here(unknown | {"seen": 0.0})
    first = FIRST.scores(hidden, "").attack_permille
    assert first > ACCEPT
    assert judge.scores(hidden, "").attack_permille >= first


def test_nothing_known_is_neither(judge):
    said = judge.scores(cues(near=None, middle=None, wide=None), "")
    assert said.attack_permille == 500


measured = st.none() | st.floats(-1e6, 1e6)


@given(near=measured, wide=measured, ride=measured, chroma=measured, seen=st.floats(0, 1e12))
def test_it_is_always_a_permille(judge, near, wide, ride, chroma, seen):
    said = judge.scores(cues(near=near, wide=wide, ride=ride, chroma=chroma, seen=seen), "")
    for one in (said.print_permille, said.screen_permille, said.other_permille):
        assert 0 <= one <= 1_000


def passes(net):
    return [windows.row(cues(near=net + 0.1 * turn, middle=net)) for turn in range(60)]


def test_living_people_alone_teach_where_this_camera_lies():
    judge = PassesJudge(passes(-1.5), ACCEPT, REFUSE)
    person = cues(near=2.0, middle=-1.5)
    assert judge.scores(person, "").attack_permille < FIRST.scores(person, "").attack_permille


@given(st.floats(-30, 30), st.floats(-30, 30), st.floats(0, 1))
def test_they_never_open_to_what_the_first_constants_refuse(net, near, ride):
    judge = PassesJudge(passes(net), ACCEPT, REFUSE)
    seen = cues(near=near, middle=near, ride=ride)
    first, said = FIRST.scores(seen, "").attack_permille, judge.scores(seen, "").attack_permille
    assert abs(logit(said) - logit(first)) <= MOST_SHIFT + 0.6 or said in (0, 1_000)
    if first >= REFUSE:
        assert said > ACCEPT

"""Nobody is judged by a fit that knew them, and a fit that helps nobody is refused."""

import msgspec
import numpy as np
import pytest

from coprocessor.calibration import train, windows
from coprocessor.calibration.train import Figures, by_others, complete, figures, separable
from tests.coprocessor.calibration.made import people

ACCEPT, REFUSE = 400, 800


def told(given):
    return figures(given, train.judged_by_others(given, ACCEPT, REFUSE), ACCEPT, REFUSE)


def test_people_and_attacks_far_apart_are_told_apart_by_strangers_fits():
    found = told(people(apart=4.0))
    assert found.apcer_permille == 0
    assert found.bpcer_permille <= 50
    assert found.apcer_high_permille > 500  # three presentations say no more


def test_nothing_to_tell_apart_is_not_separable():
    given = people(apart=0.0)
    assert not separable(told(given), figures(given, [500] * len(given), ACCEPT, REFUSE))


@pytest.mark.parametrize("person", [1, 2, 3])
def test_a_persons_own_windows_are_never_in_the_fit_they_are_judged_by(person):
    """Whatever a person's other windows say, the scores of theirs stay what they are."""
    given = people()
    own = np.array([one.person == person for one in given])
    mirrored = [
        msgspec.structs.replace(one, row=tuple(-9 * (value or 0) for value in one.row))
        if one.person == person and number % 2
        else one
        for number, one in enumerate(given)
    ]
    same = own & (np.arange(len(given)) % 2 == 0)
    assert by_others(mirrored)[same] == pytest.approx(by_others(given)[same], abs=0)
    before = np.array(train.judged_by_others(given, ACCEPT, REFUSE))
    after = np.array(train.judged_by_others(mirrored, ACCEPT, REFUSE))
    assert (before[same] == after[same]).all()


def test_what_is_known_of_one_person_alone_helps_nobody_else():
    """A cue that tells each person's attacks apart in a way of their own: a fit that had seen the
    person would do well by it."""
    rng = np.random.default_rng(7)
    given = []
    for one in people(apart=0.0, own=0.0):
        row = rng.normal(0, 0.1, len(windows.NAMES))
        row[one.person] = 5.0 if one.instrument == "live" else -5.0
        given.append(msgspec.structs.replace(one, row=tuple(row.tolist())))
    scores = by_others(given)
    live = np.array([one.instrument == "live" for one in given])
    assert scores[live].mean() < 4 * scores.std() + scores[~live].mean()
    knowing = train.train(given).fit.lowest(windows.matrix([one.row for one in given]))
    gap = knowing[live].mean() - knowing[~live].mean()
    assert gap > 5 * abs(scores[live].mean() - scores[~live].mean())


def test_who_is_certainly_an_attack_stays_one_whatever_the_fit_says():
    given = [
        msgspec.structs.replace(one, certain=True, first_permille=990)
        if one.instrument == "live"
        else one
        for one in people()
    ]
    assert told(given).bpcer_permille == 1_000


def test_of_many_people_groups_are_left_out_and_everybody_once():
    given = people(count=23, each=2)
    left_out = train.folds(given)
    assert len(left_out) == train.MOST_FOLDS
    assert (np.sum(left_out, axis=0) == 1).all()
    persons = np.array([one.person for one in given])
    for own in left_out:
        assert not set(persons[own]) & set(persons[~own])


def test_two_people_are_too_few():
    assert train.commission(people(count=2), ACCEPT, REFUSE) is None
    assert train.commission(people(count=3), ACCEPT, REFUSE) is not None


def test_only_people_of_whom_there_is_everything_count():
    given = [one for one in people() if (one.person, one.instrument) != (2, "phone")]
    assert complete(given) == [1, 3]


def test_the_worst_instrument_is_named():
    given = people()
    permille = [100 if one.instrument in ("live", "phone") else 900 for one in given]
    found = figures(given, permille, ACCEPT, REFUSE)
    assert (found.worst, found.apcer_permille, found.bpcer_permille) == ("phone", 1_000, 0)


@pytest.mark.parametrize(
    ("apcer", "bpcer", "asked", "worth"),
    [
        (0, 0, 0, True),
        (200, 0, 0, True),
        (201, 0, 0, False),
        (0, 201, 0, False),
        (0, 0, 501, False),
    ],
)
def test_a_fit_that_errs_too_often_is_none(apcer, bpcer, asked, worth):
    first = Figures("print", 300, 0, 200, 0, 400)
    assert separable(Figures("print", apcer, 0, bpcer, 0, asked), first) == worth


def test_a_fit_worse_than_the_first_constants_is_none():
    first = Figures("print", 0, 0, 0, 0, 0)
    assert separable(Figures("print", 100, 0, 0, 0, 0), first)
    assert separable(Figures("print", 50, 0, 0, 0, 200), first)
    assert not separable(Figures("print", 50, 0, 0, 0, 204), first)

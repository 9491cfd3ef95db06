from collections import Counter

import numpy as np
import pytest

from coprocessor.detect import Detector
from coprocessor.spoof import AT_FIRST, KNOWN_FRAMES, LATER, WIDE, Spoof, live_log_odds


def test_log_odds_of_three_equal_classes():
    assert live_log_odds(np.zeros(3, np.float32)) == pytest.approx(-np.log(2))


def test_log_odds_agree_with_the_softmax():
    logits = np.array([1.5, -0.5, 0.25], np.float32)
    shares = np.exp(logits) / np.exp(logits).sum()
    assert live_log_odds(logits) == pytest.approx(np.log(shares[0] / (1 - shares[0])), abs=1e-5)


@pytest.mark.parametrize("far", [500.0, -500.0])
def test_extreme_logits_stay_finite(far):
    assert np.isfinite(live_log_odds(np.array([far, 0, -far], np.float32)))


def test_the_portrait_is_live_and_every_crop_is_asked(bundle, astronaut):
    (face,) = Detector(bundle).faces(astronaut)
    said = Spoof(bundle).all_log_odds(astronaut, face.box)
    assert set(said) == {*bundle.entry("spoof").crops, WIDE}
    assert sum(said.values()) > 0


@pytest.mark.parametrize(
    ("frames", "asked_of"), [(KNOWN_FRAMES - 1, AT_FIRST), (KNOWN_FRAMES, LATER)]
)
def test_crops_take_turns_and_each_says_what_it_says_alone(bundle, astronaut, frames, asked_of):
    (face,) = Detector(bundle).faces(astronaut)
    spoof = Spoof(bundle)
    every = spoof.all_log_odds(astronaut, face.box)
    turns = [spoof.log_odds(astronaut, face.box, frames) for _ in every]
    assert all(len(turn) == asked_of for turn in turns)
    asked = Counter(scale for turn in turns for scale in turn)
    assert asked == dict.fromkeys(every, asked_of)
    assert all(every[scale] == value for turn in turns for scale, value in turn.items())


def test_a_display_around_the_face_shows_in_the_wide_crop(bundle, astronaut):
    """The closer crops lie within the display; what is shown does not change, its frame comes."""
    (face,) = Detector(bundle).faces(astronaut)
    x0, y0, x1, y1 = (round(float(value)) for value in face.box)
    reach = round(0.38 * (x1 - x0))
    framed = np.full_like(astronaut, 12)
    inside = np.s_[y0 - reach : y1 + reach, x0 - reach : x1 + reach]
    framed[inside] = astronaut[inside]
    spoof = Spoof(bundle)
    plain, shown = (spoof.all_log_odds(rgb, face.box) for rgb in (astronaut, framed))
    assert shown[WIDE] < plain[WIDE] - 2
    assert shown[1.1] == pytest.approx(plain[1.1], abs=1e-3)


def test_channels_are_fed_as_the_manifest_says(bundle, astronaut):
    (face,) = Detector(bundle).faces(astronaut)
    spoof = Spoof(bundle)
    swapped = np.ascontiguousarray(astronaut[..., ::-1])
    right, wrong = (sum(spoof.all_log_odds(rgb, face.box).values()) for rgb in (astronaut, swapped))
    assert right > wrong + 1

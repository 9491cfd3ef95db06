import numpy as np
import pytest

from coprocessor.detect import Detector
from coprocessor.spoof import Spoof, live_log_odds


def test_log_odds_of_three_equal_classes():
    assert live_log_odds(np.zeros(3, np.float32)) == pytest.approx(-np.log(2))


def test_log_odds_agree_with_the_softmax():
    logits = np.array([1.5, -0.5, 0.25], np.float32)
    shares = np.exp(logits) / np.exp(logits).sum()
    assert live_log_odds(logits) == pytest.approx(np.log(shares[0] / (1 - shares[0])), abs=1e-5)


@pytest.mark.parametrize("far", [500.0, -500.0])
def test_extreme_logits_stay_finite(far):
    assert np.isfinite(live_log_odds(np.array([far, 0, -far], np.float32)))


def test_the_portrait_is_live_at_every_crop(bundle, astronaut):
    (face,) = Detector(bundle).faces(astronaut)
    assert Spoof(bundle).log_odds(astronaut, face.box) > 0


def test_channels_are_fed_as_the_manifest_says(bundle, astronaut):
    (face,) = Detector(bundle).faces(astronaut)
    spoof = Spoof(bundle)
    swapped = np.ascontiguousarray(astronaut[..., ::-1])
    assert spoof.log_odds(astronaut, face.box) > spoof.log_odds(swapped, face.box) + 1

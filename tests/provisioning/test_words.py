"""What the terminal tells of itself has a sentence in the simulator, and one for its end."""

import pytest

from board.link.answers import Entry
from provisioning.simulator.words import tone, words

WATCHED = (
    "tamper",
    "link_lost",
    "camera_lost",
    "accelerator_fallback",
    "slow_readings",
    "model_refused",
    "model_drift",
)


def entry(kind: str, **body: str | int) -> Entry:
    return Entry(1, "2026-11-23T12:00:00.000Z", kind, "terminal", 0, dict(body), "")


@pytest.mark.parametrize("kind", WATCHED)
def test_a_condition_and_its_end_have_sentences(kind: str) -> None:
    assert tone(entry(kind)) == "alarm"
    assert tone(entry(f"{kind}_over")) == "plain"
    begun, over = words(entry(kind), {}), words(entry(f"{kind}_over"), {})
    assert begun != over
    for said in (begun, over):
        assert said.lower().replace(" ", "_") not in (kind, f"{kind}_over")


def test_the_two_cameras_are_told_apart() -> None:
    assert words(entry("camera_lost"), {}) == "The camera gives no pictures"
    lost = words(entry("camera_lost", reason="infrared"), {})
    assert lost == "The infrared camera gives no pictures"

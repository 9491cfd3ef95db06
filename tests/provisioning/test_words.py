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
    "input_fault",
    "lock_fault",
)


def entry(kind: str, **body: str | int) -> Entry:
    return Entry(1, "2026-11-23T12:00:00.000Z", kind, "terminal", 0, dict(body), "", "")


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


def test_the_line_that_is_damaged_is_named() -> None:
    cut = words(entry("input_fault", reason="rex_cut"), {})
    assert cut == "The line of the request to exit is cut"
    short = words(entry("input_fault", reason="contact_short"), {})
    assert short == "The line of the door contact is shorted"
    whole = words(entry("input_fault_over", reason="fire_cut"), {})
    assert whole == "The line of the fire panel is whole again"


def test_where_somebody_went_and_whose_grant_was_ended() -> None:
    names = {"a1": "Ada"}
    assert words(entry("passed", holder="a1", area="office"), names) == "Ada went to office"
    again = entry("passed", holder="a1", area="office", reason="anti_passback")
    assert words(again, names) == "Ada went to office, where they were already"
    assert words(entry("passed", holder="b2", area=""), names) == "Somebody went outside"
    swapped = entry("grant_ended", cause="swapped")
    assert (tone(swapped), tone(entry("grant_ended", cause="walked_away"))) == ("alarm", "plain")
    assert words(swapped, {}).endswith("somebody else stood in the holder's place")
    assert words(entry("grant_ended", cause="walked_away"), {}).endswith("the holder walked away")

"""Who gets in, and who does not: told at the reader and the camera of a running terminal."""

import pytest

from tests.flows.stage import Stage, eventually

pytestmark = pytest.mark.flow


def test_card_and_right_face_open(stage: Stage) -> None:
    before = stage.head()
    stage.show("holder", "live")
    stage.tap()
    eventually("a released strike", lambda: stage.released)
    granted = stage.entry(before, "granted")
    assert granted["body"]["factors"] == "card+face"
    assert stage.portal["feedback"]["led"] == "green"
    stage.assert_input("contact", True)
    eventually("an open leaf", lambda: stage.portal["leaf"] == "open")
    eventually("a strike secured behind the person", lambda: not stage.released)
    stage.assert_input("contact", False)
    eventually("a shut leaf", lambda: stage.portal["leaf"] == "shut")


def test_success_is_shown_only_after_the_decision(stage: Stage) -> None:
    before = stage.head()
    stage.show("holder", "live")
    stage.tap()
    while stage.portal["feedback"]["led"] != "green":
        assert not stage.released or stage.entries(before)
    assert next(entry["kind"] for entry in stage.entries(before)) == "granted"


def refused(stage: Stage, before: int, reason: str) -> None:
    """The refusal stands in the journal, and the strike has never moved."""
    denied = None
    for released in stage.strike_over(20):
        assert not released
        denied = next((e for e in stage.entries(before) if e["kind"] == "denied"), None)
        if denied:
            break
    assert denied is not None
    assert denied["body"]["reason"] == reason
    assert not any(stage.strike_over(0.3))
    assert all(entry["kind"] != "granted" for entry in stage.entries(before))


def test_an_unknown_card_is_refused(stage: Stage) -> None:
    before = stage.head()
    stage.show("holder", "live")
    stage.do("card", portal="front", format="H10301", facility=99, number=4242)
    refused(stage, before, "unknown_credential")


def test_bits_that_are_no_card_are_refused(stage: Stage) -> None:
    before = stage.head()
    stage.do("card", portal="front", bits="1" * 26)
    refused(stage, before, "unknown_credential")


def test_the_right_card_with_another_face_is_refused(stage: Stage) -> None:
    before = stage.head()
    stage.show("another", "live", 9)
    stage.tap()
    refused(stage, before, "no_match")


def test_the_right_card_with_nobody_is_refused(stage: Stage) -> None:
    before = stage.head()
    stage.tap()
    refused(stage, before, "no_face_reading")


@pytest.mark.parametrize("scene", ["print", "screen", "as-is"])
def test_a_picture_of_the_holder_is_an_attack(stage: Stage, scene: str) -> None:
    before, alerted = stage.head(), stage.last_alert()
    stage.show("holder", scene, 9)
    stage.tap()
    refused(stage, before, "attack_suspected")
    alert = stage.alert(alerted, "presentation_attack", "momentary")
    assert alert["portal"] == "front"
    assert alert["severity"] == "critical"


def test_five_refusals_in_a_row_are_told(stage: Stage) -> None:
    alerted = stage.last_alert()
    for number in range(5):
        before = stage.head()
        stage.do("card", portal="front", format="H10301", facility=9, number=number)
        stage.entry(before, "denied")
    stage.alert(alerted, "denied_burst", "momentary")

"""What the door itself tells: forced, held, tampered with, released by fire and by REX."""

import pytest

from tests.flows.stage import Stage, eventually

pytestmark = pytest.mark.flow


def test_a_forced_door(stage: Stage) -> None:
    before = stage.last_alert()
    stage.assert_input("contact", True)
    forced = stage.alert(before, "door_forced", "raised")
    assert stage.portal["leaf"] == "forced"
    assert not stage.released
    stage.assert_input("contact", False)
    stage.alert(forced["sequence"], "door_forced", "cleared")


def test_a_held_door_warns_first(stage: Stage) -> None:
    before = stage.last_alert()
    stage.assert_input("rex", True)
    stage.assert_input("contact", True)
    stage.assert_input("rex", False)
    warned = stage.alert(before, "door_held_warning", "momentary")
    held = stage.alert(warned["sequence"], "door_held", "raised")
    assert stage.portal["leaf"] == "held"
    stage.assert_input("contact", False)
    stage.alert(held["sequence"], "door_held", "cleared")


def test_tamper(stage: Stage) -> None:
    before = stage.last_alert()
    stage.assert_input("tamper", True)
    raised = stage.alert(before, "tamper", "raised")
    stage.assert_input("tamper", False)
    stage.alert(raised["sequence"], "tamper", "cleared")


def test_fire_releases_and_beats_lockdown(stage: Stage) -> None:
    before = stage.last_alert()
    stage.do("mode", portal="front", mode="lockdown")
    stage.alert(before, "lockdown", "raised")
    stage.assert_input("fire", True)
    eventually("a released strike", lambda: stage.released)
    burning = stage.alert(before, "fire_release", "raised")
    stage.assert_input("fire", False)
    eventually("a secured strike", lambda: not stage.released)
    stage.alert(burning["sequence"], "fire_release", "cleared")
    assert stage.portal["mode"] == "lockdown"


def test_lockdown_refuses_the_card_and_not_the_exit(stage: Stage) -> None:
    stage.do("mode", portal="front", mode="lockdown")
    before = stage.head()
    stage.show("holder", "live")
    stage.tap()
    assert stage.entry(before, "denied")["body"]["reason"] == "lockdown"
    assert not any(stage.strike_over(0.3))
    stage.assert_input("rex", True)
    eventually("a released strike", lambda: stage.released)


def test_rex_releases_for_as_long_as_it_is_asked_and_then_secures(stage: Stage) -> None:
    stage.assert_input("rex", True)
    eventually("a released strike", lambda: stage.released)
    assert all(stage.strike_over(6)), "a person who still asks for exit was locked in"
    stage.assert_input("rex", False)
    eventually("a secured strike", lambda: not stage.released)

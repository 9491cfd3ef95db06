"""A door without cards (1:N): until it is calibrated the face enters its PIN as well."""

from collections.abc import Iterator

import pytest

from provisioning.simulator import samples
from tests.flows.conftest import inspect
from tests.flows.stage import Stage, eventually

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def face_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("face") / "state", factors='"face"', unlock_ms="1000")
    yield stage
    stage.close()
    inspect(stage.crossed)


@pytest.fixture
def stage(face_stage: Stage) -> Stage:
    face_stage.http.delete("/api/camera")
    eventually("a secured door", lambda: face_stage.portal["lock"] == "secured", 20)
    eventually(
        "an idle display", lambda: face_stage.portal["feedback"]["text"] == "Look at the camera"
    )
    return face_stage


def test_a_holders_face_and_pin_open(stage: Stage) -> None:
    before = stage.head()
    stage.show("holder", "live", 6)
    eventually("asked for the PIN", lambda: "PIN" in stage.portal["feedback"]["text"])
    assert not stage.released
    stage.do("keys", portal="front", keys=samples.PIN + "#")
    assert stage.entry(before, "granted")["body"]["factors"] == "face+pin"
    eventually("a strike released", lambda: stage.entry(before, "secured"))


def test_a_holders_face_alone_does_not(stage: Stage) -> None:
    before = stage.head()
    stage.show("holder", "live", 12)
    assert stage.entry(before, "denied")["body"]["reason"] == "no_pin"
    assert not any(stage.strike_over(0.3))


def test_a_stranger_does_not(stage: Stage) -> None:
    before = stage.head()
    stage.show("another", "live", 9)
    assert stage.entry(before, "denied")["body"]["reason"] == "no_match"
    assert not any(stage.strike_over(0.3))


def test_a_print_of_a_holder_does_not(stage: Stage) -> None:
    before, alerted = stage.head(), stage.last_alert()
    stage.show("holder", "print", 9)
    stage.alert(alerted, "presentation_attack", "momentary")
    assert not any(stage.strike_over(1))
    assert all(entry["kind"] != "granted" for entry in stage.entries(before))

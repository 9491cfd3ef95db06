"""A door with an infrared camera beside the first one: both must see the face.

What that camera sees is drawn (docs/simulator.md): it shows that the parts work together, and
nothing about how well an infrared camera of metal tells a display from a person.
"""

from collections.abc import Iterator

import msgspec
import pytest

from provisioning.__main__ import main
from provisioning.simulator import samples
from tests.flows.conftest import inspect
from tests.flows.stage import Stage, eventually

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def infrared_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("infrared") / "state", infrared=True, unlock_ms="1000")
    yield stage
    stage.close()
    inspect(stage.crossed)


def infrared(stage: Stage) -> str:
    return str(stage.read("state")["camera"]["infrared"])


@pytest.fixture
def stage(infrared_stage: Stage) -> Stage:
    infrared_stage.power("infrared", True)
    infrared_stage.calm()
    eventually("a working infrared camera", lambda: infrared(infrared_stage) == "working")
    return infrared_stage


def test_a_person_passes(stage: Stage) -> None:
    before = stage.head()
    stage.show("holder", "live", 8)
    stage.tap()
    assert stage.entry(before, "granted")["body"]["factors"] == "card+face"
    eventually("a strike released", lambda: stage.entry(before, "secured"))


@pytest.mark.parametrize("scene", ["screen", "as-is"])
def test_what_infrared_does_not_see_is_an_attack(stage: Stage, scene: str) -> None:
    before, alerted = stage.head(), stage.last_alert()
    stage.show("holder", scene, 9)
    stage.tap()
    assert stage.entry(before, "denied", 20)["body"]["reason"] == "attack_suspected"
    stage.alert(alerted, "presentation_attack", "momentary")
    assert all(entry["kind"] != "granted" for entry in stage.entries(before))


def test_the_doctor_sees_both_cameras_and_an_attack_score_of_no_site(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--state", str(stage.state), "--json"]) == 1
    report = msgspec.json.decode(capsys.readouterr().out)
    told = {(one["subject"], one["level"]) for one in report["findings"]}
    assert {("camera", "ok"), ("infrared camera", "ok"), ("co-processor", "ok")} <= told
    assert ("attack score", "weak") in told


def test_a_camera_that_is_unplugged_lets_no_face_in_is_told_and_the_pin_stands_in(
    stage: Stage,
) -> None:
    before, alerted = stage.head(), stage.last_alert()
    stage.tap()
    eventually("a prompt for the face", lambda: "camera" in stage.portal["feedback"]["text"])
    stage.power("infrared", False)
    stage.show("holder", "live", 9)  # the first camera's readings go on; they are unclear
    stage.entry(before, "denied", 20)
    eventually("a lost infrared camera", lambda: infrared(stage) == "lost")
    stage.tap()
    eventually("a prompt for the PIN", lambda: "PIN" in stage.portal["feedback"]["text"])
    assert not any(stage.strike_over(1)), "one camera's word opened the door"
    assert all(entry["kind"] != "granted" for entry in stage.entries(before))
    stage.do("keys", portal="front", keys=f"{samples.PIN}#")
    assert stage.entry(before, "granted")["body"]["factors"] == "card+pin"
    lost = stage.alert(alerted, "camera_lost", "raised")
    assert lost["reason"] == "infrared"
    stage.power("infrared", True)
    stage.alert(lost["sequence"], "camera_lost", "cleared")

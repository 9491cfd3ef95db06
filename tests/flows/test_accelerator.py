"""A terminal told to use an accelerator that is not there reads faces, and says what it runs on."""

import pytest

from tests.flows.stage import Stage, eventually

pytestmark = pytest.mark.flow


def restarted(stage: Stage, backend: str) -> None:
    """With the models on this backend."""
    stage.power("coprocessor", False)
    eventually("a co-processor that is gone", lambda: not stage.face_ready())
    # What the simulator made of coprocessor.toml when it started.
    path = stage.state / "coprocessor.simulated.toml"
    text = path.read_text().partition("[models]")[0]
    path.write_text(f'{text}[models]\nbackend = "{backend}"\n')
    stage.power("coprocessor", True)
    eventually("readings", stage.face_ready, 60)


def test_the_fallback_is_published_readings_go_on_and_it_clears(own_stage: Stage) -> None:
    stage, alerted = own_stage, own_stage.last_alert()
    restarted(stage, "edgetpu")
    stage.alert(alerted, "accelerator_fallback", "raised", 30)
    before = stage.head()
    stage.show("holder", "live", 6)
    stage.tap()
    stage.entry(before, "granted", 30)
    restarted(stage, "onnxruntime")
    stage.alert(alerted, "accelerator_fallback", "cleared", 30)

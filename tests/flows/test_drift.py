"""Three weeks told in a file: the co-processor reads it, the alert with its figure is published."""

from pathlib import Path

import pytest

from board.bundle import read_manifest
from coprocessor.config import read_config
from coprocessor.drift import kept
from coprocessor.drift.drift import EDGES
from coprocessor.drift.gauge import Counted, Gauge
from tests.flows.stage import Stage, eventually

pytestmark = pytest.mark.flow


def weeks(state: Path) -> kept.Kept:
    """As if everybody had come a third nearer of late: the size has moved, all else is the same."""
    config = read_config(state / "coprocessor.toml")
    manifest = read_manifest(config.bundle.directory, config.bundle.public_key)
    gauges = {str(of): Gauge(edges).counted for of, edges in EDGES.items()}
    for of, moved in (("exposure", 0), ("size", 8)):
        nothing = gauges[of].baseline
        baseline = tuple(60 if 8 <= place < 13 else 0 for place in range(len(nothing)))
        before = tuple(30 if 8 <= place - moved < 13 else 0 for place in range(len(nothing)))
        gauges[of] = Counted(baseline, before, nothing, True, 0)
    return kept.Kept(1, manifest.identity, config.camera.name, 30_000, gauges)


def test_a_drift_is_published_with_its_figure_and_cleared(own_stage: Stage) -> None:
    stage, path = own_stage, own_stage.state / "drift.json"
    before, alerted = stage.head(), stage.last_alert()
    stage.power("coprocessor", False)
    eventually("a co-processor that is gone", lambda: not stage.face_ready())
    kept.write(path, weeks(stage.state))
    stage.power("coprocessor", True)
    alert = stage.alert(alerted, "model_drift", "raised", 60)
    assert alert["reason"] == "size"
    assert alert["psi_e3"] > 1_000
    body = stage.entry(before, "model_drift")["body"]
    assert body == {"reason": "size", "psi_e3": alert["psi_e3"]}
    stage.power("coprocessor", False)
    eventually("a co-processor that is gone", lambda: not stage.face_ready())
    path.unlink()
    stage.power("coprocessor", True)
    over = stage.alert(alerted, "model_drift", "cleared", 60)
    assert over["reason"] == "size"
    assert "psi_e3" not in over

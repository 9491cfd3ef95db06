"""A terminal that is sure of nobody: who turns their head as the display asks is let in."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from board import bundle as bundles
from tests.flows.conftest import inspect
from tests.flows.stage import BUNDLE, Stage, eventually

pytestmark = pytest.mark.flow

TURNS = {"Turn your head to your left": "left", "Turn your head to your right": "right"}
OTHER = {"left": "right", "right": "left"}


def unsure(into: Path) -> Path:
    """The bundle with thresholds under which every face is unclear, signed by a key of our own."""
    shutil.copytree(BUNDLE, into)
    manifest = bundles.read_manifest(BUNDLE, (BUNDLE / "bundle.pub").read_text("ascii").strip())
    limits = msgspec.structs.replace(
        manifest.thresholds, attack_accept_permille=0, attack_refuse_permille=1_000
    )
    raw = bundles.encode(msgspec.structs.replace(manifest, thresholds=limits))
    key = Ed25519PrivateKey.generate()
    (into / "manifest.json").write_bytes(raw)
    (into / "manifest.sig").write_bytes(key.sign(raw))
    (into / "bundle.pub").write_text(key.public_key().public_bytes_raw().hex() + "\n", "ascii")
    return into


@pytest.fixture(scope="module")
def unsure_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("unsure")
    stage = Stage(folder / "state", bundle=unsure(folder / "bundle"), unlock_ms="1000")
    yield stage
    stage.close()
    inspect(stage.crossed)


@pytest.fixture
def stage(unsure_stage: Stage) -> Stage:
    unsure_stage.calm()
    return unsure_stage


def shown(stage: Stage) -> str:
    return str(stage.portal["feedback"]["text"])


def asked(stage: Stage, before: int) -> str:
    """The side that the display asks for, or nothing if the attempt is over first."""

    def look() -> str:
        over = any(entry["kind"] in ("granted", "denied") for entry in stage.entries(before))
        return "over" if over else TURNS.get(shown(stage), "")

    side = eventually("a side to turn to", look, 20)
    return "" if side == "over" else side


def turn(stage: Stage, side: str) -> None:
    """Turn, and wait until the display asks for the next thing."""
    stage.do("camera/turn", side=side)
    deadline = time.monotonic() + 6
    while TURNS.get(shown(stage)) == side and time.monotonic() < deadline:
        time.sleep(0.03)


def test_who_turns_as_asked_is_let_in(stage: Stage) -> None:
    before = stage.head()
    stage.show("holder", "live", 40)
    stage.tap()
    sides = []
    while side := asked(stage, before):
        assert not stage.released
        sides.append(side)
        turn(stage, side)
    granted = stage.entry(before, "granted")
    assert granted["body"]["step_up"] == "passed"
    assert granted["body"]["factors"] == "card+face"
    assert len(sides) >= 2  # more after a failure at this door


def refused(stage: Stage, before: int) -> dict[str, object]:
    """The refusal; nothing was released on the way."""
    denied = None
    for released in stage.strike_over(20):
        assert not released
        denied = next((e for e in stage.entries(before) if e["kind"] == "denied"), None)
        if denied:
            break
    assert denied
    assert not any(stage.strike_over(0.3))
    assert all(entry["kind"] != "granted" for entry in stage.entries(before))
    body: dict[str, object] = denied["body"]
    return body


def test_the_wrong_side_is_refused(stage: Stage) -> None:
    before, alerted = stage.head(), stage.last_alert()
    stage.show("holder", "live", 40)
    stage.tap()
    turn(stage, OTHER[asked(stage, before)])
    body = refused(stage, before)
    assert (body["reason"], body["step_up"]) == ("step_up_failed", "failed")
    assert stage.alert(alerted, "presentation_attack", "momentary")["reason"] == "step_up_failed"


def test_who_does_not_turn_is_refused(stage: Stage) -> None:
    before = stage.head()
    stage.show("holder", "live", 40)
    stage.tap()
    assert asked(stage, before)
    assert refused(stage, before)["reason"] == "step_up_failed"


def test_a_stranger_is_not_asked(stage: Stage) -> None:
    before = stage.head()
    stage.show("another", "live", 20)
    stage.tap()
    assert asked(stage, before) == ""
    refused(stage, before)


@pytest.mark.parametrize("scene", ["print", "screen"])
def test_a_picture_that_is_turned_by_hand_is_refused(stage: Stage, scene: str) -> None:
    """Even where its score is taken for unclear: a flat thing does not measure the angle."""
    before = stage.head()
    stage.show("holder", scene, 40)
    stage.tap()
    if side := asked(stage, before):
        turn(stage, side)
    assert refused(stage, before)["reason"] in ("step_up_failed", "attack_suspected")

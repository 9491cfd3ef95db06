"""Somebody takes another's place before the camera: nobody gets in on what another has shown."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from provisioning.simulator import samples
from provisioning.simulator.motion import Sway
from provisioning.simulator.scenes import FPS, SIZE, compose, decode
from provisioning.simulator.sheet import printed
from tests.flows.stage import Stage, eventually

pytestmark = pytest.mark.flow

APPROACH_S = 2.5
"""Longer than a verdict needs: who stands there is known before the card is."""
CHANGE_S = 0.3
"""From the swap to the card: no frame of the one before is on its way any more."""


def kept_out(stage: Stage, before: int, patience_s: float = 30) -> str:
    """The strike never moves and nothing is granted; the reason of the refusal."""
    reason = ""
    for released in stage.strike_over(patience_s):
        assert not released
        found = stage.entries(before)
        assert all(entry["kind"] != "granted" for entry in found)
        reason = next((str(e["body"]["reason"]) for e in found if e["kind"] == "denied"), "")
        if reason:
            break
    assert reason, "no refusal in time"
    assert not any(stage.strike_over(0.3))
    return reason


def seen(stage: Stage) -> None:
    """Until the co-processor has had time to know who stands there."""
    eventually("a picture", lambda: stage.read("state")["camera"]["scene"])
    time.sleep(APPROACH_S)


def test_who_steps_in_with_the_holders_card_is_a_stranger(stage: Stage) -> None:
    """The holder stands there until the card is shown."""
    before = stage.head()
    stage.show("holder", "live", 9)
    seen(stage)
    stage.show("another", "live", 12)
    time.sleep(CHANGE_S)
    stage.tap()
    assert kept_out(stage, before) == "no_match"


@pytest.mark.parametrize("scene", ["print", "screen", "as-is"])
def test_a_living_stranger_does_not_vouch_for_a_picture(stage: Stage, scene: str) -> None:
    """Another's living face until the card is shown, then a picture of the holder."""
    before = stage.head()
    stage.show("another", "live", 9)
    seen(stage)
    stage.show("holder", scene, 12)
    time.sleep(CHANGE_S)
    stage.tap()
    assert kept_out(stage, before) == "attack_suspected"


@pytest.mark.parametrize("after_s", [0.2, 0.8, 1.4])
def test_a_picture_that_comes_in_during_the_attempt(stage: Stage, after_s: float) -> None:
    """At no moment before the verdict does a swap help."""
    before = stage.head()
    stage.show("another", "live", 9)
    stage.tap()
    time.sleep(after_s)
    stage.show("holder", "print", 12)
    assert kept_out(stage, before) in ("attack_suspected", "no_match")


def test_to_and_fro(stage: Stage) -> None:
    """The picture for the match, the living face for the spoof check, by turns."""
    before = stage.head()
    stage.tap()
    for _ in range(8):
        stage.show("another", "live", 4)
        time.sleep(0.25)
        stage.show("holder", "print", 4)
        time.sleep(0.25)
    assert kept_out(stage, before) != ""


def in_front(path: Path, seconds: float) -> bytes:
    """A video of somebody living who holds a print of the holder before their face."""
    pictures = samples.pictures()
    sheet = printed(decode(pictures["holder"]), np.random.default_rng(1), round(SIZE[0] * 0.8))
    high, wide = sheet.shape[:2]
    sway = Sway(np.random.default_rng(2), 2)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), FPS, SIZE[::-1])
    for index, rgb in enumerate(compose(decode(pictures["another"]), "live", seconds=seconds)):
        x, y = np.rint(14 * sway.at(index / FPS)).astype(int)
        left, top = (SIZE[1] - wide) // 2 + x, (SIZE[0] - high) // 2 + y
        frame = rgb.copy()
        frame[top : top + high, left : left + wide] = sheet
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    writer.release()
    return path.read_bytes()


def test_a_picture_before_ones_own_face(stage: Stage, tmp_path: Path) -> None:
    before = stage.head()
    stage.http.post(
        "/api/camera",
        content=in_front(tmp_path / "front.avi", 12),
        headers={"content-type": "video/x-msvideo"},
    ).raise_for_status()
    stage.tap()
    assert kept_out(stage, before) == "attack_suspected"

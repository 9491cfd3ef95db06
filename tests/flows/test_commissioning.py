"""An installer commissions a running terminal: real processes, real models, `cardea commission`.

A whole fit, its use and its being void are told in-process, where a minute does not take one:
tests/coprocessor/calibration/test_story.py.
"""

import stat
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from board.link import admin, answers
from provisioning.__main__ import main
from provisioning.terminal import ask
from tests.flows.stage import Stage

pytestmark = pytest.mark.flow


def commission(stage: Stage, *words: str) -> int:
    return main(["commission", *words, "--state", str(stage.state)])


def calibration(stage: Stage) -> str:
    answer = ask(stage.state, admin.Status())
    assert isinstance(answer, answers.StatusAnswer)
    return answer.calibration


def test_what_stands_before_the_camera_is_observed_kept_and_forgotten(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stage.head()
    stage.show("holder", "live", 12)
    assert commission(stage, "live", "--person", "1", "--seconds", "7", "--json") == 0
    told = msgspec.json.decode(capsys.readouterr().out)
    assert told["calibration"] == calibration(stage) == "none"
    assert set(told["observed"]) == {"1 live"}
    assert told["observed"]["1 live"] >= 2

    kept = stage.state / "calibration.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.stat().st_size < 20_000
    outcome = stage.entry(before, "commissioned")["body"]
    assert (outcome["instrument"], outcome["person"], outcome["reason"]) == ("live", 1, "")

    assert commission(stage, "fit") == 1
    assert "person 1 lacks print, phone, tablet" in capsys.readouterr().err
    assert commission(stage, "report") == 0
    assert "next: person 1: hold a printed picture" in capsys.readouterr().out
    assert commission(stage, "forget") == 0
    assert not kept.exists()
    assert calibration(stage) == "none"


def test_before_an_empty_hallway_nobody_is_observed(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commission(stage, "print", "--person", "2", "--seconds", "2") == 1
    assert "no clear face" in capsys.readouterr().err
    assert not any(stage.strike_over(0.2))


def test_the_door_opens_while_it_is_commissioned(stage: Stage) -> None:
    before = stage.head()
    stage.show("holder", "live", 14)
    words = ("live", "--person", "1", "--seconds", "9", "--json")
    with ThreadPoolExecutor(1) as aside:
        observing = aside.submit(commission, stage, *words)
        stage.tap()
        stage.entry(before, "granted", 9)
        assert not observing.done()
        assert observing.result(30) == 0
    assert commission(stage, "forget") == 0

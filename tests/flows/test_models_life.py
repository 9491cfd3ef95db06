"""With the real models: several pictures of one face, and a golden set that stays the same."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.data import astronaut

from provisioning.__main__ import main
from provisioning.simulator import samples
from tests.flows.stage import Stage, eventually

pytestmark = pytest.mark.flow

NUMBER = 2001


def encoded(picture: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1])


def varied() -> list[bytes]:
    """Three pictures of one person: as it is, darker and turned, nearer and mirrored."""
    whole = np.ascontiguousarray(astronaut()[..., ::-1])
    height, width = whole.shape[:2]
    turned = cv2.warpAffine(
        cv2.convertScaleAbs(whole, alpha=0.7),
        cv2.getRotationMatrix2D((width / 2, height / 3), 6, 1),
        (width, height),
    )
    near = np.ascontiguousarray(whole[: 3 * height // 5, width // 5 : 4 * width // 5, :][:, ::-1])
    return [encoded(np.asarray(picture, np.uint8)) for picture in (whole, turned, near)]


@pytest.fixture
def somebody_else() -> bytes:
    found = samples.pictures().get("another")
    if found is None:
        pytest.skip("matplotlib, whose sample picture shows somebody else, is not installed")
    return found


def enrol(stage: Stage, pictures: list[bytes]) -> tuple[int, dict[str, str]]:
    """The API's status and answer to a holder with these pictures."""
    data = {"name": "Eve", "facility": str(samples.FACILITY), "number": str(NUMBER)}
    files = [("photo", (f"{n}.jpg", one, "image/jpeg")) for n, one in enumerate(pictures)]
    answer = stage.http.post("/api/holders", data=data, files=files)
    return answer.status_code, answer.json()


def test_three_pictures_of_one_face_open_the_door_and_two_faces_do_not(
    stage: Stage, somebody_else: bytes
) -> None:
    status, answer = enrol(stage, [*varied()[:2], somebody_else])
    assert (status, answer["reason"]) == (422, "not_one_person")
    assert "photos 1 and 3" in answer["error"]
    status, answer = enrol(stage, varied())
    assert status == 201
    before = stage.head()
    stage.show("holder", "live", seconds=8)
    stage.do("card", portal="front", format="H10301", facility=samples.FACILITY, number=NUMBER)
    assert stage.entry(before, "granted", 20)["body"]["holder"] == answer["id"]


@pytest.fixture
def golden(stage: Stage, tmp_path: Path, somebody_else: bytes) -> Iterator[list[str]]:
    """A golden set of three pictures of one person and one of another; forgotten in the end."""
    files = []
    for number, picture in enumerate([*varied(), somebody_else]):
        (tmp_path / f"{number}.jpg").write_bytes(picture)
        files.append(str(tmp_path / f"{number}.jpg"))
    yield files
    assert main(["golden", "forget", "--state", str(stage.state)]) == 0


def test_a_golden_set_stays_the_same_in_another_process(
    stage: Stage, golden: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    state = ["--state", str(stage.state)]
    before = stage.head()
    assert main(["golden", "make", *golden, "--consent", "sample pictures", *state]) == 0
    told = capsys.readouterr().out
    assert "4 pictures are kept" in told
    assert told.count(": one person") == 3
    stage.power("coprocessor", False)
    eventually("a lost link", lambda: not stage.face_ready())
    stage.power("coprocessor", True)
    eventually("a face-ready terminal", stage.face_ready, 60)
    assert main(["golden", "check", *state]) == 0
    assert "all 4 answers are as they were" in capsys.readouterr().out
    assert "golden_failed" not in {entry["kind"] for entry in stage.entries(before)}

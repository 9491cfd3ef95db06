"""What is kept, for whom, and what makes it void: another camera, bundle, size, place or file."""

import logging

import msgspec
import numpy as np
import pytest

from coprocessor.calibration import record, train
from coprocessor.calibration.keeper import SAVE_EVERY, Keeper
from coprocessor.calibration.record import MOST_PASSES, MOST_WINDOWS
from coprocessor.calibration.view import view
from tests.coprocessor.calibration.made import people
from tests.coprocessor.calibration.test_record import FIGURES

FIT = record.fitted(train.train(people()), FIGURES)
VIEW = view(np.arange(384, dtype=np.float32) - 200)


def keeper(path, camera="CAM0", bundle="00112233aabbccdd", size=(640, 480)):
    made = Keeper(path, camera, bundle)
    made.sized(*size)
    return made


@pytest.fixture
def path(tmp_path):
    return tmp_path / "calibration.json"


@pytest.fixture
def fitted(path):
    kept = keeper(path)
    assert kept.observed(people()) == ""
    assert kept.fitted(FIT) == ""
    kept.seen(VIEW)
    return path


def test_before_anything_there_is_nothing(path):
    kept = keeper(path)
    assert (kept.calibration, kept.windows, kept.fit, kept.view) == ("none", (), None, None)
    assert not path.exists()


def test_it_outlives_a_restart(fitted):
    kept = keeper(fitted)
    assert kept.calibration == "site"
    assert kept.fit == FIT
    assert len(kept.windows) == len(people())
    assert kept.view.text() == VIEW.text()


@pytest.mark.parametrize(
    "change",
    [{"camera": "CAM1"}, {"bundle": "ff" * 8}, {"size": (1280, 720)}, {"size": (480, 640)}],
)
def test_of_another_camera_bundle_or_size_it_is_void(fitted, change, caplog):
    with caplog.at_level(logging.WARNING):
        kept = keeper(fitted, **change)
    assert kept.calibration == "void"
    assert kept.windows == ()
    assert len(caplog.records) == 1
    assert "cardea commission" in caplog.text
    assert keeper(fitted).calibration == "void"  # and stays so, even where it came from


def test_frames_that_change_their_size_make_it_void(fitted):
    kept = keeper(fitted)
    assert not kept.sized(640, 480)
    assert kept.sized(1280, 720)
    assert kept.calibration == "void"


def test_moved_stays_moved_until_a_new_fit(fitted):
    kept = keeper(fitted)
    kept.void("moved")
    assert keeper(fitted).calibration == "void"
    again = keeper(fitted)
    assert again.observed(people()[:5]) == ""
    assert again.calibration == "void"
    assert len(again.windows) == 5  # of the new place alone
    assert again.observed(people()[5:]) == ""
    assert keeper(fitted).calibration == "void"
    assert again.fitted(FIT) == ""
    assert again.calibration == keeper(fitted).calibration == "site"
    assert len(keeper(fitted).windows) == len(people())


def test_what_was_observed_at_another_place_is_dropped_before_a_fit(path):
    kept = keeper(path)
    kept.observed(people())
    kept.void("moved")
    assert (kept.calibration, kept.windows) == ("none", ())
    assert keeper(path).windows == ()


def test_to_forget_is_to_begin_anew(fitted):
    kept = keeper(fitted)
    kept.void("moved")
    assert kept.forget() == ""
    assert kept.calibration == keeper(fitted).calibration == "none"
    assert not fitted.exists()


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b"[" * 100_000, b"x" * (2 << 20)])
def test_a_file_that_cannot_be_used_is_void_with_one_line(path, raw, caplog):
    path.write_bytes(raw)
    with caplog.at_level(logging.WARNING):
        kept = keeper(path)
    assert kept.calibration == "void"
    assert len(caplog.records) == 1
    assert "\n" not in caplog.text.strip()
    assert kept.observed(people()) == ""
    assert kept.fitted(FIT) == ""
    assert keeper(path).calibration == "site"


def test_a_disk_that_fails_is_told_and_the_former_stands(fitted):
    kept = keeper(fitted)
    fitted.unlink()
    fitted.mkdir()
    (fitted / "x").touch()
    assert kept.observed(people()) == "storage"
    assert kept.fitted(FIT) == "storage"
    assert kept.forget() == "storage"
    assert kept.calibration == "site"
    kept.void("moved")
    assert kept.calibration == "void"  # in memory at least


def test_before_the_first_frame_nothing_is_kept(path):
    kept = Keeper(path, "CAM0", "00112233aabbccdd")
    assert kept.observed(people()) == "nobody"
    assert kept.add_pass(people()[0].row) == -1
    assert not path.exists()


def test_no_more_than_the_cap_is_kept(path):
    kept = keeper(path)
    one = people()[0]
    assert kept.observed([one] * MOST_WINDOWS) == ""
    assert kept.observed([one]) == "storage"
    assert len(kept.windows) == MOST_WINDOWS


def test_passes_are_a_sample_of_bounded_size(path):
    kept = keeper(path)
    row = people()[0].row
    for number in range(1, 3 * MOST_PASSES):
        assert kept.add_pass((float(number), *row[1:])) == number
    assert len(kept.passes) == MOST_PASSES
    assert kept.passed == 3 * MOST_PASSES - 1
    assert len(keeper(path).passes) == MOST_PASSES
    assert kept.passed - keeper(path).passed < SAVE_EVERY


def test_while_it_is_void_no_pass_counts(fitted):
    kept = keeper(fitted)
    kept.void("moved")
    assert kept.add_pass(people()[0].row) == -1
    assert kept.passes == ()


def test_the_first_view_after_the_fit_is_kept_and_no_later_one(fitted):
    kept = keeper(fitted)
    kept.seen(view(-np.arange(384, dtype=np.float32)))
    assert kept.view.text() == VIEW.text()
    assert msgspec.json.decode(fitted.read_bytes())["view"] == VIEW.text()

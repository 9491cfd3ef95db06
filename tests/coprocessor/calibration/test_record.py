"""calibration.json: whatever its bytes, a record or one clear error."""

import stat

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.calibration import record, train, windows
from coprocessor.calibration.record import (
    MOST_BYTES,
    Camera,
    Record,
    RecordError,
    parse,
    read,
    write,
)
from coprocessor.calibration.train import Figures
from tests.coprocessor.calibration.made import people

FIGURES = Figures("print", 0, 561, 0, 561, 50)


def whole():
    given = people()
    fitted = record.fitted(train.train(given), FIGURES)
    row = given[0].row
    camera = Camera("CAM0", 640, 480)
    return Record(
        1, camera, "00112233aabbccdd", "2026-11-23", tuple(given), (row,), 1, fitted, "0f" * 96
    )


WHOLE = msgspec.json.encode(whole())


def test_it_comes_back_as_it_was(tmp_path):
    path = tmp_path / "calibration.json"
    write(path, whole())
    assert read(path) == whole()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_the_fit_judges_as_it_did():
    trained = train.train(people())
    again = record.trained(record.fitted(trained, FIGURES))
    rows = windows.matrix([one.row for one in people(seed=9)])
    assert (again.fit.lowest(rows) == trained.fit.lowest(rows)).all()
    assert again.edges == trained.edges


def test_a_cue_nobody_alive_had_stays_silent():
    mute = [msgspec.structs.replace(one, row=(None, *one.row[1:])) for one in people()]
    again = record.trained(record.fitted(train.train(mute), FIGURES))
    rows = windows.matrix([(9e8, *people()[0].row[1:]), (None, *people()[0].row[1:])])
    assert np.ptp(again.fit.lowest(rows)) == 0


def test_where_there_is_no_file_there_is_no_record(tmp_path):
    assert read(tmp_path / "calibration.json") is None


def test_what_cannot_be_read_says_so(tmp_path):
    with pytest.raises(RecordError, match="directory"):
        read(tmp_path)


def test_a_write_that_fails_leaves_the_former_one(tmp_path):
    path = tmp_path / "calibration.json"
    write(path, whole())
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        write(path, whole())
    assert list(tmp_path.iterdir()) == [path]


def test_no_file_is_longer_than_the_cap():
    with pytest.raises(RecordError, match="longer"):
        parse(WHOLE + b" " * MOST_BYTES)


def test_the_longest_record_fits_under_the_cap():
    one = msgspec.structs.replace(whole().windows[0], row=(-1.2345678901234567e-05,) * 10)
    long = msgspec.structs.replace(
        whole(), windows=(one,) * record.MOST_WINDOWS, passes=(one.row,) * record.MOST_PASSES
    )
    assert len(msgspec.json.encode(long)) <= MOST_BYTES


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"schema":1', b'"schema":2'),
        (b'"passed":1', b'"passed":-1'),
        (b'"passed":1', b'"passed":1,"template":"AAAA"'),
        (b'"width":640', b'"width":0'),
        (b'"middle":[', b'"middle":[1e999,'),
        (b'"spread":[', b'"spread":[0,'),
        (b'"view":"0f', b'"view":"0g'),
        (b'"view":"0f', b'"view":"f'),
        (b'"void":""', b'"void":"gone"'),
        (b'"person":1', b'"person":0'),
        (b'"instrument":"live"', b'"instrument":"mask"'),
        (b'"apcer_permille":0', b'"apcer_permille":1001'),
    ],
)
def test_another_shape_is_an_error_with_a_remedy(old, new):
    assert old in WHOLE
    with pytest.raises(RecordError, match="cardea commission forget") as told:
        parse(WHOLE.replace(old, new, 1))
    assert "\n" not in str(told.value)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_record_or_an_error(raw):
    with pytest.raises(RecordError):
        parse(raw)


@given(place=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255))
def test_a_byte_that_changed_is_a_record_that_works_or_an_error(place, byte):
    try:
        found = parse(WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :])
    except RecordError:
        return
    assert found.fitted is not None
    trained = record.trained(found.fitted)
    rows = windows.matrix([one.row for one in found.windows])
    scores = trained.fit.lowest(rows)
    assert np.isfinite(scores).all()
    assert all(0 <= trained.edges.permille(float(one), 400, 800) <= 1_000 for one in scores)


@given(st.integers(0, len(WHOLE)))
def test_half_a_file_is_an_error(length):
    if length < len(WHOLE):
        with pytest.raises(RecordError):
            parse(WHOLE[:length])


def test_nothing_in_it_can_hold_a_picture_or_a_name():
    """Every field is a number, a word of a closed list, or named here."""
    free = {"camera.name", "bundle", "date", "view"}
    found = set()

    def walk(kind, place):
        for field in msgspec.inspect.type_info(kind).fields:
            name = f"{place}{field.name}"
            look(field.type, name)

    def look(info, name):
        match info:
            case msgspec.inspect.StructType():
                walk(info.cls, f"{name}.")
            case msgspec.inspect.TupleType():
                for one in info.item_types:
                    look(one, name)
            case msgspec.inspect.VarTupleType():
                look(info.item_type, name)
            case msgspec.inspect.UnionType():
                for one in info.types:
                    look(one, name)
            case msgspec.inspect.StrType() | msgspec.inspect.BytesType():
                found.add(name)

    walk(Record, "")
    assert found == free

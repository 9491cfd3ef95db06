"""A signer's count only grows, whatever is built, taken back, lost or damaged."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.models.build.version import Count, beside
from coprocessor.models.model import ModelError
from tests.board.test_bundle import manifest as some_manifest

ONE = some_manifest()
OTHER = some_manifest("other.tflite")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "signing.count"


def test_the_same_keeps_its_number_and_another_gets_the_next(path: Path) -> None:
    assert Count(path).number(ONE, None).version == 1
    assert Count(path).number(ONE, None).version == 1
    assert Count(path).number(OTHER, None).version == 2


def test_an_older_content_gets_a_new_number(path: Path) -> None:
    versions = [Count(path).number(made, None).version for made in (ONE, OTHER, ONE)]
    assert versions == [1, 2, 3]


def test_a_lost_count_goes_on_from_the_bundle_that_stands(path: Path) -> None:
    standing = msgspec.structs.replace(OTHER, version=41)
    assert Count(path).number(ONE, standing).version == 42
    path.unlink()
    assert Count(path).number(OTHER, standing).version == 41


def test_a_wanted_version_must_be_higher(path: Path) -> None:
    assert Count(path, wanted=9).number(ONE, None).version == 9
    assert Count(path, wanted=9).number(ONE, None).version == 9
    for lower in (8, 9):
        with pytest.raises(ModelError, match=rf"version {lower}: 9 was given; choose a higher"):
            Count(path, wanted=lower).number(OTHER, None)
    assert Count(path).number(OTHER, None).version == 10


def test_the_count_lies_beside_the_key(tmp_path: Path) -> None:
    beside(tmp_path / "signing.key").number(ONE, None)
    assert [file.name for file in tmp_path.iterdir()] == ["signing.count"]


@given(st.binary(max_size=80))
def test_a_damaged_count_is_never_taken_for_nothing(
    tmp_path_factory: pytest.TempPathFactory, damaged: bytes
) -> None:
    path = tmp_path_factory.mktemp("count") / "signing.count"
    path.write_bytes(damaged)
    with pytest.raises(ModelError, match=r"signing\.count: .*give --version"):
        Count(path).number(ONE, None)

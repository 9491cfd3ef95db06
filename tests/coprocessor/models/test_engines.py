"""An engine is kept whole, found again, and believed only where nobody else can have put it."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprocessor.models.engines import keep_engine, kept_as, read_engine
from coprocessor.models.model import ModelError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "engines" / kept_as(b"a graph", "10.3.0", "Orin (nvgpu)")


def test_what_is_kept_is_read_back(path: Path) -> None:
    assert read_engine(path) == b""
    keep_engine(path, b"one")
    keep_engine(path, b"two")
    assert read_engine(path) == b"two"
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_another_graph_version_or_device_is_another_engine() -> None:
    names = {
        kept_as(b"a graph", "10.3.0", "Orin (nvgpu)"),
        kept_as(b"another", "10.3.0", "Orin (nvgpu)"),
        kept_as(b"a graph", "10.3.1", "Orin (nvgpu)"),
        kept_as(b"a graph", "10.3.0", "Xavier"),
    }
    assert len(names) == 4


@given(st.binary(max_size=20), st.text(max_size=60), st.text(max_size=300))
def test_whatever_the_device_is_called_it_is_a_plain_name(
    content: bytes, version: str, device: str
) -> None:
    name = kept_as(content, version, device)
    assert len(name) < 128
    assert Path(name).name == name
    assert name.isascii()
    assert name.endswith(".engine")


def test_what_others_may_write_is_refused(path: Path) -> None:
    keep_engine(path, b"one")
    path.chmod(0o620)
    with pytest.raises(ModelError, match=r"\.engine: others may write it; delete it"):
        read_engine(path)


def test_a_link_is_refused(path: Path) -> None:
    keep_engine(path, b"one")
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))
    with pytest.raises(ModelError, match=r"\.engine: Too many levels.*delete it"):
        read_engine(path)


def test_a_leftover_of_a_broken_write_is_no_hindrance(path: Path) -> None:
    keep_engine(path, b"one")
    path.with_suffix(".new").write_bytes(b"half an eng")
    keep_engine(path, b"two")
    assert read_engine(path) == b"two"


def test_nowhere_to_keep_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "engines").write_text("a file")
    with pytest.raises(ModelError, match=r"engines: .*set models\.engines"):
        keep_engine(tmp_path / "engines" / "x.engine", os.urandom(8))

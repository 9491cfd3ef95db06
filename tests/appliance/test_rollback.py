"""No step back is accepted, and what is damaged, missing or of another shape is not believed."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.rollback import NOTHING, believed, judge
from appliance.vault.models import TakenBundle
from board.bundle import encode
from tests.appliance.bench import BUNDLE, MANIFEST
from tests.board import test_bundle as shipped

BUNDLES = st.builds(
    TakenBundle,
    st.sampled_from(["a", "b", BUNDLE]),
    st.integers(1, 6),
    st.just(1),
    st.booleans(),
)


@given(st.lists(BUNDLES, max_size=6), st.integers(1, 6))
def test_nothing_older_than_another_is_ever_accepted(known: list[TakenBundle], number: int) -> None:
    manifest = msgspec.structs.replace(MANIFEST, version=number)
    known = [one for one in known if one.identity != manifest.identity]
    others = [one.version for one in known]
    reason = judge(manifest, known)
    assert (reason == "") == all(number > other for other in others)
    assert (reason == "reused") == (bool(others) and number == max(others))
    again = [*known, TakenBundle(manifest.identity, number, 1, trusted=False)]
    assert judge(manifest, again) == reason


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig"])
def test_a_damaged_bundle_is_believed_nothing(tmp_path: Path, name: str) -> None:
    shipped.write(tmp_path, encode(shipped.manifest()))
    assert believed(tmp_path, shipped.PUBLIC) == shipped.manifest()
    content = bytearray((tmp_path / name).read_bytes())
    content[20] ^= 1
    (tmp_path / name).write_bytes(content)
    assert believed(tmp_path, shipped.PUBLIC) is NOTHING
    (tmp_path / name).unlink()
    assert believed(tmp_path, shipped.PUBLIC) is NOTHING


def test_another_shape_is_believed_nothing(tmp_path: Path) -> None:
    raw = encode(shipped.manifest()).replace(b'"schema": 2', b'"schema": 3')
    assert believed(shipped.write(tmp_path, raw), shipped.PUBLIC) is NOTHING

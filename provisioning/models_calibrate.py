"""Set the bundle's similarity thresholds at a stated error rate, from labelled pictures."""

import argparse
import sys
from pathlib import Path

from board.bundle import BundleError, Thresholds
from coprocessor.evaluation.calibrate import (
    Measured,
    comparison_rate,
    identifying,
    limit_at,
    margin_at,
    measure_gallery,
    measure_pairs,
    verifying,
)
from coprocessor.evaluation.listing import EvaluationError
from coprocessor.models.build.version import beside
from coprocessor.models.build.write import public_hex, restate
from coprocessor.models.model import Bundle, ModelError, open_bundle
from provisioning.models_build import HOME, NUMBER, signing_key, version


def arguments(parser: argparse.ArgumentParser) -> None:
    """The pictures, the error rates, and the bundle they are written into."""
    lists = parser.add_mutually_exclusive_group(required=True)
    lists.add_argument("--pairs", type=Path, metavar="CSV", help="fold,image_a,image_b,same")
    lists.add_argument(
        "--gallery",
        type=Path,
        nargs="+",
        metavar="CSV",
        help="identity,image; every two pictures are compared",
    )
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--fmr", type=_rate, required=True, help="of one comparison (1:1), e.g. 1e-4"
    )
    parser.add_argument("--enrolled", type=_count, metavar="N", help="also set 1:N, for so many")
    told = "of one search by somebody not enrolled (default 0.01)"
    parser.add_argument("--fpir", type=_rate, default=0.01, help=told)
    parser.add_argument("--data", metavar="NAME", help="what the pictures are (default: the lists)")
    parser.add_argument("--bundle", type=Path, default=HOME / "bundle", metavar="DIR")
    parser.add_argument("--key", type=Path, default=HOME / "signing.key", metavar="FILE")
    parser.add_argument("--version", type=version, metavar="N", help=NUMBER)


def run(options: argparse.Namespace) -> int:
    """Measure, set, sign: all or nothing."""
    try:
        if not options.key.is_file():
            raise ModelError(f"{options.key}: not there; give the key the bundle was signed with")
        key = signing_key(options.key)
        models = open_bundle(options.bundle, public_hex(key))
        found = _measured(options, models)
        thresholds = calibrated(models.manifest.thresholds, found, options)
        count = beside(options.key, options.version)
        manifest = restate(options.bundle, thresholds, key, count)
    except (BundleError, EvaluationError, ModelError, OSError) as error:
        print(f"models calibrate: {error}", file=sys.stderr)
        return 1
    _tell(models.manifest.thresholds, thresholds)
    made = f"bundle {manifest.identity}, version {manifest.version}"
    print(f"{options.bundle}: {made}, signed; restart the terminal to use it")
    return 0


def calibrated(old: Thresholds, found: Measured, options: argparse.Namespace) -> Thresholds:
    """The thresholds for the rates of the options. Raises EvaluationError."""
    data = f"{options.data or _named(options)} ({found.told}), by `cardea models calibrate`"
    limit = limit_at(found.genuine, found.impostor, options.fmr)
    new = verifying(old, limit, options.fmr, data)
    if options.enrolled is None:
        return new
    target = comparison_rate(options.fpir, options.enrolled)
    limit = limit_at(found.genuine, found.impostor, target)
    margin = margin_at(found.searches, limit.threshold_e4) if found.searches else None
    return identifying(new, limit, options.fpir, options.enrolled, margin, data)


def _measured(options: argparse.Namespace, models: Bundle) -> Measured:
    if options.pairs:
        return measure_pairs(options.pairs, options.images, models)
    return measure_gallery(options.gallery, options.images, models)


def _named(options: argparse.Namespace) -> str:
    return ", ".join(path.name for path in options.gallery or [options.pairs])


def _tell(old: Thresholds, new: Thresholds) -> None:
    for name in ("match_e4", "identify_e4", "margin_e4"):
        before, after = getattr(old, name), getattr(new, name)
        if old.basis[name] != new.basis[name]:
            print(f"{name}: {before} -> {after}\n  {new.basis[name]}")
        else:
            print(f"{name}: {before}, left as it is")


def _rate(text: str) -> float:
    value = float(text)
    if not 1e-9 <= value <= 0.5:
        raise argparse.ArgumentTypeError(f"{text}: wants a rate from 1e-9 to 0.5")
    return value


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text}: wants a number of people, 1 to 1000000")
    return value

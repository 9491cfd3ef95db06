"""The pipeline over a labelled set to ISO error rates: python -m coprocessor.evaluate."""

import argparse
import dataclasses
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from board.bundle import BundleError
from coprocessor.evaluation import acquisition, attacks, drawings, gallery, pairs, videos
from coprocessor.evaluation.listing import EvaluationError
from coprocessor.evaluation.report import report, table, write
from coprocessor.models.model import Bundle, ModelError, open_bundle

BUNDLE: Final = Path(".models/bundle")
PUBLIC_KEY: Final = "bundle.pub"

Found = tuple[Any, str, list[Path], Mapping[str, drawings.Plot]]
"""Figures, the note that explains them, the lists they come from, and what to draw."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one protocol: table to standard output, JSON and plots to files. 2: cannot be done."""
    given = list(sys.argv[1:] if words is None else words)
    options = parser().parse_args(given)
    command = ["python", "-m", "coprocessor.evaluate", *given]
    try:
        _check_place(options.json)
        models = open_bundle(options.bundle, _public_key(options))
        figures, note, lists, drawn = options.run(options, models)
        told = report(options.protocol, command, models.manifest, lists, note, figures)
        told = dataclasses.replace(told, plots=_plotted(options.json, drawn))
        write(options.json, told)
    except (EvaluationError, BundleError, ModelError) as error:
        sys.stderr.write(f"evaluate: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("evaluate: stopped; nothing was written\n")
        return 130
    sys.stdout.write(table(told) + "\n")
    return 0


def parser() -> argparse.ArgumentParser:
    """The four protocols and their options."""
    root = argparse.ArgumentParser(prog="python -m coprocessor.evaluate", description=__doc__)
    protocols = root.add_subparsers(dest="protocol", required=True)
    for run, lists, folder in (
        (_verify, ("pairs",), "images"),
        (_identify, ("gallery", "probes"), "images"),
        (_attacks, ("index",), "images"),
        (_videos, ("index",), "videos"),
    ):
        name = run.__name__.removeprefix("_")
        one = protocols.add_parser(name, help=(run.__doc__ or "").splitlines()[0])
        for option in lists:
            one.add_argument(f"--{option}", type=Path, required=True, metavar="CSV")
        one.add_argument(f"--{folder}", type=Path, required=True, metavar="DIR")
        one.add_argument("--json", type=Path, required=True, metavar="OUT", help="figures")
        one.add_argument("--bundle", type=Path, default=BUNDLE, metavar="DIR")
        one.add_argument("--public-key", metavar="HEX", help=f"else {PUBLIC_KEY} in the bundle")
        if run is _videos:
            told = "also show each video anew from every MS milliseconds on"
            one.add_argument("--starts", type=int, default=0, metavar="MS", help=told)
        one.set_defaults(run=run)
    return root


def _check_place(path: Path) -> None:
    """Before the long work, not after it."""
    if path.is_dir() or not path.parent.is_dir():
        raise EvaluationError(f"{path}: --json wants a file in a folder that exists")


def _plotted(json: Path, drawn: Mapping[str, drawings.Plot]) -> list[str]:
    """Names of the plots that there was something to draw for; one left by another run goes."""
    made = []
    for name, plot in drawn.items():
        place = json.with_suffix(f".{name}.png")
        if plot(place):
            made.append(place.name)
        else:
            place.unlink(missing_ok=True)
    return made


def _public_key(options: argparse.Namespace) -> str:
    if options.public_key:
        return str(options.public_key)
    path = options.bundle / PUBLIC_KEY
    try:
        return str(path.read_text("ascii").strip())
    except (OSError, UnicodeDecodeError):
        raise EvaluationError(f"{path}: not readable; run `make models`, or --public-key") from None


def _verify(options: argparse.Namespace, models: Bundle) -> Found:
    """pairs of pictures, same person or not: accuracy, FMR, FNMR, FTA"""
    figures, compared = pairs.verify(options.pairs, options.images, models)
    scores = compared.genuine(), compared.impostor()
    drawn = drawings.of_recognition(*scores, models.manifest.thresholds, "Pairs of pictures")
    return figures, acquisition.NOTE, [options.pairs], drawn


def _identify(options: argparse.Namespace, models: Bundle) -> Found:
    """a gallery and probes: rank 1, FPIR, FNIR; all against all: FMR, FNMR"""
    lists = [options.gallery, options.probes]
    figures, crossed = gallery.identify(options.gallery, options.probes, options.images, models)
    scores = crossed.genuine, crossed.impostor
    drawn = drawings.of_recognition(*scores, models.manifest.thresholds, "All against all")
    return figures, acquisition.NOTE, lists, drawn


def _attacks(options: argparse.Namespace, models: Bundle) -> Found:
    """single pictures, real or attack: APCER by instrument, BPCER"""
    figures, answers = attacks.attacks(options.index, options.images, models)
    return figures, attacks.NOTE, [options.index], drawings.of_attacks(answers)


def _videos(options: argparse.Namespace, models: Bundle) -> Found:
    """recorded presentations: one decision each through the whole pipeline"""
    if options.starts < 0:
        raise EvaluationError(f"--starts {options.starts}: wants milliseconds, or 0 for none")
    figures, courses = videos.videos(options.index, options.videos, models, options.starts)
    drawn = drawings.of_videos(courses, models.manifest.thresholds)
    return figures, videos.NOTE, [options.index], drawn


if __name__ == "__main__":
    sys.exit(main())

"""The models on another backend beside the processor: time, agreement, people across the two."""

import argparse
import json
import os
from itertools import product
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Final

import numpy as np

from coprocessor.evaluation.acquisition import Acquired, acquire
from coprocessor.evaluation.crossing import cross
from coprocessor.evaluation.gallery import COLUMNS
from coprocessor.evaluation.listing import inside, rows
from coprocessor.metrics import fmr, fnmr
from coprocessor.models.accelerated import Choice, open_chosen
from coprocessor.models.agreement import apart, sample
from coprocessor.models.model import BACKENDS, Bundle, Model, Stored, open_bundle
from coprocessor.template import similarity_e4

RUNS: Final = 200
WARM_UP: Final = 20
BUNDLE: Final = Path(
    os.environ.get("CARDEA_BUNDLE", Path(__file__).parents[1] / ".models" / "bundle")
)
PROCESSOR: Final = "processor"


def main() -> None:
    """Times always; recognition across backends where labelled pictures are given."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--backend", choices=sorted(set(BACKENDS) - {"litert"}), required=True)
    arguments.add_argument("--bundle", type=Path, default=BUNDLE)
    arguments.add_argument("--engines", type=Path, help="a folder for what tensorrt builds")
    arguments.add_argument("--gallery", type=Path, nargs="+", metavar="CSV")
    arguments.add_argument("--images", type=Path, metavar="DIR")
    arguments.add_argument("--json", action="store_true", help="one line for machines")
    told = arguments.parse_args()
    key = (told.bundle / "bundle.pub").read_text("ascii").strip()
    processor = open_bundle(told.bundle, key)
    # A bench waits for the slowest; a frame would not.
    choice = Choice(told.backend, 1, told.engines, limit_s=10.0)
    other = open_chosen(told.bundle, key, choice)
    found: dict[str, Any] = {"runs on": other.backend, "models": times(processor, other)}
    if told.gallery:
        pictures = [(inside(told.images, row, "image"), row["identity"]) for row in listed(told)]
        found["people"] = people(pictures, {PROCESSOR: processor, told.backend: other})
    print(json.dumps(found) if told.json else json.dumps(found, indent=2))


def listed(told: argparse.Namespace) -> list[Any]:
    """All rows of the lists: identity, image."""
    return [row for listing in told.gallery for row in rows(listing, COLUMNS)]


def times(processor: Bundle, other: Bundle) -> dict[str, dict[str, float]]:
    """Milliseconds of a run (p50) on each, and how far apart their answers to noise are."""
    return {
        entry.role: _beside(sample(entry, processor.model(entry.role)), processor, other, entry)
        for entry in processor.manifest.models
        if entry.variants
    }


def _beside(known: Any, processor: Bundle, other: Bundle, entry: Any) -> dict[str, float]:
    (here, there) = processor.model(entry.role), other.model(entry.role)
    tensor = known.inputs[0]
    far = apart(here.run(tensor)[0], there.run(tensor)[0])
    return {
        "processor_ms": _p50_ms(here, tensor),
        "backend_ms": _p50_ms(there, tensor),
        "apart": round(far, 4),
    }


def _p50_ms(model: Model, tensor: Stored) -> float:
    took = []
    for _ in range(WARM_UP + RUNS):
        began = perf_counter_ns()
        model.run(tensor)
        took.append(perf_counter_ns() - began)
    return round(float(np.median(took[WARM_UP:])) / 1e6, 2)


def people(pictures: list[tuple[Path, str]], bundles: dict[str, Bundle]) -> dict[str, Any]:
    """Every two pictures, references and probes of each backend; cosines of one crop on both."""
    paths, names = [path for path, _ in pictures], np.array([name for _, name in pictures])
    made = {name: acquire(paths, models) for name, models in bundles.items()}
    limit = bundles[PROCESSOR].manifest.thresholds.match_e4
    rates = {}
    for reference, probe in product(made, made):
        mixed = {path: _mixed(made[reference][path], made[probe][path]) for path in paths}
        crossed, _ = cross(paths, names, mixed)
        told = f"FNMR {fnmr(crossed.genuine, limit)}, FMR {fmr(crossed.impostor, limit)}"
        rates[f"reference {reference}, probe {probe}"] = told
    one, two = made.values()
    alike = [similarity_e4(one[path].probe, two[path].probe) / 1e4 for path in one]
    least, first, middle = np.percentile(alike, [0, 1, 50])
    cosines = f"least {least:.4f}, 1 % {first:.4f}, median {middle:.4f} of {len(alike)}"
    return {"threshold": limit, "cosines of one picture": cosines, **rates}


def _mixed(reference: Acquired, probe: Acquired) -> Acquired:
    return Acquired(reference.word, reference.reference, probe.probe)


if __name__ == "__main__":
    main()

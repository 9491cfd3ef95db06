"""How well a template at rest can be told to be the same person's as another (ISO/IEC 30136).

    python -m bench.unlinkability --pairs PAIRS.csv --images DIR [--most N]

D_sys of Gomez-Barrero et al. (2018): 0, nobody can tell; 1, everybody can. Each pair of pictures is
two enrolments under two keys, as at two terminals or after a revocation. `cosine`: what
a thief would try first. `amounts`: what the transform leaves, the components' sizes, sorted.
`chance`: what the estimate makes of the same scores shuffled; less is not measurable.
"""

import argparse
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.vault import transform
from bench.drift_faces import BUNDLE
from coprocessor.evaluation.acquisition import acquire
from coprocessor.evaluation.listing import inside, rows
from coprocessor.models.model import open_bundle

BINS: Final = 30

Vector = NDArray[np.float64]
Scores = NDArray[np.float64]


def cosine(one: Vector, other: Vector) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def amounts(one: Vector, other: Vector) -> float:
    return -float(np.abs(np.sort(np.abs(one)) - np.sort(np.abs(other))).sum())


def d_sys(mated: Scores, others: Scores) -> float:
    """Local linkability D(s), both kinds of pair as likely, over the scores of mated pairs."""
    edges = np.quantile(np.concatenate([mated, others]), np.linspace(0, 1, BINS + 1))
    of_mated, of_others = (np.histogram(s, edges)[0] / len(s) for s in (mated, others))
    whole = of_mated + of_others
    told = np.divide(of_mated - of_others, whole, out=np.zeros(BINS), where=whole > 0)
    return float((of_mated * np.maximum(told, 0)).sum())


def hidden(template: bytes) -> Vector:
    own = transform.applied(secrets.token_bytes(transform.KEY_BYTES), template)
    return np.frombuffer(own, np.int8).astype(np.float64)


def plain(template: bytes) -> Vector:
    return np.frombuffer(template, np.int8).astype(np.float64)


def by_chance(scores: Scores, mated: int) -> float:
    generator = np.random.default_rng(1)
    drawn = [generator.permutation(scores) for _ in range(20)]
    return float(np.mean([d_sys(one[:mated], one[mated:]) for one in drawn]))


def show(
    name: str, score: Callable[[Vector, Vector], float], pairs: list[tuple[Vector, Vector, bool]]
) -> None:
    scores = np.array([score(one, other) for one, other, _ in pairs])
    same = np.array([mated for *_, mated in pairs])
    found = d_sys(scores[same], scores[~same])
    chance = by_chance(scores, int(same.sum()))
    counts = f"mated {same.sum()} others {(~same).sum()}"
    print(f"{name:<44} D_sys {found:.3f}   chance {chance:.3f}   {counts}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--pairs", type=Path, required=True, help="columns image_a, image_b, same")
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--most", type=int, default=1_000_000, help="of the pairs, every so many")
    options = parser.parse_args()
    listed = rows(options.pairs, ("image_a", "image_b", "same"))
    listed = listed[:: -(-len(listed) // options.most)]
    names = [
        (inside(options.images, row, "image_a"), inside(options.images, row, "image_b"))
        for row in listed
    ]
    key = (BUNDLE / "bundle.pub").read_text("ascii").strip()
    got = acquire([path for pair in names for path in pair], open_bundle(BUNDLE, key))
    found = [
        (got[a].reference, got[b].reference, row["same"] == "1")
        for (a, b), row in zip(names, listed, strict=True)
        if got[a].reference and got[b].reference
    ]
    apart = [(hidden(one), hidden(other), same) for one, other, same in found]
    show(
        "two pictures, plain, cosine",
        cosine,
        [(plain(a), plain(b), s) for a, b, s in found],
    )
    show("two pictures, two keys, cosine", cosine, apart)
    show("two pictures, two keys, amounts", amounts, apart)
    again = [(hidden(a), hidden(a if same else b), same) for a, b, same in found]
    show("one picture kept twice, two keys, cosine", cosine, again)
    show("one picture kept twice, two keys, amounts", amounts, again)


if __name__ == "__main__":
    main()

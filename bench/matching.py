"""How long the appliance's memory takes: probe to best match, durable journal entry, card lookup.

    python bench/matching.py [--json] [--dir DIR] [--holders N]

Vectors are synthetic. DIR is where the vault is made: its disk decides what durable costs.
"""

import argparse
import json
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.matcher import LENGTH, Gallery
from appliance.vault.journal import Journal, verify
from appliance.vault.records import Card, Enrolment, Template
from appliance.vault.store import Store

BUNDLE = "0123456789abcdef"
HOLDERS = 1_000

Figures = dict[str, float]


def times(run: Callable[[], object], count: int) -> Figures:
    """p50 and p99 in ms over `count` runs, after a tenth as many to warm up."""
    for _ in range(count // 10):
        run()
    taken = np.empty(count)
    for index in range(count):
        start = time.perf_counter_ns()
        run()
        taken[index] = (time.perf_counter_ns() - start) / 1e6
    p50, p99 = np.percentile(taken, [50, 99])
    return {"p50_ms": round(float(p50), 4), "p99_ms": round(float(p99), 4), "n": count}


def faces(count: int) -> NDArray[np.int8]:
    """Random unit vectors, as templates are stored: round(unit * 127 / 0.25), clipped."""
    generator = np.random.default_rng(1)
    unit = generator.standard_normal((count, LENGTH), dtype=np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    steps: NDArray[np.float32] = np.clip(np.rint(unit * (127 / 0.25)), -127, 127)
    return steps.astype(np.int8)


def reading(size: int, count: int) -> Figures:
    """What a match is compared with: every byte of the gallery read once, by one thread."""
    words = faces(size).view(np.uint64)
    return times(lambda: words.max(), count)


def matching(size: int, count: int) -> Figures:
    matrix = faces(size)
    gallery = Gallery([str(row) for row in range(size)], matrix)
    probes = iter(matrix[np.random.default_rng(2).integers(0, size, 2 * count)])
    return times(lambda: gallery.identify(next(probes).tobytes()), count)


def enrol(store: Store, holders: int) -> None:
    """Fill an empty vault: to each a card and a face."""
    with store.transaction():
        for number, vector in enumerate(faces(holders)):
            template = Template(BUNDLE, vector.tobytes(), 0)
            card = Card("H10301", 1, number)
            store.enrol(Enrolment(f"Holder {number}", cards=(card,), templates=(template,)))


def memory(folder: Path, holders: int) -> dict[str, Figures]:
    """The vault with so many holders: journal, cards, PIN, opening, loading the gallery."""
    path, key = folder / "vault.db", secrets.token_bytes(32)
    store = Store.open(path, key)
    enrol(store, holders)
    chain = Journal(store, "bench")
    body = {"holder": secrets.token_hex(8), "reason": "granted", "factors": ["card", "face"]}
    cards = iter(np.random.default_rng(3).integers(0, holders, 10_000).tolist())
    stored = store.pins.hashes("1234")

    def append() -> None:
        chain.append(1, "access_granted", portal="front", attempt=1, body=body)

    def append_with_alert() -> None:
        chain.append(1, "door_forced", portal="front", alert=lambda n: ("t", bytes(300)))

    newcomers = iter(faces(330))
    numbers = iter(range(holders, holders + 330))

    def enrol_late() -> None:
        face = Template(BUNDLE, next(newcomers).tobytes(), 0)
        store.enrol(Enrolment("Late", cards=(Card("H10301", 1, next(numbers)),), templates=(face,)))

    figures = {
        "journal append, durable": times(append, 1_000),
        "journal append with alert, durable": times(append_with_alert, 1_000),
        "enrol with face and card, durable": times(enrol_late, 300),
        "card lookup": times(lambda: store.find_card([Card("H10301", 1, next(cards))]), 2_000),
        "pin check": times(lambda: store.pins.verify(stored, "1234"), 30),
        f"gallery from vault, {holders:,}": times(lambda: store.templates.gallery(BUNDLE), 10),
        f"journal verify, {chain.append(1, 'mark').seq:,}": times(lambda: verify(store), 10),
    }
    store.close()
    figures["vault open and proven"] = times(lambda: Store.open(path, key).close(), 30)
    return figures


def measure(folder: Path, holders: int) -> dict[str, Figures]:
    return {
        "probe to best match, 1,000": matching(1_000, 2_000),
        "probe to best match, 100,000": matching(100_000, 300),
        "one plain read of 100,000": reading(100_000, 300),
        **memory(folder, holders),
    }


def show(figures: dict[str, Figures]) -> None:
    for name, figure in figures.items():
        p50, p99, count = figure["p50_ms"], figure["p99_ms"], figure["n"]
        print(f"{name:<36} p50 {p50:9.3f} ms   p99 {p99:9.3f} ms   n {count}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="machine-readable figures")
    parser.add_argument("--dir", type=Path, help="a folder on the disk to measure")
    parser.add_argument("--holders", type=int, default=HOLDERS, help="in the vault that is made")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        figures = measure(Path(folder), options.holders)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    show(figures)


if __name__ == "__main__":
    main()

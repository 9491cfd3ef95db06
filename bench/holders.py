"""Card read to strike with a hundred thousand holders in the vault: python -m bench.holders."""

import argparse
import asyncio
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from appliance.vault import access, calendar, keys
from appliance.vault.store import Store
from bench.telling import tell
from bench.terminal import BUNDLE, start, status, swipe, until
from board import stimulus, wiegand
from provisioning import site_new

GROUPS: Final = 20
WORKING: Final = "working"


# A tenth has a template. Made by SQLite itself: from here each row would cost many locks of memory.
NUMBERS: Final = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)"
FILLING: Final = (
    "INSERT INTO holders (id, name) {} SELECT printf('%016x', i), 'Holder ' || i FROM n",
    "INSERT INTO credentials (id, holder_id, kind, format, facility, number)"
    " {} SELECT printf('c%015x', i), printf('%016x', i), 'card', 'H10301', 17 + i / 65536,"
    " i % 65536 FROM n",
    "INSERT INTO members {} SELECT printf('%016x', i), 'group-' || (i % 20) FROM n",
    "INSERT INTO templates (id, holder_id, bundle, vector, enrolled_at_ms)"
    " {} SELECT printf('t%015x', i), printf('%016x', i), '0123456789abcdef',"
    " randomblob(512), 1 FROM n WHERE i % 10 = 0",
)


def fill(store: Store, holders: int) -> None:
    """Holders with a card each, in groups whose right at the door follows a schedule."""
    calendar.set_schedule(store, WORKING, [(127, 0, 1440)])
    for group in range(GROUPS):
        access.set_group(store, f"group-{group}", ["front"], WORKING)
    with store.transaction():
        for sql in FILLING:
            store.database.run(sql.format(NUMBERS), holders)


def _card(number: int) -> tuple[int, int]:
    """Facility code and card number: a facility has 65,536 cards."""
    return 17 + number // 65_536, number % 65_536


def _cards(holders: int, count: int) -> Iterator[tuple[int, ...]]:
    """Cards of holders drawn at random, as a reader sends them."""
    for number in np.random.default_rng(2).integers(0, holders, count).tolist():
        yield tuple(wiegand.encode("H10301", *_card(number)))


async def measure(folder: Path, holders: int, cards: int) -> dict[str, Any]:
    state = folder / "state"
    site_new.make(state, "simulated", BUNDLE, serial="bench")
    site = state / "site.toml"
    text = re.sub(r'factors = "[^"]*"', 'factors = "card"', site.read_text())
    site.write_text(text.replace("unlock_ms = 5000", "unlock_ms = 100"))
    began_s = time.perf_counter()
    store = Store.open(state / "vault.db", keys.load(state / "vault.key"))
    fill(store, holders)
    store.close()
    filled_s = time.perf_counter() - began_s
    began_s = time.perf_counter()
    appliance = start("appliance", "--site", str(site), "--state", str(state))
    try:
        ready_ms = await asyncio.to_thread(until, lambda: status(state), began_s)
        hand = await stimulus.reach(state / "run" / "board.sock")
        took_ms = [await swipe(hand, card) for card in _cards(holders, cards)]
        hand.close()
    finally:
        appliance.terminate()
        appliance.wait()
    return {
        "holders": holders,
        "vault_mib": (state / "vault.db").stat().st_size / 2**20,
        "filled_in_s": filled_s,
        "door_ready_ms": ready_ms,
        "cards": cards,
        "card_to_strike_p50_ms": float(np.percentile(took_ms, 50)),
        "card_to_strike_p99_ms": float(np.percentile(took_ms, 99)),
        "card_to_strike_max_ms": max(took_ms),
        "of_which_frame_gap_ms": wiegand.FRAME_GAP_US / 1000,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holders", type=int, default=100_000)
    parser.add_argument("--cards", type=int, default=500)
    parser.add_argument("--json", action="store_true", help="one JSON line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder), options.holders, options.cards))
    tell(figures, as_json=options.json)


if __name__ == "__main__":
    main()

"""What became of the PINs that were entered lately, as the journal tells it."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from appliance.vault.store import Store

LATELY = 100_000
"""Entries looked through, the last ones: some seconds at most at a start. Whoever would push a
wrong PIN out of them has to make so many, and then to cut the power."""

_MENTIONS_A_PIN = b"pin"


class PinTry(NamedTuple):
    """One PIN that was entered. at_ms: UTC."""

    holder: str
    at_ms: int
    right: bool


class _Body(msgspec.Struct):
    holder: str = ""
    reason: str = ""
    factors: str = ""


def pin_tries(store: Store) -> Iterator[PinTry]:
    """Yield them in order: grants that rest on a PIN, and refusals for a wrong one."""
    entries, _ = store.journal_head()
    rows = store.database.stream(
        "SELECT kind, at_ms, body FROM journal"
        " WHERE seq > ? AND kind IN ('granted', 'denied') AND instr(body, ?) ORDER BY seq",
        entries - LATELY,
        _MENTIONS_A_PIN,
    )
    for kind, at_ms, written in rows:
        body = msgspec.json.decode(written, type=_Body)
        right = kind == "granted" and "pin" in body.factors.split("+")
        if right or body.reason == "wrong_pin":
            yield PinTry(body.holder, at_ms, right)

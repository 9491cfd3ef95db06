"""What became of the PINs that were entered lately, and of who was unlocked, by the journal."""

from typing import NamedTuple

import msgspec

from appliance.vault.entries import head
from appliance.vault.store import Store

LATELY = 100_000
"""Entries looked through, the last ones: some seconds at most at a start. Whoever would push a
wrong PIN out of them has to make so many, and then to cut the power."""

_MENTIONS_A_PIN = b"pin"

UNLOCK = "unlock_pin"
"""The action of a command after which a holder's wrong PINs count no more."""


class PinTry(NamedTuple):
    """One PIN that was entered. ran_ms: for how long the terminal had run then, by the journal."""

    holder: str
    ran_ms: int
    right: bool


class _Body(msgspec.Struct):
    holder: str = ""
    reason: str = ""
    factors: str = ""
    action: str = ""


def pin_tries(store: Store) -> tuple[list[PinTry], int]:
    """Return them in order (grants that rest on a PIN, refusals for a wrong one), and ran_ms now.

    An order to unlock is as good as a right one.

    The terminal ran from one entry of a start to the next one of the same start. What lies between
    two starts does not count: whoever cuts the power may have set the clock as well.
    """
    entries, _ = head(store)
    rows = store.database.stream(
        "SELECT at_ms, boot, kind,"
        " iif(kind IN ('granted', 'denied', 'command') AND instr(body, ?), body, '')"
        " FROM journal WHERE seq > ? ORDER BY seq",
        _MENTIONS_A_PIN,
        entries - LATELY,
    )
    found, ran_ms, last = [], 0, (0, "")
    for at_ms, boot, kind, written in rows:
        if boot == last[1]:
            ran_ms += max(0, at_ms - last[0])
        last = (at_ms, boot)
        if written:
            found += _try(kind, written, ran_ms)
    return found, ran_ms


def _try(kind: str, written: bytes, ran_ms: int) -> list[PinTry]:
    body = msgspec.json.decode(written, type=_Body)
    granted = kind == "granted" and "pin" in body.factors.split("+")
    right = granted or body.action == UNLOCK
    counts = right or body.reason == "wrong_pin"
    return [PinTry(body.holder, ran_ms, right)] if counts else []

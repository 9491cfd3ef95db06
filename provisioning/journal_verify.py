"""Walk the journal's hash chain and name the first fault; works while the terminal runs."""

import argparse
import sys
from pathlib import Path

from appliance.vault import checkpoints, journal, opening, sources
from appliance.vault.faults import VaultFault


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state",
        type=Path,
        default=Path("state"),
        metavar="DIR",
        help="the terminal's state directory, where vault.db and vault.key lie (default: state)",
    )


def run(options: argparse.Namespace) -> int:
    """Print what there is, and OK or the fault. Exit code 1 on a fault of journal or vault."""
    try:
        verdict, key = verified(options.state)
    except VaultFault as fault:
        print(f"cardea journal verify: {fault}", file=sys.stderr)
        return 1
    print(f"entries {verdict.entries}")
    print(f"head    {verdict.head.hex()}")
    print(f"key     {key.hex() or 'none yet: nothing is signed'}")
    if not verdict.fault:
        print("OK")
        return 0
    print(f"FAULT   {verdict.fault} at entry {verdict.first_bad}: {verdict.message}")
    return 1


def verified(state: Path) -> tuple[journal.Verdict, bytes]:
    """The verdict on the journal, and the key that its checkpoints are verified with.

    Raises VaultFault.
    """
    store = opening.opened(state, sources.of(state), read_only=True)
    try:
        return journal.verify(store), checkpoints.public_key(store)
    finally:
        store.close()

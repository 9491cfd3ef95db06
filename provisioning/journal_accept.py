"""Let an older copy of the vault count that was put back on purpose, such as a backup."""

import argparse
import os
import sys
from pathlib import Path

from appliance.vault import accepting, opening, sources
from appliance.vault.faults import VaultFault


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", type=Path, default=Path("state"), metavar="DIR", help="default: state"
    )


def run(options: argparse.Namespace) -> int:
    """Exit code 1: the vault does not open, or is no older copy."""
    try:
        source = sources.of(options.state)
        store = opening.opened_any(options.state, source, sources.load(options.state, source))
        try:
            accepting.accept(store, os.getuid())
        finally:
            store.close()
    except VaultFault as fault:
        print(f"cardea journal accept: {fault}", file=sys.stderr)
        return 1
    print("accepted, and journalled: whoever was erased since this copy was made is there again,")
    print("and lost cards count again; go through them, then start the terminal")
    return 0

"""Back the vault up for its owner's public key, beside a running terminal."""

import argparse
import sys
from pathlib import Path

from appliance.vault import backup, envelope, sources
from appliance.vault.faults import VaultFault


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="backup to make; nothing is overwritten")
    parser.add_argument(
        "--to",
        required=True,
        metavar="PUBLIC_KEY",
        help="the owner's public key, age1...: `age-keygen` makes the pair, away from here",
    )
    parser.add_argument(
        "--state", type=Path, default=Path("state"), metavar="DIR", help="default: state"
    )


def run(options: argparse.Namespace) -> int:
    """Exit code 1, and no file, when it cannot be made."""
    try:
        owner = envelope.recipient(options.to)
        made = backup.made(options.state, sources.of(options.state), options.file, owner)
    except VaultFault as fault:
        print(f"cardea backup: {fault}", file=sys.stderr)
        return 1
    print(f"backed up: {made.holders} holders, {made.entries} journal entries")
    print(f"head       {made.head.hex()}")
    print(f"{options.file} opens with the owner's private key alone")
    return 0

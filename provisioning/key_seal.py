"""Seal the vault's key to the TPM, show the recovery key once, destroy vault.key."""

import argparse
import sys
from pathlib import Path

from appliance.vault import recovery, sealing, sources
from appliance.vault.faults import VaultFault


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", type=Path, default=Path("state"), metavar="DIR", help="default: state"
    )


def run(options: argparse.Namespace) -> int:
    """Exit code 1, and vault.key untouched, when the TPM does not seal or does not open."""
    try:
        source = sources.of(options.state)
        key = sealing.seal_file(options.state, source)
        print(f"recovery key:\n\n    {recovery.written(key)}\n")
        print(
            "Write it down for the owner's safe: it is not shown again. It opens the vault without "
            "the TPM,\nand nothing else does.",
            flush=True,
        )
        sealing.destroy_file(options.state, source, key)
    except VaultFault as fault:
        print(f"cardea key seal: {fault}", file=sys.stderr)
        return 1
    print("vault.key is destroyed; the key lies in vault.sealed, which only this TPM opens")
    return 0

"""Seal the vault's key anew from the recovery key: a new TPM, or a system that has changed."""

import argparse
import getpass
import sys
from pathlib import Path

from appliance.vault import recovery, sealing, sources
from appliance.vault.faults import VaultFault


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", type=Path, default=Path("state"), metavar="DIR", help="default: state"
    )


def run(options: argparse.Namespace) -> int:
    """The recovery key comes from the keyboard, unseen, or from a pipe; never as an argument."""
    try:
        key = recovery.read(_asked())
        sealing.seal(options.state, sources.of(options.state), key)
    except VaultFault as fault:
        print(f"cardea key recover: {fault}", file=sys.stderr)
        return 1
    print("the key is sealed to this TPM and to the system that runs; start the terminal")
    return 0


def _asked() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("recovery key: ")
    return sys.stdin.readline(1000)

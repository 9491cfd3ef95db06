"""Seal the vault's key to the system that comes with an update, beside that of today."""

import argparse
import sys
from pathlib import Path

from appliance.vault import sealing, sources
from appliance.vault.faults import VaultFault


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", type=Path, default=Path("state"), metavar="DIR", help="default: state"
    )
    parser.add_argument(
        "--pcr",
        type=_value,
        action="append",
        default=[],
        metavar="N=HEX",
        help="what SHA-256 PCR N will hold after the update; none: seal to the system that runs",
    )


def run(options: argparse.Namespace) -> int:
    """Exit code 1, and vault.sealed as it was, when it cannot be."""
    try:
        source = sources.of(options.state)
        blobs = sealing.reseal(options.state, source, dict(options.pcr))
    except VaultFault as fault:
        print(f"cardea key reseal: {fault}", file=sys.stderr)
        return 1
    if blobs == 2:
        print("sealed to the system to come; that of today opens the vault until it has started")
    else:
        print("sealed to the system that runs")
    return 0


def _value(text: str) -> tuple[int, bytes]:
    """N=HEX. Raises ValueError, which argparse tells."""
    number, _, digits = text.partition("=")
    value = bytes.fromhex(digits)
    if len(value) != 32:
        raise ValueError
    return int(number), value

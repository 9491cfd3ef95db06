"""The appliance: python -m appliance --site site.toml --state DIR."""

import argparse
import asyncio
import logging
import secrets
import signal
import sys
from pathlib import Path

from appliance import secrecy, unix_only, wiring
from appliance.config import SiteError, read_site, weak_doors
from appliance.rollback import believed
from appliance.terminal import Terminal
from appliance.unix_only import SealFault
from appliance.vault import opening, sources
from appliance.vault.faults import VaultFault
from board.load import load
from board.table import BoardError, read_table

UNUSABLE = 2
"""Exit code when configuration, key or vault cannot be used; one line says why."""

WEAK = "masks and good displays are beyond it, see docs/limits.md"

log = logging.getLogger("appliance")


def main() -> int:
    """Run until told to stop. Returns the exit code."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        secrecy.enforce()
        unix_only.enforce()
        return asyncio.run(_run(options.site, options.state))
    except (SiteError, BoardError, VaultFault, SealFault, OSError) as fault:
        print(f"appliance: {fault}", file=sys.stderr)  # noqa: T201 - what an installer sees
        return UNUSABLE


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m appliance", description=__doc__)
    parser.add_argument("--site", type=Path, required=True, help="site.toml")
    parser.add_argument("--state", type=Path, required=True, help="where vault and sockets live")
    return parser.parse_args()


async def _run(site_path: Path, state: Path) -> int:
    site = read_site(site_path)
    for name in weak_doors(site):
        log.warning("portals.%s opens to a face alone, seen by one RGB camera: %s", name, WEAK)
    wiring.check(site_path, site, read_table(site.terminal.board))
    board = load(site.terminal.board, state / "run" / "board.sock")
    manifest = believed(site_path.parent / site.bundle.directory, site.bundle.public_key)
    store = opening.opened(state, site.vault)
    sources.settle(state, site.vault)
    terminal = Terminal(site, board, manifest, store, secrets.token_hex(8), state / "run")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await terminal.run(stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())

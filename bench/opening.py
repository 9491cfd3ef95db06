"""From a stopped terminal to its open vault: with a key file, and with a key that a TPM has sealed.

    python -m bench.opening [--dir DIR]

The TPM is a software one (swtpm), without which that part is left out: a chip takes longer.
"""

import argparse
import logging
import shutil
import sys
import tempfile
from pathlib import Path

from appliance.vault import keys, opening, sealing
from appliance.vault.sources import Source
from appliance.vault.store import Store
from bench.matching import HOLDERS, Figures, enrol, show, times
from tests.appliance.vault.swtpm import swtpm

COUNT = 20


def fill(state: Path) -> None:
    """A vault with HOLDERS holders, its key in a file."""
    keys.create(state / "vault.key")
    store = Store.open(state / opening.VAULT, keys.load(state / "vault.key"))
    enrol(store, HOLDERS)
    store.close()


def opened(state: Path, source: Source) -> Figures:
    """Key, every page proven, schema, anchor or counter; and the closing, which is short."""
    return times(lambda: opening.opened(state, source).close(), COUNT)


def sealed(state: Path) -> dict[str, Figures]:
    if shutil.which("swtpm") is None:
        print("no swtpm here: opening with a TPM is not measured", file=sys.stderr)
        return {}
    with swtpm() as tcti:
        source = Source("tpm", tcti)
        sealing.destroy_file(state, source, sealing.seal_file(state, source))
        opening.opened(state, source).close()  # the counter is taken up
        return {f"vault open, {HOLDERS:,}, sealed key": opened(state, source)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    logging.disable()  # each opening warns of the key file
    parser.add_argument("--dir", type=Path, help="a folder on the disk to measure")
    with tempfile.TemporaryDirectory(dir=parser.parse_args().dir) as folder:
        state = Path(folder)
        fill(state)
        figures = {f"vault open, {HOLDERS:,}, key file": opened(state, Source())}
        show(figures | sealed(state))


if __name__ == "__main__":
    main()

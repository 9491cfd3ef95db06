"""Fetch the pinned model packages, convert, quantise and sign them into a model bundle."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tqdm import tqdm

from board.bundle import LAST_VERSION
from coprocessor.models.build.version import beside
from coprocessor.models.build.write import STEPS, Announce, build, is_current
from coprocessor.models.model import ModelError

HOME: Final = Path(".models")
NUMBER: Final = "give the bundle this version, not the next one; wanted where signing.count is lost"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where the bundle, its signing key and the fetched archives lie."""
    parser.add_argument("--out", type=Path, default=HOME / "bundle", help="bundle directory")
    parser.add_argument("--key", type=Path, default=HOME / "signing.key", help="Ed25519 key file")
    parser.add_argument("--cache", type=Path, default=HOME / "packages", help="fetched archives")
    parser.add_argument("--version", type=version, metavar="N", help=NUMBER)


def run(options: argparse.Namespace) -> int:
    """Build unless the bundle is already what a build would make."""
    try:
        key = signing_key(options.key)
        if options.version is None and is_current(options.out, key):
            print(f"{options.out}: whole, signed, and made from these inputs; nothing to do")
            return 0
        with tqdm(total=len(STEPS), unit="step", bar_format=BAR) as bar:
            cache, count = options.cache.resolve(), beside(options.key, options.version)
            manifest = build(options.out, key, cache, _announcer(bar), count)
            bar.update()
    except (ModelError, OSError) as error:
        print(f"models build: {error}", file=sys.stderr)
        return 1
    made = f"bundle {manifest.identity}, version {manifest.version}"
    print(f"{options.out}: {made}, {len(manifest.models)} models, signed")
    return 0


BAR: Final = "{desc:<12} {bar} {n_fmt}/{total_fmt} [{elapsed}]"


def _announcer(bar: Any) -> Announce:
    def announce(step: str) -> None:
        if step != STEPS[0]:
            bar.update()
        bar.set_description_str(step)

    return announce


def version(text: str) -> int:
    """A bundle's version as an installer types it."""
    number = int(text)
    if not 1 <= number <= LAST_VERSION:
        raise argparse.ArgumentTypeError(f"{text}: wants a version, 1 to {LAST_VERSION}")
    return number


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key in this file (64 hex digits, mode 0600), made when absent. Raises ModelError."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes_raw().hex() + "\n")
    if path.stat().st_mode & 0o077:
        raise ModelError(f"{path}: others may read the signing key; chmod 600 it or make a new one")
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text("ascii")))
    except ValueError:
        raise ModelError(f"{path}: not 64 hex digits; delete it to have a new key made") from None

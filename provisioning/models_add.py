"""Add a model as another backend's compiler left it to the bundle, and sign it anew."""

import argparse
import sys
from pathlib import Path
from typing import Final, get_args

from board.bundle import BundleError, Role
from coprocessor.models.build.version import beside
from coprocessor.models.build.write import add
from coprocessor.models.model import BACKENDS, ModelError
from provisioning.models_build import HOME, signing_key

SUFFIXES: Final = sorted({backend.suffix for backend in BACKENDS.values()} - {".tflite"})


def arguments(parser: argparse.ArgumentParser) -> None:
    """The file, the model it stands for, and the bundle."""
    parser.add_argument("file", type=Path, help=f"{' or '.join(f'*{one}' for one in SUFFIXES)}")
    parser.add_argument("--role", choices=get_args(Role), required=True)
    parser.add_argument("--made", required=True, help="how it was made, for the manifest")
    parser.add_argument("--bundle", type=Path, default=HOME / "bundle", metavar="DIR")
    parser.add_argument("--key", type=Path, default=HOME / "signing.key", metavar="FILE")


def run(options: argparse.Namespace) -> int:
    """Describe, add, sign: all or nothing."""
    try:
        if not options.file.name.endswith(tuple(SUFFIXES)):
            raise ModelError(f"{options.file.name}: wants a name that ends in {SUFFIXES}")
        if not options.key.is_file():
            raise ModelError(f"{options.key}: not there; give the key the bundle was signed with")
        key, count = signing_key(options.key), beside(options.key)
        manifest = add(options.bundle, options.role, options.file, options.made, key, count)
    except (BundleError, ModelError, OSError) as error:
        print(f"models add: {error}", file=sys.stderr)
        return 1
    print(f"{options.bundle}: bundle {manifest.identity}, version {manifest.version}, signed")
    return 0

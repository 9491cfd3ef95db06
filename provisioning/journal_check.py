"""Check a journal that `cardea export --journal` wrote, and that it goes on where another ended.

For auditors, at home: Python's standard library and `cryptography` are all that this file needs, so
that it can be read and run by itself: python journal_check.py FILE --key HEX [--earlier FILE].
docs/vault.md says what is hashed and signed.
"""

import argparse
import hashlib
import json
import struct
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LARGEST_LINE: Final = 16_384
ENTRY: Final = {
    "sequence": int, "time": str, "boot": str, "kind": str, "portal": str, "attempt": int,
    "body": dict, "hash": str,
}  # fmt: skip
CHECKPOINT: Final = {
    "entries": int, "head": str, "time": str, "terminal": str, "signature": str,
}  # fmt: skip


class Fault(Exception):
    """What is wrong with the file, and where."""


class Found(NamedTuple):
    """A journal that holds: the hashes of its entries in order, and what was signed of it.

    signed: how many entries the last checkpoint vouches for.
    """

    hashes: list[bytes]
    checkpoints: int
    signed: int
    terminal: str


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what `cardea export FILE --journal` wrote")
    parser.add_argument(
        "--key",
        type=public_key,
        required=True,
        help="as `cardea journal verify` shows it",
    )
    parser.add_argument("--earlier", type=Path, metavar="FILE", help="an export taken home before")


def run(options: argparse.Namespace) -> int:
    """Exit code 1: something is wrong, and said; 2: a file cannot be read."""
    try:
        found = checked(options.file, options.key)
        if options.earlier:
            compare(checked(options.earlier, options.key), found)
    except Fault as fault:
        print(f"FAULT       {fault}")
        return 1
    except OSError as fault:
        print(f"journal check: {fault}", file=sys.stderr)
        return 2
    print(f"terminal    {found.terminal}")
    print(f"entries     {len(found.hashes)}")
    print(f"checkpoints {found.checkpoints}")
    print("OK")
    return 0


def checked(file: Path, key: Ed25519PublicKey) -> Found:
    """Return what is in `file` if its chain and all its signatures hold. Raises Fault, OSError."""
    hashes: list[bytes] = []
    checkpoints, signed, terminal = 0, 0, ""
    for number, line in _lines(file):
        where = f"{file.name}, line {number}"
        if "sequence" in line:
            hashes.append(_entry(where, _fields(where, line, ENTRY), hashes))
            continue
        _checkpoint(where, _fields(where, line, CHECKPOINT), hashes, key)
        if terminal not in ("", line["terminal"]):
            raise Fault(f"{where}: signed by {line['terminal']}, above it by {terminal}")
        checkpoints, signed, terminal = checkpoints + 1, line["entries"], line["terminal"]
    if signed < len(hashes) or not checkpoints:
        raise Fault(f"{file.name}: from entry {signed + 1} on nothing is signed; was the end cut?")
    return Found(hashes, checkpoints, signed, terminal)


def compare(earlier: Found, later: Found) -> None:
    """Raise Fault unless `later` is the journal of `earlier`, gone on."""
    if earlier.terminal != later.terminal:
        raise Fault(f"the earlier file is of {earlier.terminal}, this one of {later.terminal}")
    for number, (old, new) in enumerate(zip(earlier.hashes, later.hashes, strict=False), start=1):
        if old != new:
            raise Fault(f"rewritten: entry {number} is another one than in the earlier file")
    if len(later.hashes) < len(earlier.hashes):
        raise Fault(
            f"tail cut: the earlier file has {len(earlier.hashes)} entries, this one "
            f"{len(later.hashes)}"
        )


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with file.open("rb") as stream:
        number = 0
        while text := stream.readline(LARGEST_LINE):
            number += 1
            try:
                line = json.loads(text)
            except (ValueError, RecursionError):
                line = None
            if not isinstance(line, dict):
                raise Fault(f"{file.name}, line {number}: no JSON object; export it once more")
            yield number, line


def _fields(where: str, line: dict[str, Any], wanted: dict[str, type]) -> dict[str, Any]:
    for name, kind in wanted.items():
        if type(line.get(name)) is not kind:
            raise Fault(f"{where}: {name} is missing, or no {kind.__name__}; was it edited?")
    stray = sorted(line.keys() - wanted.keys())
    if stray:
        raise Fault(f"{where}: {stray[0]!r} is nothing that a terminal writes; was it edited?")
    return line


def _entry(where: str, line: dict[str, Any], before: list[bytes]) -> bytes:
    if line["sequence"] != len(before) + 1:
        raise Fault(f"{where}: entry {line['sequence']} stands where {len(before) + 1} belongs")
    body = json.dumps(line["body"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    texts = (
        *(line["sequence"], _ms(where, line["time"]), line["boot"], line["kind"], line["portal"]),
        *(line["attempt"], body),
    )
    encoded = b"".join(_behind_its_length(where, text) for text in texts)
    made = hashlib.sha256((before[-1] if before else bytes(32)) + encoded).digest()
    if made.hex() != line["hash"]:
        raise Fault(f"{where}: entry {line['sequence']} was altered, or one above it")
    return made


def _checkpoint(
    where: str, line: dict[str, Any], hashes: list[bytes], key: Ed25519PublicKey
) -> None:
    if line["entries"] != len(hashes) or line["head"] != (hashes[-1].hex() if hashes else ""):
        raise Fault(f"{where}: another journal than the one above was signed")
    words = (line["terminal"], line["entries"], line["head"], _ms(where, line["time"]))
    try:
        signature = bytes.fromhex(line["signature"])
        key.verify(signature, "\n".join(["cardea-checkpoint-1", *map(str, words)]).encode())
    except (InvalidSignature, ValueError):
        raise Fault(f"{where}: the signature is not this key's") from None


def _behind_its_length(where: str, text: str | int) -> bytes:
    try:
        field = str(text).encode()
    except ValueError:
        raise Fault(f"{where}: what no terminal writes; was it edited?") from None
    return struct.pack(">I", len(field)) + field


def _ms(where: str, time: str) -> int:
    """UTC ms of a time such as "2026-11-24T08:00:00.123Z"."""
    try:
        whole = datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise Fault(f"{where}: {time!r} is no time of a journal") from None
    if f"{whole:%Y-%m-%dT%H:%M:%S}.{whole.microsecond // 1000:03}Z" != time:
        raise Fault(f"{where}: {time!r} is not as a terminal writes it")
    return int(whole.replace(microsecond=0).timestamp()) * 1000 + whole.microsecond // 1000


def public_key(text: str) -> Ed25519PublicKey:
    """The key that 64 hexadecimal digits are. Raises argparse.ArgumentTypeError."""
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError:
        raise argparse.ArgumentTypeError("give 64 hexadecimal digits") from None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    arguments(parser)
    sys.exit(run(parser.parse_args()))

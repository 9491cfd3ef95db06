"""Put a backup in place of the vault of a terminal that is stopped, this one or a new one."""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Final

from appliance.vault import envelope, restoring, sources
from appliance.vault.faults import BackupFault, VaultFault
from appliance.vault.restoring import Restored, Wish

KEY_BYTES: Final = 4_096


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what `cardea backup` made")
    parser.add_argument(
        "--identity",
        type=Path,
        metavar="FILE",
        help="the owner's private key, as `age-keygen` writes it; without: from standard input",
    )
    parser.add_argument("--replace", action="store_true", help="although a vault in use is there")
    parser.add_argument(
        "--with-erased",
        action="store_true",
        help="also who was erased, and which cards were lost, since it was made",
    )
    parser.add_argument("--dry-run", action="store_true", help="change nothing")
    parser.add_argument(
        "--state", type=Path, default=Path("state"), metavar="DIR", help="default: state"
    )


def run(options: argparse.Namespace) -> int:
    """Exit code 1, and the vault as it was, when the backup is not what it should be."""
    wish = Wish(os.getuid(), options.replace, options.with_erased, options.dry_run)
    try:
        owner = envelope.identity(_key(options.identity))
        source = sources.of(options.state)
        done = restoring.restored(options.state, source, options.file, owner, wish)
    except VaultFault as fault:
        print(f"cardea restore: {fault}", file=sys.stderr)
        return 1
    print("\n".join(_text(done, dry_run=wish.dry_run)))
    return 0


def _key(path: Path | None) -> str:
    if path is None:
        return sys.stdin.read(KEY_BYTES)
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            return file.read(KEY_BYTES)
    except OSError as fault:
        raise BackupFault(f"{path} cannot be read ({fault.strerror}): --identity FILE") from fault


def _text(done: Restored, *, dry_run: bool) -> list[str]:
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(done.contents.made_at_ms / 1_000))
    what = f"{done.contents.holders} holders, {done.contents.entries} journal entries"
    lines = [
        f"{'would be restored' if dry_run else 'restored'}: the vault of {when}: {what}",
        f"head       {done.contents.head.hex()}",
    ]
    if done.fault:
        lines.append(f"ITS JOURNAL HAS A FAULT ({done.fault}): look with `cardea journal verify`")
    if done.taken is None:
        lines += [
            f"THIS VAULT IS OF {when}: whoever was erased since then is there again, and",
            "cards lost since then count again. Go through holders and cards.",
        ]
    else:
        taken = done.taken
        lines.append(
            f"what was taken away since then stays so: {taken.holders} holders, "
            f"{taken.credentials} cards and PINs, {taken.faces} faces"
        )
    lines.append("Rights and groups count as they did then.")
    return [*lines, "Nothing was changed." if dry_run else "Start the terminal."]

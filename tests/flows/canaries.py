"""What must never stand in a log: looked for at the end of every story on a terminal."""

import re
from pathlib import Path

from provisioning.simulator import samples

SECRETS = (samples.NAME, str(samples.NUMBER), samples.PIN)


def found(log: bytes, key: bytes) -> list[str]:
    """Who or what is named in a log. key: the vault's.

    Numbers count where they stand alone: a time or a port may have the same digits in it.
    """
    text = log.decode(errors="replace")
    finds = [one for one in SECRETS if re.search(rf"(?<![\w.:-]){one}(?![\w])", text)]
    return finds + ["the key"] * (key in log or key.hex() in text)


def assert_none(state: Path) -> None:
    """No log of this terminal names anybody. Raises AssertionError."""
    key = (state / "vault.key").read_bytes() if (state / "vault.key").exists() else b"no key file"
    for log in (state / "log").rglob("*"):
        if log.is_file():
            assert not found(log.read_bytes(), key), log.name

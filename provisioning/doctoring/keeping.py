"""What lies on the disk: key, vault, modes, room; and the clock by which holders' days go."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from board.link.alerts import utc
from provisioning.doctoring.finding import Finding, blamed, broken, note, ok, weak
from provisioning.doctoring.patient import VAULT, Patient

LITTLE_ROOM: Final = 200 << 20
NO_ROOM: Final = 20 << 20
"""Bytes. A full disk refuses everybody: no journal, no grant."""
BUILT_MS: Final = 1_793_491_200_000
"""2026-11-01: no clock of a terminal of this version was right before that."""
CLOCK_SLACK_MS: Final = 120_000
"""The appliance allows as much."""


def folder(patient: Patient) -> Iterator[Finding]:
    """Only the terminal's account looks into the state directory; a co-processor passes through."""
    try:
        mode = stat.S_IMODE(patient.state.stat().st_mode)
    except OSError as fault:
        remedy = "name the terminal's with --state, or make one with `cardea site new`"
        yield broken("state directory", f"{patient.state}: {fault.strerror}", remedy)
        return
    account = patient.site is not None and patient.site.terminal.coprocessor_account
    allowed = 0o710 if account else 0o700
    if mode & ~allowed & 0o777:
        said = f"mode {mode:04o}: others may look in"
        yield weak("state directory", said, f"chmod {allowed:o} {patient.state}")
    else:
        yield ok("state directory", f"{patient.state}, mode {mode:04o}")


def key(patient: Patient) -> Iterator[Finding]:
    """The vault's key is there and ours alone. That it lies in a file is said, too."""
    if patient.site is not None and patient.site.vault.key == "tpm":
        yield from _sealed(patient)
        return
    path = patient.state / "vault.key"
    try:
        status = path.lstat()
    except OSError as fault:
        remedy = "restore it from your copy; without it the vault stays shut"
        yield broken("vault.key", f"{fault.strerror}", remedy)
        return
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        yield broken("vault.key", "no plain file", "put the key file itself there")
    elif mode & 0o177:
        yield broken("vault.key", f"mode {mode:04o}: others may read it", f"chmod 600 {path}")
    elif status.st_uid != os.geteuid():
        said = f"belongs to user {status.st_uid}; we are {os.geteuid()} and cannot open the vault"
        yield note("vault.key", said, "run this as the terminal's account")
    else:
        said = "in a file, mode 0600: whoever takes the disk reads the vault"
        yield note("vault.key", said, "keep the disk under lock, and a copy of the key elsewhere")


def _sealed(patient: Patient) -> Iterator[Finding]:
    """Whether it opens is for vault() to say; a key file that was left behind is said here."""
    if (patient.state / "vault.key").exists():
        yield weak("vault.key", "lies beside the sealed key", "`cardea key seal` destroys it")
    elif not (patient.state / "vault.sealed").exists():
        yield broken("vault.sealed", "missing", "give the recovery key to `cardea key recover`")
    else:
        yield ok("vault.sealed", "the key is sealed to the TPM")


def vault(patient: Patient) -> Iterator[Finding]:
    """It opens with its key."""
    if patient.vault is None and _others(patient.state / "vault.key"):
        return  # key() has said why we cannot look
    if patient.vault is None:
        yield blamed(VAULT, patient.faults[VAULT])
    else:
        yield ok(VAULT, f"opens; {patient.vault.entries} journal entries (`cardea journal verify`)")


def _others(path: Path) -> bool:
    """Is this somebody else's file?"""
    try:
        return path.lstat().st_uid != os.geteuid()
    except OSError:
        return False


def room(patient: Patient) -> Iterator[Finding]:
    """There is room for the journal."""
    free = patient.free_bytes
    if free is None:
        return  # folder() has said why
    said, remedy = f"{free >> 20} MiB free", "make room, or move the state directory"
    if free < NO_ROOM:
        yield broken("disk", f"{said}: without a journal entry nobody is let in", remedy)
    elif free < LITTLE_ROOM:
        yield weak("disk", said, remedy)
    else:
        yield ok("disk", said)


def clock(patient: Patient) -> Iterator[Finding]:
    """Holders' days and certificates follow the clock: it must not have been set back."""
    newest_ms = patient.vault.newest_ms if patient.vault else 0
    now, remedy = utc(patient.now_ms), "set the clock, and let NTP keep it"
    if patient.now_ms < BUILT_MS:
        yield broken("clock", f"{now}: before this version was made", remedy)
    elif newest_ms > patient.now_ms + CLOCK_SLACK_MS:
        behind_s = (newest_ms - patient.now_ms) // 1_000
        yield broken("clock", f"{now}: {behind_s} s behind the newest journal entry", remedy)
    elif patient.vault and patient.vault.clock_doubted:
        said = f"{now}: it jumped while the terminal ran, and no schedule opens anything"
        yield broken("clock", said, "see that it is right, then `cardea clock accept`")
    else:
        yield ok("clock", now)

"""One terminal as it lies on the disk and, where it runs, as it says of itself: looked up once."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from appliance.vault import calendar, entries, opening, sources
from appliance.vault.faults import VaultFault
from board.bundle import MANIFEST, SIGNATURE, BundleError, Manifest, check_file, read_manifest
from board.link import admin, answers
from provisioning.doctoring.files import Bundle, Coprocessor, FileFault, Site, plain, read
from provisioning.terminal import NoTerminal, ask

SITE: Final = "site.toml"
COPROCESSOR: Final = "coprocessor.toml"
BUNDLE: Final = "model bundle"
VAULT: Final = "vault"
TERMINAL: Final = "terminal"
LARGEST_MODEL: Final = 1 << 30

Found = TypeVar("Found")


class Vault(NamedTuple):
    """What the vault says of itself. newest_ms: time of the last journal entry, 0 for none.

    clock_doubted: the clock had jumped, and nobody has said since that it is right.
    """

    entries: int
    newest_ms: int
    schedules: frozenset[str]
    clock_doubted: bool


class Patient:
    """All that the checks look at. None: it could not be read, and `faults` says why."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.now_ms = time.time_ns() // 1_000_000
        self.faults: dict[str, Exception] = {}
        self.free_bytes = self._tried("disk", lambda: shutil.disk_usage(state).free)
        self.site = self._tried(SITE, lambda: read(state / SITE, Site))
        self.coprocessor = self._tried(COPROCESSOR, lambda: read(state / COPROCESSOR, Coprocessor))
        self.manifest = self._tried(BUNDLE, lambda: whole_bundle(state, self.site))
        self.vault = self._tried(VAULT, lambda: look_into(state))
        self.status = self._tried(TERMINAL, lambda: running(state))

    def _tried(self, subject: str, look: Callable[[], Found]) -> Found | None:
        try:
            return look()
        except (FileFault, BundleError, VaultFault, NoTerminal, OSError, ValueError) as fault:
            self.faults[subject] = fault
            return None


def whole_bundle(state: Path, site: Site | None) -> Manifest:
    """The manifest of the site's bundle, its signature and every file checked. BundleError."""
    if site is None:
        raise BundleError(f"no {SITE} names one; correct that file first")
    directory = state / site.bundle.directory
    manifest = manifest_of(state, site.bundle)
    for file in manifest.files:
        plain(directory / file.file, LARGEST_MODEL)
        check_file(directory, file)
    return manifest


def manifest_of(state: Path, named: Bundle) -> Manifest:
    """The manifest of a bundle as a configuration file names it. Raises BundleError, FileFault."""
    directory = state / named.directory
    for name in (MANIFEST, SIGNATURE):
        plain(directory / name)
    return read_manifest(directory, named.public_key)


def look_into(state: Path) -> Vault:
    """Open the vault as the appliance would, for reading. Raises VaultFault."""
    store = opening.opened(state, sources.of(state), read_only=True)
    try:
        written, _ = entries.head(store)
        newest = [entry.at_ms for entry in entries.read(store, max(0, written - 1), 1)]
        schedules = frozenset(line.name for line in calendar.schedules(store))
        doubted = calendar.clock_doubted(store)
    finally:
        store.close()
    return Vault(written, newest[-1] if newest else 0, schedules, doubted)


def running(state: Path) -> answers.StatusAnswer:
    """What the running appliance answers. Raises NoTerminal."""
    answer = ask(state, admin.Status())
    if not isinstance(answer, answers.StatusAnswer):
        raise NoTerminal(f"it answered {type(answer).__name__}; is it of this version?")
    return answer

"""What the model bundle is, and what its thresholds rest on."""

from collections.abc import Iterator
from textwrap import shorten
from typing import Final

from board.bundle import MANIFEST, BundleError
from provisioning.doctoring.files import FileFault
from provisioning.doctoring.finding import Finding, blamed, broken, note, ok
from provisioning.doctoring.patient import BUNDLE, COPROCESSOR, Patient, manifest_of

DAY_MS: Final = 86_400_000
OLD_DAYS: Final = 365
LONGEST_BASIS: Final = 150
"""Characters; the whole of it stands in the manifest."""
TOLD: Final = ("match_e4", "identify_e4", "attack_accept_permille", "attack_refuse_permille")


def bundle(patient: Patient) -> Iterator[Finding]:
    """Signed by the site's key, every file whole, and how old it is."""
    if patient.manifest is None:
        yield blamed(BUNDLE, patient.faults[BUNDLE])
        return
    manifest, days = patient.manifest, _days(patient)
    said = f"{manifest.identity}, version {manifest.version}, {len(manifest.files)} files whole"
    yield ok(BUNDLE, said)
    if days is not None and days > OLD_DAYS:
        remedy = "look for a newer one: attacks get better with the years"
        yield note(BUNDLE, f"{days} days on this disk", remedy)


def _days(patient: Patient) -> int | None:
    """Since the manifest was put there; it holds no date that could be compared."""
    if patient.site is None:
        return None
    try:
        put_ms = (patient.state / patient.site.bundle.directory / MANIFEST).stat().st_mtime * 1_000
    except (OSError, ValueError):
        return None
    return int((patient.now_ms - put_ms) // DAY_MS)


def thresholds(patient: Patient) -> Iterator[Finding]:
    """The numbers that decide, each with its basis: no site can check another one's."""
    if patient.manifest is None:
        return
    limits = patient.manifest.thresholds
    for name in TOLD:
        basis = shorten(limits.basis[name], LONGEST_BASIS, placeholder=" ...")
        yield note("thresholds", f"{name} = {getattr(limits, name)}: {basis}")


def one_bundle(patient: Patient) -> Iterator[Finding]:
    """The co-processor must run the appliance's bundle, or nothing it says is heard."""
    if patient.manifest is None or patient.coprocessor is None:
        return
    try:
        theirs = manifest_of(patient.state, patient.coprocessor.bundle)
    except (BundleError, FileFault, ValueError) as fault:
        yield blamed(f"{BUNDLE} of {COPROCESSOR}", fault)
        return
    if theirs.identity != patient.manifest.identity:
        said = f"bundle {theirs.identity}, {patient.manifest.identity} in site.toml"
        yield broken(COPROCESSOR, said, "name the same bundle in both")

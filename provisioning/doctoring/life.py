"""What a running terminal says of itself; of one that does not run, that it does not."""

from collections.abc import Iterator
from typing import Final

from board.link.answers import StatusAnswer
from provisioning.doctoring.finding import Finding, broken, note, ok, weak
from provisioning.doctoring.patient import TERMINAL, Patient

DRIFTED_E3: Final = 250
SLOW_MS: Final = 30.0
REFUSED: Final = {
    "invalid": "it is not whole, or not signed by the site's key",
    "rollback": "it is older than one that was in use",
    "reused": "its version number was another bundle's",
    "golden": "it fails the golden set",
}
CALIBRATE: Final = (
    "fit it to this site with `cardea commission`, see docs/commissioning.md; until then the "
    "appliance wants a second factor beside a face"
)
RGB_REMEDY: Final = "look at cable and camera, then at the co-processor's log"


def running(patient: Patient) -> Iterator[Finding]:
    """It answers, and is the one that lies here."""
    status = patient.status
    if status is None:
        said = "does not answer; what only a running terminal knows is not told below"
        yield note(TERMINAL, said, "start it, and ask again")
        return
    if not status.vault_open:
        yield broken(TERMINAL, "runs, and its vault is not well", "look at disk and log")
    else:
        yield ok(TERMINAL, f"{status.terminal} runs, {len(status.portals)} doors")
    if patient.site is not None and status.terminal != patient.site.terminal.serial:
        said = f"runs as {status.terminal}, site.toml names {patient.site.terminal.serial}"
        yield weak(TERMINAL, said, "restart the appliance")
    for name, portal in status.portals.items():
        if portal.fire or portal.mode != "normal" or portal.leaf in ("forced", "held"):
            now = "fire" if portal.fire else f"mode {portal.mode}, leaf {portal.leaf}"
            yield note(TERMINAL, f"{name}: {now}")
        if portal.inputs.get("tamper"):
            yield weak(TERMINAL, f"{name}: the housing is open", "look at the terminal, shut it")


def link(patient: Patient) -> Iterator[Finding]:
    """There is a co-processor, and its cameras see."""
    status = patient.status
    if status is None:
        return
    if not status.linked:
        said = "not linked: no face is asked for, no alert goes out"
        yield broken("co-processor", said, "start it; its log says why it is not heard")
        return
    yield ok("co-processor", "linked")
    if status.camera_working:
        yield ok("camera", "gives pictures")
    else:
        yield broken("camera", "gives no pictures: no face is asked for", RGB_REMEDY)
    yield from _infrared(patient, status)


def _infrared(patient: Patient, status: StatusAnswer) -> Iterator[Finding]:
    wanted = patient.site is not None and any(
        door.camera == "rgb+ir" for door in patient.site.portals.values()
    )
    if status.infrared == "working":
        yield ok("infrared camera", "gives pictures")
    elif status.infrared == "lost":
        yield broken("infrared camera", "gives no pictures: no face counts", RGB_REMEDY)
    elif wanted:
        said = "a door wants it, and the co-processor has none: no face is asked for there"
        yield broken("infrared camera", said, "restart the co-processor with an [infrared] table")


def calibration(patient: Patient) -> Iterator[Finding]:
    """Whether the attack score was fitted to this site."""
    status = patient.status
    if status is None or not status.linked:
        return
    if status.calibration == "site":
        yield ok("attack score", "calibrated to this site")
    elif status.calibration == "void":
        said = "its calibration is void: camera, its place or the bundle is not what it was"
        yield weak("attack score", said, CALIBRATE)
    else:
        yield weak("attack score", "not calibrated to this site: the first constants", CALIBRATE)


def models(patient: Patient) -> Iterator[Finding]:
    """What the models run on, whether they count, and whether that is the bundle on the disk."""
    status = patient.status
    if status is None:
        return
    if status.model == "trial":
        yield note("models", "on trial: the golden set is being asked; no face counts meanwhile")
    elif status.model:
        said = f"refused: {REFUSED.get(status.model, status.model)}; no face counts"
        yield broken("models", said, "install the newest bundle of this site's signer")
    elif patient.manifest is not None and status.bundle != patient.manifest.identity:
        said = f"{status.bundle} is in use, {patient.manifest.identity} lies on the disk"
        yield weak("models", said, "restart both processes")
    if status.fallback:
        said = f"run on {status.backend}, which is not what was asked for"
        yield weak("models", said, "look at the accelerator, see docs/hardware.md")
    elif status.linked and status.backend:
        yield ok("models", f"run on {status.backend}")
    if status.p99_ms is not None and status.p99_ms > SLOW_MS:
        yield note("models", f"99 % of the last minute's readings took below {status.p99_ms} ms")


def golden(patient: Patient) -> Iterator[Finding]:
    """Without a golden set a bundle that answers otherwise is not noticed."""
    status = patient.status
    if status is None:
        return
    if status.golden:
        yield ok("golden set", f"{status.golden} pictures")
    else:
        said = "none: a bundle whose answers changed would not be noticed"
        yield weak("golden set", said, "make one: `cardea golden make`, see docs/models.md")


def drift(patient: Patient) -> Iterator[Finding]:
    """Whether scores still look as on commissioning day."""
    status = patient.status
    if status is None or not status.drift_of:
        return
    said = f"{status.drift_of}: stability index {status.drift_e3 / 1_000:.3f}"
    if status.drift_e3 >= DRIFTED_E3:
        yield weak("drift", said, "look at camera and light, see docs/drift.md")
    else:
        yield ok("drift", said)


def alerts(patient: Patient) -> Iterator[Finding]:
    """Whether somebody hears."""
    status = patient.status
    wanted = patient.coprocessor is not None and bool(patient.coprocessor.broker.host)
    if status is None:
        return
    waiting = f"{status.alerts_waiting} alerts wait"
    if status.broker_connected:
        yield ok("alerts", f"the broker is connected; {waiting}")
    elif wanted:
        yield weak(
            "alerts", f"the broker is not connected; {waiting}", "look at network and broker"
        )
    elif status.alerts_waiting:
        yield note("alerts", waiting)

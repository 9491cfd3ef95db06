"""What the configuration lets through the door, and whom it trusts."""

import os
import pwd
from collections.abc import Iterator
from typing import Final

from provisioning.doctoring.files import Door
from provisioning.doctoring.finding import Finding, blamed, broken, note, ok, weak
from provisioning.doctoring.patient import COPROCESSOR, SITE, Patient

HERE: Final = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
INFRARED: Final = (
    'add an infrared camera and set camera = "rgb+ir", or want a card as well '
    '(factors = "card+face")'
)


def files(patient: Patient) -> Iterator[Finding]:
    """Both configuration files are there and can be read."""
    for name in (SITE, COPROCESSOR):
        if name in patient.faults:
            yield blamed(name, patient.faults[name])
    site = patient.site
    if site is not None and not site.portals:
        yield broken(SITE, "no door", "add a [portals.front] table, see docs/site.md")
    elif site is not None:
        yield ok(SITE, f"{site.terminal.serial}, doors: {', '.join(site.portals)}")
        if site.terminal.board.startswith("simulated"):
            yield note(SITE, "the board is simulated: no relay of metal moves")


def both_say_the_same(patient: Patient) -> Iterator[Finding]:
    """A co-processor of another serial, board or socket is never listened to."""
    site, coprocessor = patient.site, patient.coprocessor
    if site is None or coprocessor is None:
        return
    ours, theirs = site.terminal, coprocessor.terminal
    for key, one, other in (
        ("serial", ours.serial, theirs.serial),
        ("board", ours.board, theirs.board),
    ):
        if one != other:
            said = f"terminal.{key}: {one!r} in {SITE}, {other!r} there"
            yield broken(COPROCESSOR, said, "write the same into both")
    here = patient.state.absolute()
    socket = os.path.normpath(here / coprocessor.link.socket)
    if socket != os.path.normpath(here / "run" / "link.sock"):
        said = f"link.socket: {socket} is not this appliance's"
        yield broken(COPROCESSOR, said, 'set it to "run/link.sock"')


def doors(patient: Patient) -> Iterator[Finding]:
    """What each door asks for, against the assurance that is wanted of it."""
    if patient.site is None:
        return
    high = patient.site.terminal.assurance == "high"
    for name, door in patient.site.portals.items():
        found = _face_alone(name, door, high) or _weak_for_high(name, door, high)
        yield found or ok("doors", f"{name}: {', '.join(door.sets)}, camera {door.camera}")


def _face_alone(name: str, door: Door, high: bool) -> Finding | None:
    if "face" not in door.sets or door.camera != "rgb":
        return None
    said = f"{name} opens to a face alone, seen by one RGB camera"
    if high:
        return broken("doors", f"{said}; assurance is high: the appliance does not start", INFRARED)
    return weak("doors", said, INFRARED)


def _weak_for_high(name: str, door: Door, high: bool) -> Finding | None:
    if high and "card" in door.sets:
        said = f"{name} opens to a card alone: a Wiegand card is copied in seconds"
        return weak("doors", said, 'assurance is high: set factors = "card+pin" or "card+face"')
    if high and door.wants_face and door.without_face == "card":
        said = f"{name} opens to a card alone whenever a camera is away"
        return weak("doors", said, 'assurance is high: set without_face = "card+pin" or "refuse"')
    return None


def factor_hours(patient: Patient) -> Iterator[Finding]:
    """The schedules by which the factors of doors change are there."""
    if patient.site is None or patient.vault is None:
        return
    for name, door in patient.site.portals.items():
        for each in door.when:
            if each.schedule not in patient.vault.schedules:
                said = f"{name}: no schedule {each.schedule!r}, so it wants the strictest it names"
                yield weak("factors", said, f"make it with `cardea schedules set {each.schedule}`")
            else:
                yield note("factors", f"{name} wants {each.factors} by schedule {each.schedule}")


def free_hours(patient: Patient) -> Iterator[Finding]:
    """The schedules that set doors free are there."""
    if patient.site is None or patient.vault is None:
        return
    for name, door in patient.site.portals.items():
        schedule = door.free_schedule
        if schedule and schedule not in patient.vault.schedules:
            said = f"{name}: there is no schedule {schedule!r}, so it never sets the door free"
            yield weak("free hours", said, f"make it with `cardea schedules set {schedule}`")
        elif schedule:
            yield note("free hours", f"{name} is free to all by schedule {schedule}")


def cameras(patient: Patient) -> Iterator[Finding]:
    """The infrared camera is known to both sides, or to neither."""
    site, coprocessor = patient.site, patient.coprocessor
    if site is None or coprocessor is None:
        return
    wanting = [name for name, door in site.portals.items() if door.camera == "rgb+ir"]
    if wanting and coprocessor.infrared is None:
        said = f"no infrared camera, and {', '.join(wanting)} wants one: no face is asked for there"
        yield broken("cameras", said, f"add an [infrared] table to {COPROCESSOR}")
    elif coprocessor.infrared is not None and not wanting:
        said = "an infrared camera, which no door wants: it is not missed when it is gone"
        yield note("cameras", said, f'set camera = "rgb+ir" in {SITE}')
    else:
        yield ok("cameras", "RGB and infrared" if wanting else "RGB alone")
    for key, camera in (("camera", coprocessor.camera), ("infrared", coprocessor.infrared)):
        if camera is not None and camera.file:
            said = f"{key}.file: a file plays in place of a camera"
            yield broken("cameras", said, f"set {key}.name to a camera of the board")


def accounts(patient: Patient) -> Iterator[Finding]:
    """A co-processor that is taken over must not reach key and admin socket."""
    if patient.site is None:
        return
    account = patient.site.terminal.coprocessor_account
    remedy = "give it one of its own: terminal.coprocessor_account in site.toml, see docs/site.md"
    if not account:
        said = "the co-processor runs under the appliance's: taken over, it reads the vault's key"
        yield weak("accounts", said, remedy)
    elif not _known(account):
        yield broken("accounts", f"{account!r} is not known on this machine", "make it, or name it")
    else:
        yield ok("accounts", f"the co-processor has its own, {account}")


def _known(account: str) -> bool:
    try:
        pwd.getpwnam(account)
    except (KeyError, ValueError):
        return False
    return True


def broker(patient: Patient) -> Iterator[Finding]:
    """Alerts go somewhere, and nobody on the way reads or swallows them."""
    if patient.coprocessor is None:
        return
    to = patient.coprocessor.broker
    if not to.host:
        said = "none: alerts wait in the outbox, nobody is told"
        yield note("broker", said, f"set broker.host and broker.port in {COPROCESSOR}")
    elif to.tls is not None:
        yield ok("broker", f"{to.host}, TLS")
    elif to.host in HERE:
        yield note("broker", f"{to.host}, without TLS; it is this machine")
    else:
        said = f"{to.host}, without TLS: whoever is on the network reads and forges alerts"
        yield weak("broker", said, f"add a [broker.tls] table to {COPROCESSOR}")


def learning(patient: Patient) -> Iterator[Finding]:
    """Whether passes count as samples of living people; a matter of consent."""
    if patient.site is None:
        return
    if patient.site.terminal.learn_from_passes:
        yield note("learning", "from passes: the holders must have agreed to it")
    else:
        yield ok("learning", "not from passes")

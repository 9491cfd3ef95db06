"""What the two configuration files say, read leniently: their owners say whether it is right."""

import stat
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from appliance.vault.sources import Source

# provisioning may not import the wings, so their keys are read here as far as a check needs them.
# An unknown key is passed over: appliance and co-processor refuse it at their start.

LARGEST_BYTES: Final = 1 << 20


class FileFault(Exception):
    """The file cannot be read as TOML with these keys; the message ends with the remedy."""


class Terminal(msgspec.Struct, frozen=True):
    """`[terminal]`, of either file."""

    serial: str
    board: str
    assurance: str = "standard"
    coprocessor_account: str = ""
    learn_from_passes: bool = False


class Bundle(msgspec.Struct, frozen=True):
    """`[bundle]`, of either file."""

    directory: str
    public_key: str


class When(msgspec.Struct, frozen=True):
    """What a door asks for while a schedule is open."""

    schedule: str
    factors: str


class Door(msgspec.Struct, frozen=True):
    """What a door asks for."""

    factors: str = "card+face"
    when: tuple[When, ...] = ()
    without_face: str = "card+pin"
    camera: str = "rgb"
    free_schedule: str = ""

    @property
    def wants_face(self) -> bool:
        return any(each == "any-two" or "face" in each.split("+") for each in self.sets)

    @property
    def sets(self) -> tuple[str, ...]:
        """Every factor set that counts at some hour."""
        return (self.factors, *(each.factors for each in self.when))


class Site(msgspec.Struct, frozen=True):
    """site.toml."""

    terminal: Terminal
    bundle: Bundle
    portals: dict[str, Door]
    vault: Source = Source()


class Camera(msgspec.Struct, frozen=True):
    """A camera's table."""

    name: str = ""
    file: str = ""


class Link(msgspec.Struct, frozen=True):
    """Where the appliance is looked for."""

    socket: str


class Broker(msgspec.Struct, frozen=True):
    """Where alerts go."""

    host: str = ""
    port: int = 0
    tls: dict[str, Any] | None = None


class Coprocessor(msgspec.Struct, frozen=True):
    """coprocessor.toml."""

    terminal: Terminal
    camera: Camera
    link: Link
    bundle: Bundle
    broker: Broker = Broker()
    infrared: Camera | None = None


File = TypeVar("File", Site, Coprocessor)


def read(path: Path, kind: type[File]) -> File:
    """The file as far as we look at it. Raises FileFault."""
    plain(path)
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except OSError as fault:
        raise FileFault(f"{path.name}: {fault.strerror}; make it readable") from None
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise FileFault(f"{path.name}: {' '.join(str(fault).split())}; correct it") from None


def plain(path: Path, largest: int = LARGEST_BYTES) -> None:
    """A pipe would keep us waiting for ever. Raises FileFault for what is no plain file."""
    try:
        status = path.stat()
    except OSError as fault:
        raise FileFault(f"{path.name}: {fault.strerror}; make one with `cardea site new`") from None
    if not stat.S_ISREG(status.st_mode):
        raise FileFault(f"{path.name}: no plain file; put the file itself there")
    if status.st_size > largest:
        raise FileFault(f"{path.name}: larger than such a file can be; put the right one there")

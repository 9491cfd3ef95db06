"""coprocessor.toml -> a checked Config; every error names the key and the remedy."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from board.link import stream

Serial = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,31}\Z")]
"""As in site.toml: it names the terminal in topics, so it holds no `/`, `+` or `#`."""


class ConfigError(Exception):
    """coprocessor.toml cannot be used; the message is one line: key, what is wrong, remedy."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every table of coprocessor.toml: an unknown key is an error, not a wish nobody hears."""


class Terminal(Section, frozen=True):
    """Which terminal this is: the same serial and board as in its site.toml."""

    serial: Serial
    board: str


class Camera(Section, frozen=True):
    """Where frames come from: `name`, a camera of the board, or `file`, a picture or a video.

    loop: start a video again at its end (a picture simply stays).
    socket: where a board without metal is worked from; the others ignore it.
    """

    socket: Path
    name: str = ""
    file: Path | None = None
    loop: bool = True


Shift = Annotated[float, msgspec.Meta(ge=-1, le=1)]
Scale = Annotated[float, msgspec.Meta(ge=0.2, le=5)]


class Infrared(Section, frozen=True):
    """A second camera, behind a filter that passes near infrared alone.

    name, file, loop: as for the first camera. A point at shares x, y of the first one's frame lies
    at x * scale_x + shift_x, y * scale_y + shift_y of this one's.
    near_ms: how far apart two frames of the same moment may be captured.
    """

    name: str = ""
    file: Path | None = None
    loop: bool = True
    shift_x: Shift = 0.0
    shift_y: Shift = 0.0
    scale_x: Scale = 1.0
    scale_y: Scale = 1.0
    near_ms: Annotated[int, msgspec.Meta(ge=20, le=2_000)] = 250


class Link(Section, frozen=True):
    """Where the appliance listens.

    account: under which it runs, where that is not the co-processor's own.
    """

    socket: Path
    account: str = ""


class Bundle(Section, frozen=True):
    """The model bundle, and the Ed25519 key (hex) that signs bundles here."""

    directory: Path
    public_key: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class Calibration(Section, frozen=True):
    """Where the fit of this site is kept; it need not be there yet."""

    file: Annotated[str, msgspec.Meta(pattern=r"\A[^\x00]+\Z")] = "calibration.json"


class Drift(Section, frozen=True):
    """Where the counts that drift is read from are kept; it need not be there yet."""

    file: Annotated[str, msgspec.Meta(pattern=r"\A[^\x00]+\Z")] = "drift.json"


class Models(Section, frozen=True):
    """What the models run on; whatever it is, the processor takes over while it is lost.

    engines: a folder of our own, where TensorRT keeps what it builds on this machine.
    """

    backend: Literal["litert", "edgetpu", "onnxruntime", "tensorrt"] = "litert"
    threads: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1
    engines: Path | None = None


class Tls(Section, frozen=True):
    """PEM files: who may be the broker, and who we are. TLS 1.2 or later, host name checked."""

    ca: Path
    certificate: Path
    key: Path


class Broker(Section, frozen=True):
    """The MQTT v5 broker that alerts go to. An empty host or port 0: there is none.

    retry_s: the longest pause between two tries to reach it (they begin at 0.3 s).
    """

    host: Annotated[str, msgspec.Meta(max_length=253)] = ""
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 0
    keepalive_s: Annotated[int, msgspec.Meta(ge=5, le=3_600)] = 30
    retry_s: Annotated[int, msgspec.Meta(ge=1, le=3_600)] = 30
    tls: Tls | None = None


class Config(Section, frozen=True):
    """The whole of coprocessor.toml; its paths are relative to the folder it lies in."""

    terminal: Terminal
    camera: Camera
    link: Link
    bundle: Bundle
    models: Models = Models()
    broker: Broker = Broker()
    calibration: Calibration = Calibration()
    drift: Drift = Drift()
    infrared: Infrared | None = None


def read_config(path: Path) -> Config:
    """Return the configuration; ConfigError when it is absent, malformed or contradicts itself."""
    try:
        config = parse(path.read_bytes(), path.parent)
    except OSError as fault:
        raise ConfigError(f"{path}: {fault.strerror}; make one with `cardea site new`") from None
    except ConfigError as fault:
        raise ConfigError(f"{path}: {fault}") from None
    return config


def parse(raw: bytes, folder: Path) -> Config:
    """Return the configuration in these bytes, whose relative paths start at `folder`."""

    def resolved(kind: type, value: Any) -> Path:
        if kind is not Path or not isinstance(value, str) or not value or "\0" in value:
            raise ValueError("Expected a path")
        return folder / value

    try:
        config = msgspec.toml.decode(raw, type=Config, dec_hook=resolved)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        # One line whatever the file says: a TOML error may quote it.
        said = " ".join(str(fault).split())
        raise ConfigError(f"{said}; correct it, see docs/coprocessor.md for every key") from None
    _check(config)
    beside = Calibration(str(folder / config.calibration.file))
    drift = Drift(str(folder / config.drift.file))
    return msgspec.structs.replace(config, calibration=beside, drift=drift)


def _check(config: Config) -> None:
    camera, broker = config.camera, config.broker
    try:
        stream.trusted(config.link.account)
    except OSError as fault:
        raise ConfigError(f"link.account: {fault}") from None
    _check_camera("camera", camera)
    if config.infrared is not None:
        _check_camera("infrared", config.infrared)
        if config.infrared.name == camera.name != "":
            raise ConfigError(f"infrared.name: {camera.name} is the first camera; name another")
    if config.models.backend == "tensorrt" and config.models.engines is None:
        raise ConfigError("models.engines: tensorrt needs it; name a folder of our own")
    if bool(broker.host) != bool(broker.port):
        raise ConfigError("broker: host and port go together; set both, or neither for no broker")
    if broker.tls is not None:
        for name in Tls.__struct_fields__:
            _check_file(f"broker.tls.{name}", getattr(broker.tls, name))


def _check_camera(key: str, camera: Camera | Infrared) -> None:
    if bool(camera.name) == (camera.file is not None):
        raise ConfigError(f"{key}: set either {key}.name (as printed on the board) or {key}.file")
    if camera.file is not None:
        _check_file(f"{key}.file", camera.file)


def _check_file(key: str, path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as fault:
        raise ConfigError(f"{key}: {path}: {fault.strerror}; name a readable file") from None

"""The contract between the two processes: every message they may exchange, as one table."""

from typing import Final, Literal

import msgspec

VERSION: Final = 1
"""Both sides must speak the same; behind a hello of another version nothing is believed."""

TEMPLATE_LENGTH: Final = 512
"""Components of a probe or template: int8, round(unit vector * 127 / 0.25), clipped to +-127."""

Refusal = Literal[
    "",  # good enough to match
    "no_face",
    "several_faces",
    "too_small",
    "turned_away",
    "blurred",
    "too_dark",
    "too_bright",
    "occluded",
]


class Hello(msgspec.Struct, frozen=True):
    """Who speaks: the first message of either side; nothing else is accepted before it."""

    version: int
    serial: str
    bundle: str
    """Identity of the model bundle (of its manifest, 16 hex digits); all others are refused."""


class Heartbeat(msgspec.Struct, frozen=True):
    """Nothing to say, still here. A restart shows as a new hello."""


class ReadFace(msgspec.Struct, frozen=True):
    """An attempt wants a face: stream readings until StopReading or the deadline passes."""

    attempt: int
    portal: str
    deadline_ms: int


class StopReading(msgspec.Struct, frozen=True):
    """The attempt is decided; its readings are no longer wanted."""

    attempt: int


class FaceReading(msgspec.Struct, frozen=True):
    """What the co-processor measured in one frame of one person followed over time.

    attempt: the attempt it answers; 0 while merely watching the approach (then portal is empty).
    track: the person followed; a new person is a new number.
    frames, span_ms: how much of that person `attack_permille` rests on.
    refusal: why the picture is not good enough to match, empty when it is.
    attack_permille: 0 (bona fide) to 1000 (attack), fused over the track.
    probe: TEMPLATE_LENGTH int8 values blended over the track, or empty when refused.
    age_ms: capture to sending. took_us: frame in memory to this reading.
    """

    attempt: int
    portal: str
    track: int
    frames: int
    span_ms: int
    refusal: Refusal
    attack_permille: int
    probe: bytes
    age_ms: int
    took_us: int


class EnrolPicture(msgspec.Struct, frozen=True):
    """A picture file (JPEG or PNG bytes) to make a template of."""

    request: int
    picture: bytes


class EnrolReading(msgspec.Struct, frozen=True):
    """The template made of an EnrolPicture; empty, with a `refusal`, where none could be."""

    request: int
    refusal: Refusal | Literal["not_a_picture"]
    template: bytes


class AlertOut(msgspec.Struct, frozen=True):
    """One alert to publish: `body` is its finished JSON, `topic` where it goes."""

    sequence: int
    topic: str
    body: bytes


class AlertAcked(msgspec.Struct, frozen=True):
    """The broker has acknowledged (PUBACK) this alert; it may leave the outbox."""

    sequence: int


class Status(msgspec.Struct, frozen=True):
    """How the co-processor fares: broker, camera, and reading times of the last minute."""

    broker_connected: bool
    camera_working: bool
    backend: str
    readings: int
    p50_us: int
    p99_us: int


Message = (
    Hello
    | Heartbeat
    | ReadFace
    | StopReading
    | FaceReading
    | EnrolPicture
    | EnrolReading
    | AlertOut
    | AlertAcked
    | Status
)

Direction = Literal["both", "to_coprocessor", "to_appliance"]


class Row(msgspec.Struct, frozen=True):
    """One line of the contract.

    number: identity on the wire, never reused.
    deadline_ms: how long the sender waits for `answer` before silence is the answer; 0: as long as
        the link lives, or as the message itself says.
    """

    number: int
    kind: type[Message]
    direction: Direction
    answer: type[Message] | None = None
    deadline_ms: int = 0


TABLE: Final[tuple[Row, ...]] = (
    Row(1, Hello, "both", Hello, 2_000),
    Row(2, Heartbeat, "both", Heartbeat, 2_000),
    Row(3, ReadFace, "to_coprocessor", FaceReading),
    Row(4, StopReading, "to_coprocessor"),
    Row(5, FaceReading, "to_appliance"),
    Row(6, EnrolPicture, "to_coprocessor", EnrolReading, 10_000),
    Row(7, EnrolReading, "to_appliance"),
    Row(8, AlertOut, "to_coprocessor", AlertAcked, 0),
    Row(9, AlertAcked, "to_appliance"),
    Row(10, Status, "to_appliance"),
)
HEARTBEAT_EVERY_MS: Final = 500
BY_NUMBER: Final = {row.number: row for row in TABLE}
BY_TYPE: Final[dict[type[Message], Row]] = {row.kind: row for row in TABLE}

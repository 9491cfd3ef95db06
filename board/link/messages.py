"""The contract between the two processes: every message they may exchange, as one table."""

from typing import Final, Literal

import msgspec

VERSION: Final = 2
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


Sign = Literal[
    "",  # nothing spoke against a living person
    "net",  # the spoof net
    "rides",  # the surroundings move with the face
    "flat",  # the face moves as one flat piece
    "still",  # the face does not move at all
    "eyes",  # the eyes do not behave as living ones
    "frozen",  # frames repeat bit for bit: no sensor gives them
    "reencoded",  # frames carry the traces of a compression that this camera has not
    "timing",  # frames come in a way no sensor's do
    "remembered",  # an attack was seen here a moment ago
    "infrared",  # the infrared camera sees no such face
    "infrared_missing",  # there should be an infrared camera, and it shows nothing
]
"""What speaks loudest for an attack."""

Calibration = Literal["none", "site", "void"]
"""Of the attack score: the first constants; fitted on this site; or fitted and no longer valid,
because the camera was moved or changed."""

Instrument = Literal["live", "print", "phone", "tablet"]
"""What is shown to the camera at commissioning."""


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
    attack_permille: 0 (bona fide) to 1000 (attack), fused over the track: the largest of
        print_permille, screen_permille and other_permille. sign: what speaks loudest for it.
    yaw_deg: how far the head is turned, positive to the person's own left; eyes_px: between the
        middles of the eyes. Both 0 without a face.
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
    print_permille: int = 0
    screen_permille: int = 0
    other_permille: int = 0
    sign: Sign = ""
    yaw_deg: int = 0
    eyes_px: int = 0


class EnrolPicture(msgspec.Struct, frozen=True):
    """A picture file (JPEG or PNG bytes) to make a template of."""

    request: int
    picture: bytes


class EnrolReading(msgspec.Struct, frozen=True):
    """The template made of an EnrolPicture; empty, with a `refusal`, where none could be.

    live_log_odds_e2: the spoof net's word on the picture in hundredths, 0 where it was not asked:
    for the golden set, never a reason to refuse a reference.
    """

    request: int
    refusal: Refusal | Literal["not_a_picture"]
    template: bytes
    live_log_odds_e2: int = 0


class Passed(msgspec.Struct, frozen=True):
    """This track's person was let in, another factor said the same, and the site agreed to learn.

    similarity_e4: of the decision. What the track showed may count as a sample of living people.
    """

    track: int
    similarity_e4: int


class Commission(msgspec.Struct, frozen=True):
    """One step of fitting the attack score to this site; answered when it is done.

    action: observe whom or what stands before the camera for `observe_ms`, as `instrument` of
    `person` (1, 2, 3, ...); fit what was observed; forget all; or only report.
    """

    request: int
    action: Literal["observe", "fit", "forget", "report"]
    instrument: Instrument = "live"
    person: int = 0
    observe_ms: int = 0


class Commissioned(msgspec.Struct, frozen=True):
    """How the fitting stands.

    refusal: why the step was not done, "" when it was. observed: "person instrument" to windows.
    apcer_permille: attacks let pass, of each person judged by the others' fit, for the `worst`
    instrument; bpcer_permille: living people refused; asked_permille: living people who would have
    to turn their heads. high: upper 95 % bounds. All -1 before a fit.
    live: passes of consenting holders counted since.
    """

    request: int
    refusal: Literal["", "nobody", "too_few", "not_separable", "storage"]
    calibration: Calibration
    observed: dict[str, int]
    apcer_permille: int = -1
    bpcer_permille: int = -1
    live: int = 0
    worst: Literal["", "print", "phone", "tablet"] = ""
    apcer_high_permille: int = -1
    bpcer_high_permille: int = -1
    asked_permille: int = -1


class AlertOut(msgspec.Struct, frozen=True):
    """One alert to publish: `body` is its finished JSON, `topic` where it goes."""

    sequence: int
    topic: str
    body: bytes


class AlertAcked(msgspec.Struct, frozen=True):
    """The broker has acknowledged (PUBACK) this alert; it may leave the outbox."""

    sequence: int


class Status(msgspec.Struct, frozen=True):
    """How the co-processor fares: broker, camera, and reading times of the last minute.

    backend: what the models run on now; fallback: it is not what was asked for. infrared: "none"
    where there is no such camera. drift_e3, drift_of: the largest population stability index in
    thousandths, and of what; 0 and "" while there is nothing to compare.
    """

    broker_connected: bool
    camera_working: bool
    backend: str
    readings: int
    p50_us: int
    p99_us: int
    calibration: Calibration = "none"
    fallback: bool = False
    infrared: Literal["none", "working", "lost"] = "none"
    drift_e3: int = 0
    drift_of: Literal["", "similarity", "attack", "sharpness", "exposure", "size"] = ""


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
    | Passed
    | Commission
    | Commissioned
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
    Row(11, Passed, "to_coprocessor"),
    Row(12, Commission, "to_coprocessor", Commissioned, 30_000),
    Row(13, Commissioned, "to_appliance"),
)
HEARTBEAT_EVERY_MS: Final = 500
BY_NUMBER: Final = {row.number: row for row in TABLE}
BY_TYPE: Final[dict[type[Message], Row]] = {row.kind: row for row in TABLE}

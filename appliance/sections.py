"""The tables of site.toml as types: what each key may hold, and what stands where none is given."""

from typing import Annotated, Final, Literal

import msgspec

from appliance.vault.sources import Source

Milliseconds = Annotated[int, msgspec.Meta(ge=100, le=600_000)]
Permille = Annotated[int, msgspec.Meta(ge=1, le=999)]
Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,31}\Z")]
Parity = Annotated[tuple[int, ...], msgspec.Meta(min_length=3, max_length=65)]
Schedule = Annotated[str, msgspec.Meta(pattern=r"\A([a-z0-9][a-z0-9-]{0,31})?\Z")]
Factors = Literal["card", "card+pin", "card+face", "card+pin+face", "face", "face+pin", "any-two"]
Cameras = Literal["rgb", "rgb+ir"]

TERMINAL: Final = "terminal"
"""Stands where a portal's name stands, for what concerns no portal or all of them."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every table of site.toml: an unknown key is an error, not a wish that goes unheard."""


class Terminal(Section, frozen=True):
    """Which terminal this is. `serial` names it in topics and in the hello."""

    serial: Name
    board: str
    coprocessor_account: str = ""
    """Under which the co-processor runs, where it has one of its own (it should)."""
    assurance: Literal["standard", "high"] = "standard"
    """high: no door opens to a face that a single RGB camera sees, and nothing else."""
    learn_from_passes: bool = False
    """Who passed by face and another factor counts as living; true only if the holders agreed."""
    watchdog_ms: Annotated[int, msgspec.Meta(ge=8_000, le=600_000)] = 10_000
    """A vault that stalls twice in one attempt is no reason to reset the board."""
    time_zone: str = "UTC"
    """Of the schedules and holidays: an IANA name, such as Europe/Berlin."""


class Admin(Section, frozen=True):
    """Who may ask what on the admin socket, by account name or uid; see roles.py.

    The account that the appliance runs under, and root, are installers in any case.
    """

    installer: tuple[str | int, ...] = ()
    operator: tuple[str | int, ...] = ()
    auditor: tuple[str | int, ...] = ()
    group: str = ""
    """Whose members reach the socket; their accounts still need a role."""


class Bundle(Section, frozen=True):
    """The model bundle whose thresholds count, and the Ed25519 key (hex) that signs it."""

    directory: str
    public_key: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class Contact(Section, frozen=True):
    """An input: the pin, and the level at which it is asserted."""

    pin: str
    asserted: Literal["low", "high"] = "high"
    supervised: bool = False
    """Ends in resistors and is read by an analog pin; low: one of them is asserted, high: two."""

    @property
    def in_doubt(self) -> bool:
        """Whether it counts as asserted while its line is cut or shorted: a guard does."""
        return True


class Call(Contact, frozen=True):
    """An input that lets people pass, so that a damaged line is no call unless the site says so."""

    fault: Literal["idle", "asserted"] = "idle"

    @property
    def in_doubt(self) -> bool:
        """See docs/decisions/0019."""
        return self.fault == "asserted"


class Supervision(Section, frozen=True):
    """Where the voltages of a supervised line change their meaning, in permille of the supply."""

    short_below: Permille = 250
    two_from: Permille = 590
    cut_from: Permille = 850


class WiegandReader(Section, frozen=True, tag_field="kind", tag="wiegand"):
    """A Wiegand reader: data lines, LED and buzzer pins, and whether it has a keypad."""

    d0: str
    d1: str
    led_green: str
    led_red: str
    buzzer: str
    keypad: bool = True


class CardFormat(Section, frozen=True):
    """A card format of the site's own; bits count from 1, the first that is sent."""

    bits: Annotated[int, msgspec.Meta(ge=16, le=128)]
    number: tuple[int, int]
    facility: tuple[int, int] | None = None
    even: tuple[Parity, ...] = ()
    """Each: the parity bit, and the first and last bit that it covers; of several ranges, each."""
    odd: tuple[Parity, ...] = ()


class Consent(Section, frozen=True):
    """What holders agree to whose faces are kept; a command may give other words."""

    wording: Annotated[str, msgspec.Meta(max_length=500)] = (
        "I agree that this terminal keeps a template of my face to open doors to me, "
        "until I leave or take this back."
    )
    required: bool = True


Days = Annotated[int, msgspec.Meta(ge=0, le=36_500)]


class Retention(Section, frozen=True):
    """After how many days it is erased by itself; 0: never. See retention.py."""

    visitors_days: Days = 30
    expired_days: Days = 0
    unused_face_days: Days = 0


class Area(Section, frozen=True):
    """A place whose coming and going is followed: see areas.py."""

    anti_passback: Literal["off", "hard", "soft", "timed"] = "off"
    passback_ms: Annotated[int, msgspec.Meta(ge=0, le=86_400_000)] = 0
    limit: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    amnesty: Annotated[str, msgspec.Meta(pattern=r"\A(([01][0-9]|2[0-3]):[0-5][0-9])?\Z")] = ""
    """When, each day, everybody's place in it is forgotten: local time, such as 04:00."""


class When(Section, frozen=True):
    """Other factors while a schedule is open."""

    schedule: Name
    factors: Factors


class Portal(Section, frozen=True):
    """One door.

    camera: what looks at this door; where that is two, no face counts that only one of them sees.
    without_face: the factors wanted when the face cannot be asked for (co-processor silent, camera
    gone, or a holder who has none enrolled).
    bond: tells whether a maglock's magnet holds.
    """

    strike: str
    contact: Contact
    rex: Call
    reader: WiegandReader
    display: str
    sounder: str
    strike_type: Literal["fail-secure", "fail-safe", "maglock"] = "fail-secure"
    bond: Contact | None = None
    bond_ms: Milliseconds = 1_000
    factors: Factors = "card+face"
    when: tuple[When, ...] = ()
    camera: Cameras = "rgb"
    without_face: Literal["card", "card+pin", "refuse"] = "card+pin"
    unlock_ms: Milliseconds = 5_000
    extended_ms: Milliseconds = 15_000
    held_ms: Milliseconds = 30_000
    prealarm_ms: Milliseconds = 10_000
    forced_ms: Annotated[int, msgspec.Meta(ge=0, le=5_000)] = 0
    relock: Literal["open", "close"] = "open"
    free_schedule: Schedule = ""
    first_person: bool = False
    factor_ms: Milliseconds = 8_000
    unusual_hour: Literal["ignore", "ask"] = "ignore"
    people: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1
    second_ms: Milliseconds = 15_000
    walk_away_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 3_000
    leads_from: str = ""
    leads_to: str = ""


class Site(Section, frozen=True):
    """The whole of site.toml."""

    terminal: Terminal
    bundle: Bundle
    tamper: Contact
    fire: Call
    portals: dict[Name, Portal]
    admin: Admin = Admin()
    consent: Consent = Consent()
    retention: Retention = Retention()
    vault: Source = Source()
    areas: dict[Name, Area] = {}
    wiegand: dict[Name, CardFormat] = {}
    interlocks: tuple[tuple[Name, ...], ...] = ()
    """Names of portals: of each list only one may be open, or released, at a time."""
    supervision: Supervision = Supervision()

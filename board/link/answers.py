"""The contract of the local admin socket: what a command is answered."""

from typing import Literal

import msgspec

from board.link.admin import RosterRow
from board.link.messages import Calibration


class Refused(msgspec.Struct, frozen=True, tag=True):
    """Not carried out: a reason code for programs, a sentence with the remedy for people."""

    reason: str
    sentence: str


class Done(msgspec.Struct, frozen=True, tag=True):
    """Carried out and journalled. `id` is what was made, where something was."""

    id: str = ""


class Feedback(msgspec.Struct, frozen=True):
    """What reader and display show now."""

    led: str
    text: str
    buzzer: bool


class PortalStatus(msgspec.Struct, frozen=True):
    """One portal, in DESIGN's words. `released` is what the strike was told to be."""

    lock: str
    leaf: str
    mode: str
    fire: bool
    released: bool
    alarm: str
    feedback: Feedback
    inputs: dict[str, bool]


class StatusAnswer(msgspec.Struct, frozen=True, tag=True):
    """The whole terminal. Times in milliseconds; None where nothing was measured yet.

    model: "" while the bundle's faces count; "trial" until it has passed the golden set; else the
    reason code of the alert `model_refused`. golden: pictures in that set.
    """

    revision: int
    terminal: str
    bundle: str
    portals: dict[str, PortalStatus]
    linked: bool
    camera_working: bool
    backend: str
    p50_ms: float | None
    p99_ms: float | None
    last_reading_ms: float | None
    broker_connected: bool
    alerts_waiting: int
    journal_entries: int
    journal_head: str
    vault_open: bool
    calibration: Calibration = "none"
    fallback: bool = False
    infrared: Literal["none", "working", "lost"] = "none"
    drift_e3: int = 0
    drift_of: str = ""
    model: str = ""
    golden: int = 0


class Holder(msgspec.Struct, frozen=True):
    """One holder, without anything secret."""

    id: str
    name: str
    status: str
    cards: int
    pin: bool
    faces: int
    portals: tuple[str, ...]
    groups: tuple[str, ...] = ()


class HoldersAnswer(msgspec.Struct, frozen=True, tag=True):
    """A page of holders, by name and id; none behind the last."""

    holders: tuple[Holder, ...]


class Entry(msgspec.Struct, frozen=True):
    """One journal entry. `body` is its JSON object, `hash` the chain's value after it.

    boot: which start of the terminal wrote it.
    """

    sequence: int
    time: str
    kind: str
    portal: str
    attempt: int
    body: dict[str, str | int | bool | list[str]]
    hash: str
    boot: str


class JournalAnswer(msgspec.Struct, frozen=True, tag=True):
    entries: tuple[Entry, ...]


class Checkpoint(msgspec.Struct, frozen=True):
    """The journal of `terminal` had `entries` entries at `time`; `head` is the hash of the last.

    signature: Ed25519, hexadecimal; docs/vault.md says over what.
    """

    entries: int
    head: str
    time: str
    terminal: str
    signature: str


class CheckpointsAnswer(msgspec.Struct, frozen=True, tag=True):
    """In order; none: these were all. key: that all are verified with, hexadecimal."""

    key: str
    checkpoints: tuple[Checkpoint, ...]


class CommissionAnswer(msgspec.Struct, frozen=True, tag=True):
    """How the fitting stands: see messages.Commissioned."""

    calibration: Calibration
    observed: dict[str, int]
    apcer_permille: int
    bpcer_permille: int
    live: int
    worst: str
    apcer_high_permille: int
    bpcer_high_permille: int
    asked_permille: int


class ReenrolLine(msgspec.Struct, frozen=True):
    """One holder whose face cannot be compared any more; `bundle` made the newest template."""

    id: str
    name: str
    bundle: str


class ReenrolAnswer(msgspec.Struct, frozen=True, tag=True):
    """`bundle`: the template identity that counts now."""

    bundle: str
    holders: tuple[ReenrolLine, ...]


class GoldenAnswer(msgspec.Struct, frozen=True, tag=True):
    """How many pictures are kept, and what differs: nothing, when all answers are the same.

    notes: of a set just made, what to look at: who was taken for one person, what has no template.
    """

    pictures: int
    differs: tuple[str, ...]
    notes: tuple[str, ...] = ()


class ClockAnswer(msgspec.Struct, frozen=True, tag=True):
    """The civil moment in the site's zone. doubt: "", or the reason of the alert `clock_fault`."""

    time: str
    time_zone: str
    doubt: Literal["", "never_set", "jumped"]


class Lost(msgspec.Struct, frozen=True):
    """What goes with a holder: name, number of cards, PIN, faces, rights."""

    name: str
    cards: int
    pin: bool
    faces: int
    portals: tuple[str, ...]


class EraseAnswer(msgspec.Struct, frozen=True, tag=True):
    """What was, or would be, lost.

    searched: how much of each table and file. found: what may be left, and where.
    """

    lost: Lost
    erased: bool = False
    searched: dict[str, int] = {}
    found: tuple[str, ...] = ()


class Schedule(msgspec.Struct, frozen=True):
    """One schedule; used_by: the rights that rest on it, in words."""

    name: str
    windows: tuple[str, ...]
    used_by: tuple[str, ...]


class Holiday(msgspec.Struct, frozen=True):
    """One day that takes the place of its day of the week."""

    date: str
    name: str


class SchedulesAnswer(msgspec.Struct, frozen=True, tag=True):
    """time_zone: that of site.toml, which they are meant in."""

    time_zone: str
    schedules: tuple[Schedule, ...]
    holidays: tuple[Holiday, ...]


class Right(msgspec.Struct, frozen=True):
    """A portal, and while which schedule; "": always."""

    portal: str
    schedule: str


class Group(msgspec.Struct, frozen=True):
    """One group; members: holders' ids."""

    name: str
    rights: tuple[Right, ...]
    members: tuple[str, ...]


class GroupsAnswer(msgspec.Struct, frozen=True, tag=True):
    """A page of groups, by name; none behind the last."""

    groups: tuple[Group, ...]


class HolderRight(msgspec.Struct, frozen=True):
    """One right of one holder's own."""

    id: str
    name: str
    right: Right


class OwnRightsAnswer(msgspec.Struct, frozen=True, tag=True):
    """A page of rights, by the holders' names; none behind the last."""

    rights: tuple[HolderRight, ...]


class Card(msgspec.Struct, frozen=True):
    """One card, for whoever hands them out: its id, whose it is, and what is printed on it."""

    id: str
    holder: str
    name: str
    format: str
    facility: int
    number: int
    status: Literal["active", "suspended", "lost"]

    def __repr__(self) -> str:
        return f"Card(id={self.id!r}, ...)"


class CardsAnswer(msgspec.Struct, frozen=True, tag=True):
    """A page of cards, by their holders' names; none behind the last."""

    cards: tuple[Card, ...]


class Inside(msgspec.Struct, frozen=True):
    """Who is in an area, and since when (UTC)."""

    id: str
    name: str
    since: str


class Area(msgspec.Struct, frozen=True):
    """One area of site.toml. inside: how many; holders: who, where that was asked for."""

    name: str
    anti_passback: str
    passback_ms: int
    limit: int
    amnesty: str
    inside: int
    holders: tuple[Inside, ...]


class AreasAnswer(msgspec.Struct, frozen=True, tag=True):
    areas: tuple[Area, ...]


class AmnestyAnswer(msgspec.Struct, frozen=True, tag=True):
    """Of so many holders nobody knows any more where they are."""

    forgotten: int


class RetentionLine(msgspec.Struct, frozen=True):
    """Somebody, or with why unused_face their face alone, erased from `at` (UTC) on."""

    id: str
    name: str
    why: str
    at: str

    def __repr__(self) -> str:
        return f"RetentionLine(id={self.id!r}, ...)"


class RetentionAnswer(msgspec.Struct, frozen=True, tag=True):
    """The limits of site.toml, 0: never; who is due, or will be within 30 days, the first 100.

    believed: while the clock is not, nobody is erased.
    """

    visitors_days: int
    expired_days: int
    unused_face_days: int
    believed: bool
    due: tuple[RetentionLine, ...]


class Face(msgspec.Struct, frozen=True):
    """One template: by which networks, since when, and what was agreed to. Times are UTC."""

    networks: str
    enrolled: str
    consent: str
    consented: str


class HolderAnswer(msgspec.Struct, frozen=True, tag=True):
    """One holder. cells: as in a roster. last_passed: UTC; "": never, or not within the journal."""

    id: str
    cells: dict[str, str]
    pin: bool
    pin_locked: bool
    faces: tuple[Face, ...]
    rights: tuple[Right, ...]
    last_passed: str

    def __repr__(self) -> str:
        return f"HolderAnswer(id={self.id!r}, ...)"


class RosterFault(msgspec.Struct, frozen=True):
    """What is wrong in which line and column; the reason ends with the remedy."""

    line: int
    column: str
    reason: str


class RosterLost(msgspec.Struct, frozen=True):
    """A holder who is, or would be, forgotten."""

    id: str
    key: str
    name: str

    def __repr__(self) -> str:
        return f"RosterLost(id={self.id!r}, ...)"


class RosterAnswer(msgspec.Struct, frozen=True, tag=True):
    """What an import did, or would do; with faults nothing was done.

    lost, faults: the first of them; more_lost, more_faults: how many are not told.
    """

    added: int = 0
    changed: int = 0
    same: int = 0
    lost: tuple[RosterLost, ...] = ()
    more_lost: int = 0
    faults: tuple[RosterFault, ...] = ()
    more_faults: int = 0


class RosterExportAnswer(msgspec.Struct, frozen=True, tag=True):
    """Rows by key; none: these were all. keyless: holders who are in no roster."""

    rows: tuple[RosterRow, ...]
    keyless: int = 0


Answer = (
    Refused
    | Done
    | StatusAnswer
    | HoldersAnswer
    | JournalAnswer
    | CheckpointsAnswer
    | CommissionAnswer
    | ReenrolAnswer
    | GoldenAnswer
    | ClockAnswer
    | EraseAnswer
    | CardsAnswer
    | SchedulesAnswer
    | GroupsAnswer
    | OwnRightsAnswer
    | AreasAnswer
    | AmnestyAnswer
    | HolderAnswer
    | RetentionAnswer
    | RosterAnswer
    | RosterExportAnswer
)

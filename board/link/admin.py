"""The contract of the local admin socket: what a command may ask. The answers: answers.py."""

from typing import Final, Literal

import msgspec

from board.link.messages import Instrument


class Status(msgspec.Struct, frozen=True, tag=True):
    """How is the terminal? While `revision` is still current, answers after `wait_ms` at most."""

    revision: int = -1
    wait_ms: int = 0


class Enrol(msgspec.Struct, frozen=True, tag=True):
    """Make a holder in one piece, or nothing at all.

    pictures: JPEG or PNG bytes of one person, blended to one template; none for a holder without a
    face. pin, duress_pin: digits or empty.
    portals: names of the portals they may always pass; empty means all of the site, or with groups
    only those of the groups.
    more: cells of a roster besides name, cards and groups. consent: to the face; "": the site's.
    """

    name: str
    format: str
    facility: int
    number: int
    pin: str = ""
    duress_pin: str = ""
    pictures: tuple[bytes, ...] = ()
    portals: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    more: dict[str, str] = {}
    consent: str = ""


class Holders(msgspec.Struct, frozen=True, tag=True):
    """Who is enrolled? A page of them, by name and id.

    name: only whose name has this in it, A to Z in either case. after: name and id of the last one
    of the page before. limit: the terminal answers with 1,000 at most; with none behind the last.
    """

    name: str = ""
    after: tuple[str, str] = ("", "")
    limit: int = 1_000


class Journal(msgspec.Struct, frozen=True, tag=True):
    """Entries after `after`; waits up to `wait_ms` for the first one."""

    after: int = 0
    limit: int = 200
    wait_ms: int = 0


class Checkpoints(msgspec.Struct, frozen=True, tag=True):
    """Signed heads of the journal of more than `after` entries, some at a time.

    Without `after` the journal is signed now, too, so that all of it is vouched for.
    """

    after: int = 0


class SetMode(msgspec.Struct, frozen=True, tag=True):
    """Put a portal into a mode: locked down, free, or back to normal."""

    portal: str
    mode: Literal["normal", "free", "lockdown"]


class Commission(msgspec.Struct, frozen=True, tag=True):
    """One step of fitting the attack score to this site: see messages.Commission."""

    action: Literal["observe", "fit", "forget", "report"]
    instrument: Instrument = "live"
    person: int = 0
    observe_ms: int = 0


class Reenrol(msgspec.Struct, frozen=True, tag=True):
    """Who must come again, because their templates are of another build of the models?

    With a holder's id and pictures as in Enrol: that holder's new face, in place of all older ones.
    consent: to the new face; "": what was agreed to before stays, or the site's wording.
    """

    holder: str = ""
    pictures: tuple[bytes, ...] = ()
    consent: str = ""


class Golden(msgspec.Struct, frozen=True, tag=True):
    """Pictures whose answers are kept, and must stay the same; or, without pictures, check now.

    consent: who agreed to what, for the pictures of people; kept beside them. forget: erase the
    set instead.
    """

    pictures: tuple[bytes, ...] = ()
    consent: str = ""
    forget: bool = False


class Clock(msgspec.Struct, frozen=True, tag=True):
    """What time is it at the terminal, and is that believed? accept: believe it from now on."""

    accept: bool = False


class Erase(msgspec.Struct, frozen=True, tag=True):
    """Forget a holder, and look everywhere for what may be left of them. dry_run: only say what."""

    holder: str
    dry_run: bool = False


class Schedules(msgspec.Struct, frozen=True, tag=True):
    """Which schedules and holidays are there?"""


class SetSchedule(msgspec.Struct, frozen=True, tag=True):
    """Make a schedule, or give one these windows in place of its own.

    windows: as people write them, see board/windows.py; none: it is never open.
    """

    name: str
    windows: tuple[str, ...]


class RemoveSchedule(msgspec.Struct, frozen=True, tag=True):
    """Forget a schedule that no right rests on."""

    name: str


class SetHoliday(msgspec.Struct, frozen=True, tag=True):
    """Mark a day, such as 2026-12-25, as a holiday; or let it be an ordinary one again."""

    date: str
    name: str = ""
    remove: bool = False


class Groups(msgspec.Struct, frozen=True, tag=True):
    """Which groups are there, with what rights, and who is in them? A page of them, by name.

    after: the last one of the page before; with none behind the last.
    """

    after: str = ""


class SetGroup(msgspec.Struct, frozen=True, tag=True):
    """Make a group, or change its rights at these portals. schedule: "" for always.

    without: portals at which it has no right any more; a name that site.toml has lost is taken too.
    """

    name: str
    portals: tuple[str, ...]
    schedule: str = ""
    without: tuple[str, ...] = ()


class RemoveGroup(msgspec.Struct, frozen=True, tag=True):
    """Forget a group, and what it gave to its members."""

    name: str


class SetMember(msgspec.Struct, frozen=True, tag=True):
    """Let a holder belong to a group, or no longer."""

    group: str
    holder: str
    member: bool = True


class OwnRights(msgspec.Struct, frozen=True, tag=True):
    """Which rights do holders have by themselves, not by a group? A page of them, by name.

    after: name, id and portal of the last one of the page before; with none behind the last.
    """

    after: tuple[str, str, str] = ("", "", "")


class SetRight(msgspec.Struct, frozen=True, tag=True):
    """Let a holder pass a portal, while a schedule is open or always; or take their own right."""

    holder: str
    portal: str
    schedule: str = ""
    allowed: bool = True


CardOrder = Literal["active", "suspended", "lost", "remove"]


class Cards(msgspec.Struct, frozen=True, tag=True):
    """Which cards are there? A page of them, by their holders' names.

    holder: of this one only. after: name and id of the holder, and id of the card, of the last one
    of the page before; with none behind the last.
    """

    holder: str = ""
    after: tuple[str, str, str] = ("", "", "")


class AddCard(msgspec.Struct, frozen=True, tag=True):
    """Give a holder one more card."""

    holder: str
    format: str
    facility: int
    number: int


class SetCard(msgspec.Struct, frozen=True, tag=True):
    """Suspend a card, call it lost, count it again, or forget it."""

    card: str
    status: CardOrder


class SetHolder(msgspec.Struct, frozen=True, tag=True):
    """Suspend a holder with all their credentials, or let them pass again."""

    holder: str
    status: Literal["active", "suspended"]


class Areas(msgspec.Struct, frozen=True, tag=True):
    """Which areas are there, and how many are in each? holders: and who?"""

    holders: bool = False


class Amnesty(msgspec.Struct, frozen=True, tag=True):
    """Forget where holders are: in an area and outside, one holder, or everybody ("" and "")."""

    area: str = ""
    holder: str = ""


class Retention(msgspec.Struct, frozen=True, tag=True):
    """Who is erased by itself, and when?"""


class ShowHolder(msgspec.Struct, frozen=True, tag=True):
    """What is known of one holder? Nothing secret."""

    holder: str


class UnlockHolder(msgspec.Struct, frozen=True, tag=True):
    """Forget a holder's wrong PINs: the next one counts at once."""

    holder: str


class ChangeHolder(msgspec.Struct, frozen=True, tag=True):
    """Give a holder what these cells of a roster say; what is not in them stays."""

    holder: str
    cells: dict[str, str]


ROSTER_COLUMNS: Final = (
    "key",
    "name",
    "cards",
    "groups",
    "valid_from",
    "valid_until",
    "extended",
    "escort",
    "visitor",
    "status",
)
"""What a roster may say of a holder: docs/roster.md."""


class RosterRow(msgspec.Struct, frozen=True):
    """One row: what stands in which column. line: where in the file, for people."""

    line: int
    cells: dict[str, str]

    def __repr__(self) -> str:
        return f"RosterRow(line={self.line})"


class RosterBegin(msgspec.Struct, frozen=True, tag=True):
    """A roster is on its way, in pieces; what came of an earlier one is dropped.

    sha256: of the file, in hex.
    """

    sha256: str


class RosterRows(msgspec.Struct, frozen=True, tag=True):
    """A piece of the roster that began as `roster`."""

    roster: str
    rows: tuple[RosterRow, ...]


class RosterCommit(msgspec.Struct, frozen=True, tag=True):
    """All pieces are there: let it count, all or nothing.

    remove_missing: forget holders with a key that is not in it. dry_run: only say what would be.
    """

    roster: str
    remove_missing: bool = False
    dry_run: bool = False


class RosterExport(msgspec.Struct, frozen=True, tag=True):
    """Which holders are there, as rows of a roster? after: those whose keys come behind this."""

    after: str = ""


Request = (
    Status
    | Enrol
    | Holders
    | Journal
    | Checkpoints
    | SetMode
    | Commission
    | Reenrol
    | Golden
    | Clock
    | Erase
    | Cards
    | AddCard
    | SetCard
    | SetHolder
    | Schedules
    | SetSchedule
    | RemoveSchedule
    | SetHoliday
    | Groups
    | SetGroup
    | RemoveGroup
    | SetMember
    | OwnRights
    | SetRight
    | Retention
    | ShowHolder
    | ChangeHolder
    | UnlockHolder
    | RosterBegin
    | RosterRows
    | RosterCommit
    | RosterExport
    | Areas
    | Amnesty
)

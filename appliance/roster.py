"""The site's roster taken in, all or nothing, and given out as rows that would make it again."""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import tzinfo
from functools import partial
from typing import Final, NamedTuple

from appliance import rosterline, rosterplan
from appliance.admin import Handler
from appliance.clerk import Clerk
from appliance.rosterline import Fault, Said
from appliance.rosterplan import Known
from appliance.sections import TERMINAL
from appliance.vault import entries, roster, rosterwrite
from appliance.vault.journal import Journal, Value
from appliance.vault.roster import Changes, Kept
from appliance.vault.rosterwrite import Stale
from appliance.vault.store import Store
from board.link import admin, answers
from board.wiegand import Layout

MOST_ROWS: Final = 100_000
MOST_CHANGED: Final = 20_000
MOST_REMOVED: Final = 5_000
"""Holders that one import may touch: a card at the door waits for it, and for 2 s at most."""

TOLD: Final = 100
"""Faults and lost holders that are told; of more, the number."""

IDLE_S: Final = 60.0
PATIENCE_S: Final = 60.0
TRIES: Final = 3
IDS_AN_ENTRY: Final = 40
"""Ids that fit into one entry of the journal."""

SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Read(NamedTuple):
    """The vault, read in slices. at: the journal's last entry before the first of them."""

    known: Known
    at: int


class Roster:
    """Takes pieces, then compares all of them with the vault, then changes it in one transaction.

    settle: called after holders were removed, to take them out of gallery and log.
    """

    def __init__(
        self, clerk: Clerk, zone: tzinfo, boot: str, settle: Callable[[], Awaitable[bool]]
    ) -> None:
        self._clerk = clerk
        self._zone = zone
        self._boot = boot
        self._settle = settle
        self._id = self._file = ""
        self._rows: list[admin.RosterRow] = []
        self._idle: asyncio.TimerHandle | None = None
        self._one = asyncio.Lock()

    def handlers(self) -> dict[type[admin.Request], Handler]:
        """Who carries out what."""
        return {
            admin.RosterBegin: self.begin,
            admin.RosterRows: self.take,
            admin.RosterCommit: self.commit,
            admin.RosterExport: self.export,
        }

    async def begin(self, request: admin.RosterBegin, _uid: int) -> answers.Answer:
        if not SHA256.fullmatch(request.sha256):
            return answers.Refused("roster", "sha256: give 64 hex digits, of the file")
        self._drop()
        self._id, self._file = secrets.token_hex(8), request.sha256
        self._wait()
        return answers.Done(self._id)

    async def take(self, request: admin.RosterRows, _uid: int) -> answers.Answer:
        if not self._is(request.roster):
            return _GONE
        if len(self._rows) + len(request.rows) > MOST_ROWS:
            self._drop()
            return answers.Refused("roster", f"more than {MOST_ROWS:,} rows; cut the file in two")
        self._rows += request.rows
        self._wait()
        return answers.Done()

    async def commit(self, request: admin.RosterCommit, uid: int) -> answers.Answer:
        if not self._is(request.roster):
            return _GONE
        rows, file = self._rows, self._file
        self._drop()
        async with self._one:
            return await self._compared(rows, file, request, uid)

    async def _compared(
        self, rows: Sequence[admin.RosterRow], file: str, request: admin.RosterCommit, uid: int
    ) -> answers.Answer:
        said, faults = await asyncio.to_thread(_said, rows, self._zone, self._clerk.formats)
        for _ in range(TRIES):
            read = await self._read()
            planned = await asyncio.to_thread(
                rosterplan.plan, read.known, said, remove_missing=request.remove_missing
            )
            if faults or not isinstance(planned, Changes):
                return _faulty(faults + (planned if isinstance(planned, list) else []))
            done = _answer(planned, read.known, len(said))
            if request.dry_run or planned == Changes():
                return done
            if _size(planned) > MOST_CHANGED or len(planned.removed) > MOST_REMOVED:
                return _too_many(planned)
            try:
                await self._apply(planned, read.at, file, uid)
            except Stale:
                continue
            if planned.removed:
                await self._settle()
            return done
        return answers.Refused("busy", "others change holders at this moment; import it again")

    async def export(self, request: admin.RosterExport, uid: int) -> answers.Answer:
        """One piece, in the journal before it is given."""
        kept = await self._clerk.ask(lambda store: roster.read(store, request.after))
        body: dict[str, Value] = {"action": "export_roster", "count": len(kept), "uid": uid}
        await self._clerk.record("command", TERMINAL, body)
        rows = tuple(
            admin.RosterRow(number, rosterline.cells(one.line, self._zone))
            for number, one in enumerate(kept)
        )
        return answers.RosterExportAnswer(rows, await self._clerk.ask(roster.keyless))

    async def _read(self) -> Read:
        """What the vault holds, a slice at a time: the door comes first."""
        at = (await self._clerk.ask(entries.head))[0]
        kept: dict[str, Kept] = {}
        key = ""
        while lines := await self._clerk.ask(partial(roster.read, after=key)):
            key = lines[-1].line.key
            kept |= {one.line.key: one for one in lines}
        others = []
        row = 0
        while cards := await self._clerk.ask(partial(roster.keyless_cards, after=row)):
            row = cards[-1][0]
            others += [(holder_id, card) for _, holder_id, card in cards]
        groups = await self._clerk.ask(roster.group_names)
        return Read(Known(kept, others, groups, self._clerk.formats), at)

    async def _apply(self, planned: Changes, read_at: int, file: str, uid: int) -> None:
        """Lay it ready in pieces, then let it count. Raises Stale, VaultFault."""
        await self._clerk.ask(rosterwrite.begin)
        for piece in rosterwrite.pieces(planned):
            await self._clerk.ask(partial(rosterwrite.lay, piece=piece))
        at_ms = time.time_ns() // 1_000_000

        def change(store: Store) -> None:
            rosterwrite.apply(store, read_at)
            journal = Journal(store, self._boot)
            for ids in _pieces(planned.removed):
                body: dict[str, Value] = {"holder": ids, "reason": "roster", "uid": uid}
                journal.append(at_ms, "erased", portal=TERMINAL, body=body)

        body: dict[str, Value] = {"action": "import_roster", "file": file, "uid": uid}
        body |= {"added": len(planned.added), "changed": len(planned.changed)}
        body |= {"removed": len(planned.removed)}
        await self._clerk.change(change, "command", lambda _: body, PATIENCE_S)
        await self._clerk.ask(rosterwrite.end)

    def _is(self, identity: str) -> bool:
        return bool(identity) and identity == self._id

    def _wait(self) -> None:
        """Keep the pieces for a while; who began and hung up leaves nothing behind."""
        if self._idle:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._drop)

    def _drop(self) -> None:
        self._id = self._file = ""
        self._rows = []
        if self._idle:
            self._idle.cancel()
        self._idle = None


_GONE: Final = answers.Refused("roster", "another import has begun, or this one took too long")


def _said(
    rows: Sequence[admin.RosterRow], zone: tzinfo, formats: dict[str, Layout]
) -> tuple[list[Said], list[Fault]]:
    said, faults = [], []
    for row in rows:
        read = rosterline.read(row, zone, formats)
        if isinstance(read, Said):
            said.append(read)
        else:
            faults += read
    return said, faults


def _pieces(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[first : first + IDS_AN_ENTRY] for first in range(0, len(ids), IDS_AN_ENTRY))


def _size(planned: Changes) -> int:
    return len(planned.added) + len(planned.changed) + len(planned.removed)


def _too_many(planned: Changes) -> answers.Refused:
    return answers.Refused(
        "roster",
        f"it would change {_size(planned):,} holders and remove {len(planned.removed):,}, and the "
        f"door would wait for that; go by parts: at most {MOST_CHANGED:,} changes and "
        f"{MOST_REMOVED:,} removals in one",
    )


def _faulty(faults: list[Fault]) -> answers.RosterAnswer:
    told = tuple(answers.RosterFault(*fault) for fault in sorted(faults)[:TOLD])
    return answers.RosterAnswer(faults=told, more_faults=max(0, len(faults) - TOLD))


def _answer(planned: Changes, known: Known, rows: int) -> answers.RosterAnswer:
    gone = set(planned.removed)
    lost = [
        answers.RosterLost(kept.holder_id, key, kept.line.name)
        for key, kept in known.kept.items()
        if kept.holder_id in gone
    ]
    return answers.RosterAnswer(
        added=len(planned.added),
        changed=len(planned.changed),
        same=rows - len(planned.added) - len(planned.changed),
        lost=tuple(lost[:TOLD]),
        more_lost=max(0, len(lost) - TOLD),
    )

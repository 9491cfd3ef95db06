"""The local admin socket: commands of `cardea` in, answers out; each change is journalled."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.clerk import Clerk
from appliance.portal import Portal
from appliance.roles import Roles
from appliance.sections import TERMINAL
from appliance.vault import access, entries, records
from appliance.vault.faults import VaultFault
from appliance.vault.journal import Value
from appliance.vault.store import Store
from appliance.wallclock import monotonic_ms
from board.link import admin, alerts, answers, stream

LONGEST_WAIT_MS: Final = 10_000
LARGEST_PAGE: Final = 1_000
"""Lines of a list that are answered at once."""

LARGEST_SEQUENCE: Final = (1 << 63) - 1
"""SQLite takes no larger number; MessagePack does."""

Handler = Callable[[Any, int], Awaitable[answers.Answer]]
"""Carries out one kind of request, for the account with this uid."""

log = logging.getLogger(__name__)


class Changes:
    """A number that rises whenever something that `Status` tells has changed."""

    def __init__(self) -> None:
        self.revision = 0
        self._risen = asyncio.Event()

    def bump(self) -> None:
        self.revision += 1
        self._risen.set()
        self._risen = asyncio.Event()

    async def since(self, revision: int, wait_ms: int) -> None:
        """Return when the number is no longer `revision`, or the time is up."""
        if self.revision == revision and wait_ms > 0:
            try:
                async with asyncio.timeout(min(wait_ms, LONGEST_WAIT_MS) / 1000):
                    await self._risen.wait()
            except TimeoutError:
                return


class Admin:
    """Serves the socket; a request that cannot be read is answered, never raised.

    handlers: by kind of request, who carries out what is not done here.
    """

    def __init__(
        self,
        path: Path,
        clerk: Clerk,
        handlers: Mapping[type[admin.Request], Handler],
        portals: dict[str, Portal],
        changes: Changes,
        status: Callable[[], answers.StatusAnswer],
        roles: Roles,
    ) -> None:
        self._path = path
        self._clerk = clerk
        self._handlers = handlers
        self._portals = portals
        self._changes = changes
        self._status = status
        self._roles = roles
        self._decoder: msgspec.msgpack.Decoder[admin.Request] = msgspec.msgpack.Decoder(
            admin.Request
        )
        self._encoder = msgspec.msgpack.Encoder()

    async def start(self) -> None:
        """Listen. Raises OSError when the socket cannot be made."""
        self._server = await stream.listen(
            self._path, self._serve, uids=self._roles.uids, group=self._roles.group
        )

    def close(self) -> None:
        self._server.close()

    async def _serve(self, connection: stream.Stream) -> None:
        while True:
            answer = await self._answer(await connection.receive(), connection.peer_uid)
            await connection.send(self._encoder.encode(answer))

    async def _answer(self, frame: bytes, uid: int) -> answers.Answer:
        try:
            request = self._decoder.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            return answers.Refused("malformed", f"{fault}; is `cardea` of the same version?")
        try:
            refusal = self._roles.refusal(request, uid)
            if refusal is None:
                return await self._carry_out(request, uid)
            action = type(request).__name__.lower()
            body: dict[str, Value] = {"action": action, "reason": refusal.reason, "uid": uid}
            await self._clerk.record("command_refused", TERMINAL, body)
            return refusal
        except VaultFault as fault:
            return answers.Refused("vault", str(fault))

    async def _carry_out(self, request: admin.Request, uid: int) -> answers.Answer:
        match request:
            case admin.Status(revision, wait_ms):
                await self._changes.since(revision, wait_ms)
                return self._status()
            case admin.Holders():
                return await self._clerk.ask(lambda store: _holders(store, request))
            case admin.Journal():
                return await self._journal(request)
            case admin.SetMode(portal, mode):
                return await self._set_mode(portal, mode, uid)
            case _ if handler := self._handlers.get(type(request)):
                return await handler(request, uid)
        return answers.Refused("not_here", f"{type(request).__name__}: not on this terminal")

    async def _journal(self, request: admin.Journal) -> answers.Answer:
        deadline_ms = monotonic_ms() + min(request.wait_ms, LONGEST_WAIT_MS)
        while self._clerk.entries <= request.after and monotonic_ms() < deadline_ms:
            await self._changes.since(self._changes.revision, deadline_ms - monotonic_ms())
        limit = max(0, min(request.limit, LARGEST_PAGE))
        after = min(request.after, LARGEST_SEQUENCE)
        found = await self._clerk.ask(lambda store: list(entries.read(store, after, limit)))
        return answers.JournalAnswer(tuple(_entry(entry) for entry in found))

    async def _set_mode(self, portal: str, mode: str, uid: int) -> answers.Answer:
        if portal not in self._portals:
            names = ", ".join(self._portals)
            return answers.Refused("no_portal", f"portal: no {portal!r} here; there is {names}")
        if mode == "lockdown":  # shuts at once; what may open waits for the journal
            self._portals[portal].set_mode(mode)  # at once; that it is remembered comes after
        await self._clerk.change(
            lambda store: store.set_mode(portal, mode),
            "command",
            lambda _: {"action": "set_mode", "door": portal, "mode": mode, "uid": uid},
        )
        self._portals[portal].set_mode(mode)
        return answers.Done()


def _holders(store: Store, request: admin.Holders) -> answers.HoldersAnswer:
    """One page: a card at the door waits for no more."""
    limit = max(0, min(request.limit, LARGEST_PAGE))
    lines = store.holders(request.name, request.after, limit)
    return answers.HoldersAnswer(
        tuple(_holder(line, access.groups_of(store, line.holder.id)) for line in lines)
    )


def _holder(line: records.HolderLine, groups: tuple[str, ...]) -> answers.Holder:
    holder = line.holder
    return answers.Holder(
        holder.id,
        holder.name,
        holder.status,
        line.cards,
        line.has_pin,
        line.templates,
        line.portals,
        groups,
    )


def _entry(entry: entries.Entry) -> answers.Entry:
    return answers.Entry(
        entry.seq,
        alerts.utc(entry.at_ms),
        entry.kind,
        entry.portal,
        entry.attempt,
        msgspec.json.decode(entry.body, type=dict[str, str | int | bool | list[str]]),
        entry.hash.hex(),
        entry.boot,
    )

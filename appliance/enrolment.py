"""A new holder in one piece, or a known one's new face: all of it or nothing at all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import tzinfo

from appliance import sections
from appliance.clerk import Clerk
from appliance.holders import check, said
from appliance.link import Link
from appliance.pictures import NoTemplate, template_of
from appliance.rollback import INVALID, SENTENCES, Nothing
from appliance.vault import access, cards, holders, models
from appliance.vault.faults import VaultFault
from appliance.vault.records import LONGEST_CONSENT, Card, Enrolment, PinHashes, Template
from appliance.vault.roster import Line
from appliance.vault.store import Store
from appliance.wallclock import system_ms
from board import wiegand
from board.bundle import Manifest
from board.link import admin, answers

Agreed = tuple[str, int]
"""The wording of a consent, and when it was given: UTC ms."""

log = logging.getLogger(__name__)


class Enroller:
    """Enrols through the co-processor, which makes the template, and the vault, which keeps it.

    enrolled: called after each new holder, so that the gallery is read again.
    """

    def __init__(
        self,
        clerk: Clerk,
        link: Link,
        manifest: Manifest,
        portals: Iterable[str],
        enrolled: Callable[[], Awaitable[None]],
        zone: tzinfo,
        consent: sections.Consent,
    ) -> None:
        self._clerk = clerk
        self._link = link
        self._believed = not isinstance(manifest, Nothing)
        self._bundle = manifest.template_identity
        self._match_e4 = manifest.thresholds.match_e4
        self._portals = tuple(portals)
        self._enrolled = enrolled
        self._zone = zone
        self._consent = consent

    async def enrol(self, request: admin.Enrol, uid: int) -> answers.Answer:
        """Carry out the command; refuse with a reason and the remedy, and then nothing is kept."""
        try:
            card = request.format, request.facility, request.number
            wiegand.encode(*card, self._clerk.formats)
        except ValueError as fault:
            return answers.Refused("card", str(fault))
        if request.duress_pin and not request.pin:
            return answers.Refused("pin", "duress_pin: there is no PIN beside it; give both")
        unknown = [name for name in request.portals if name not in self._portals]
        if unknown:
            there = ", ".join(self._portals)
            return answers.Refused(
                "no_portal", f"portals: no {unknown[0]!r} here; there is {there}"
            )
        try:
            templates: tuple[Template, ...] = ()
            if request.pictures:
                templates = await self._templates(request.pictures, self._agreed(request.consent))
        except NoTemplate as fault:
            return answers.Refused(fault.reason, str(fault))
        return await self._store(request, templates, uid)

    async def reenrol(self, request: admin.Reenrol, uid: int) -> answers.Answer:
        """Say who must come again; or give the holder that was named a new face."""
        if not self._believed:
            return answers.Refused("model_refused", SENTENCES[INVALID])
        if not request.holder and not request.pictures:
            lines = await self._clerk.ask(lambda store: models.outdated(store, self._bundle))
            whom = tuple(answers.ReenrolLine(*line) for line in lines)
            return answers.ReenrolAnswer(self._bundle, whom)
        if not request.holder or not request.pictures:
            return answers.Refused("holder", "a new face wants both: the holder's id, and pictures")
        try:
            before = await self._clerk.ask(lambda store: holders.consent_of(store, request.holder))
            agreed = self._agreed(request.consent, before)
            templates = await self._templates(request.pictures, agreed)
        except NoTemplate as fault:
            return answers.Refused(fault.reason, str(fault))
        await self._clerk.change(
            lambda store: models.replace_faces(store, request.holder, templates),
            "reenrolled",
            lambda _: {"holder": request.holder, "count": len(request.pictures), "uid": uid},
        )
        await self._learn()
        return answers.Done(request.holder)

    def _agreed(self, told: str, before: Agreed | None = None) -> Agreed | None:
        """What the face is kept by: what is said now, else what was before, else the site's words.

        None where the site wants none. Raises NoTemplate.
        """
        wording = told or ("" if before else self._consent.wording)
        if not wording and before:
            return before
        if not wording and self._consent.required:
            raise NoTemplate(
                "consent",
                "consent: no face is kept without it; give --consent, or write consent.wording "
                "into site.toml",
            )
        if not wording:
            return None
        if not (wording.isprintable() and len(wording) <= LONGEST_CONSENT):
            raise NoTemplate(
                "consent", f"consent: give at most {LONGEST_CONSENT} printable characters"
            )
        return wording, system_ms()

    async def _templates(
        self, pictures: Sequence[bytes], agreed: Agreed | None
    ) -> tuple[Template, ...]:
        """What a holder's face is known by. Raises NoTemplate."""
        if self._link.linked and not self._link.bundle_counts:
            sentence = (
                "photo: the model bundle does not count here now, `cardea golden check` says why;"
                " enrol without a photo, or later"
            )
            raise NoTemplate("model_refused", sentence)
        made = await template_of(pictures, self._link.enrol, self._match_e4)
        consent, at_ms = agreed or (None, None)
        return (Template(self._bundle, made, system_ms(), consent, at_ms),)

    async def _store(
        self, request: admin.Enrol, templates: tuple[Template, ...], uid: int
    ) -> answers.Answer:
        try:
            line = Line("", request.name)._replace(**said(request.more, self._zone))
            check(line)
            pin = await self._pin(request)
            holder = Enrolment(
                name=request.name,
                cards=(Card(request.format, request.facility, request.number),),
                pin=pin,
                templates=templates,
                portals=request.portals or (() if request.groups else self._portals),
                valid_from_ms=line.valid_from_ms,
                valid_until_ms=line.valid_until_ms,
                extended_unlock=line.extended,
                key=line.key or None,
                escort=line.escort,
                visitor=line.visitor,
            )
            factors = ["card", *(["pin"] if pin else []), *(["face"] if templates else [])]
            identity = await self._clerk.change(
                lambda store: _enrol(store, holder, request.groups),
                "enrolled",
                lambda made: {"holder": made, "factors": factors, "uid": uid},
            )
        except VaultFault as fault:
            return answers.Refused("refused", str(fault))
        await self._learn()
        return answers.Done(identity)

    async def _learn(self) -> None:
        try:
            await self._enrolled()
        except VaultFault as fault:
            log.error("enrolment: stored, but 1:N will know the face after a restart: %s", fault)

    async def _pin(self, request: admin.Enrol) -> PinHashes | None:
        if not request.pin:
            return None
        return await asyncio.to_thread(
            self._clerk.pins.hashes, request.pin, request.duress_pin or None
        )


def _enrol(store: Store, holder: Enrolment, groups: Sequence[str]) -> str:
    """Store a holder, unless a reader could not tell one of their cards from somebody else's."""
    for card in holder.cards:
        cards.check_free(store, card)
    holders.check_key(store, holder.key)
    holder_id = store.enrol(holder)
    for group in groups:
        access.add_member(store, group, holder_id)
    return holder_id

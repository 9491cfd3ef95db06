"""A new holder in one piece: template, PIN hashes, card and rights, or nothing at all."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable

from appliance.clerk import Clerk
from appliance.link import Link
from appliance.vault import pins
from appliance.vault.faults import Conflict, VaultFault
from appliance.vault.records import Card, Enrolment, PinHashes, Template
from appliance.vault.store import Store
from board import wiegand
from board.link import admin
from board.link.messages import EnrolReading

REASONS = {
    "not_a_picture": "photo: this is no JPEG or PNG picture; choose another file",
    "no_face": "photo: no clear face was found; choose a picture that shows it large and uncovered",
    "several_faces": "photo: there is more than one face; crop it to one person",
    "too_small": "photo: the face is too small; come closer to the camera",
    "turned_away": "photo: the face is turned away; face the camera",
    "blurred": "photo: the face is blurred; hold still and take it again",
    "too_dark": "photo: the face is too dark; take it with more light",
    "too_bright": "photo: the face is too bright; take it with less light",
    "occluded": "photo: the face is partly covered; uncover it",
}


log = logging.getLogger(__name__)


class Enroller:
    """Enrols through the co-processor, which makes the template, and the vault, which keeps it.

    enrolled: called after each new holder, so that the gallery is read again.
    """

    def __init__(
        self,
        clerk: Clerk,
        link: Link,
        bundle: str,
        portals: Iterable[str],
        enrolled: Callable[[], Awaitable[None]],
    ) -> None:
        self._clerk = clerk
        self._link = link
        self._bundle = bundle
        self._portals = tuple(portals)
        self._enrolled = enrolled

    async def enrol(self, request: admin.Enrol, uid: int) -> admin.Answer:
        """Carry out the command; refuse with a reason and the remedy, and then nothing is kept."""
        try:
            wiegand.encode(request.format, request.facility, request.number)
        except ValueError as fault:
            return admin.Refused("card", str(fault))
        if request.duress_pin and not request.pin:
            return admin.Refused("pin", "duress_pin: there is no PIN beside it; give both")
        unknown = [name for name in request.portals if name not in self._portals]
        if unknown:
            there = ", ".join(self._portals)
            return admin.Refused("no_portal", f"portals: no {unknown[0]!r} here; there is {there}")
        templates: tuple[Template, ...] = ()
        if request.pictures:
            reading = await self._link.enrol(request.pictures[0])
            if reading is None or reading.refusal:
                return self._no_template(reading)
            now_ms = time.time_ns() // 1_000_000
            templates = (Template(self._bundle, reading.template, now_ms),)
        return await self._store(request, templates, uid)

    def _no_template(self, reading: EnrolReading | None) -> admin.Refused:
        if reading is None:
            sentence = "photo: the co-processor does not answer; start it, or enrol without a photo"
            return admin.Refused("no_answer", sentence)
        return admin.Refused(reading.refusal, REASONS[reading.refusal])

    async def _store(
        self, request: admin.Enrol, templates: tuple[Template, ...], uid: int
    ) -> admin.Answer:
        try:
            pin = await self._pin(request)
            holder = Enrolment(
                name=request.name,
                cards=(Card(request.format, request.facility, request.number),),
                pin=pin,
                templates=templates,
                portals=request.portals or self._portals,
            )
            factors = ["card", *(["pin"] if pin else []), *(["face"] if templates else [])]
            identity = await self._clerk.change(
                lambda store: _enrol(store, holder),
                "enrolled",
                lambda made: {"holder": made, "factors": factors, "uid": uid},
            )
        except VaultFault as fault:
            return admin.Refused("refused", str(fault))
        try:
            await self._enrolled()
        except VaultFault as fault:
            log.error("enrolment: stored, but 1:N will know the face after a restart: %s", fault)
        return admin.Done(identity)

    async def _pin(self, request: admin.Enrol) -> PinHashes | None:
        if not request.pin:
            return None
        return await asyncio.to_thread(pins.hashes, request.pin, request.duress_pin or None)


def _enrol(store: Store, holder: Enrolment) -> str:
    """Store a holder, unless a reader could not tell one of their cards from somebody else's.

    Formats share lengths: the same 37 bits may be a card with a facility code, or one without.
    """
    for card in holder.cards:
        bits = wiegand.encode(card.format, card.facility, card.number)
        if any(store.find_card([Card(*alias)]) for alias in wiegand.decode(bits)):
            raise Conflict("this card is somebody's already: erase that holder or use another card")
    return store.enrol(holder)

"""What vault and matcher say of whoever stands there: a Person, a PIN's worth, a likeness."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from appliance import decision, matcher, rights
from appliance.account import UNLIKE
from appliance.clerk import Clerk
from appliance.presence import Presence
from appliance.routine import Routine
from appliance.vault import access
from appliance.vault.cards import find
from appliance.vault.faults import StorageFault, VaultFault
from appliance.vault.records import Card, Found, Holder
from appliance.vault.store import Store
from appliance.wallclock import Now, Wallclock
from board import wiegand
from board.bundle import Manifest
from board.link.messages import FaceReading

PINS: Final = {
    "right": decision.PIN_RIGHT,
    "duress": decision.PIN_DURESS,
    "wrong": decision.PIN_WRONG,
}


class Person(NamedTuple):
    """Somebody, as far as this portal must know.

    templates: int8, n x 512; n may be 0. has_pin: one was given to them. credential: the card's id.
    escort: "needs" one, "may" be one, or neither. unusual: they do not come at this hour.
    """

    holder: str
    known: bool
    suspended: bool
    valid: bool
    right: bool
    in_schedule: bool
    extended: bool
    templates: NDArray[np.int8]
    has_pin: bool = False
    credential: str = ""
    lost: bool = False
    passback: bool = False
    full: bool = False
    escort: str = ""
    unusual: bool = False

    def facts(self, *, lockdown: bool = False, interlock: bool = False) -> decision.Facts:
        """What is known before any further factor was shown."""
        standing = decision.Standing(
            known=self.known,
            lost=self.lost,
            suspended=self.suspended,
            valid=self.valid,
            lockdown=lockdown,
            right=self.right,
            in_schedule=self.in_schedule,
            passback=self.passback,
            full=self.full,
            interlock=interlock,
        )
        return decision.unshown(standing)


NOBODY: Final = Person("", False, False, False, False, False, False, np.empty((0, 512), np.int8))
ANYBODY: Final = NOBODY._replace(known=True, valid=True, right=True, in_schedule=True)
"""Whose face is still to be identified: only the face can refuse them yet."""


class People:
    """Asks the vault who somebody is, and compares faces under the verified bundle's thresholds."""

    def __init__(
        self,
        clerk: Clerk,
        manifest: Manifest,
        clock: Wallclock,
        presence: Presence,
        routine: Routine,
    ) -> None:
        limits = manifest.thresholds
        self._clerk = clerk
        self._clock = clock
        self._presence = presence
        self._routine = routine
        self._frames = limits.attack_frames
        self._span_ms = limits.attack_span_ms
        self._bundle = manifest.template_identity
        attack = (limits.attack_accept_permille, limits.attack_refuse_permille)
        self.verifying = decision.Limits(*attack, limits.match_e4, 0)
        self.identifying = decision.Limits(*attack, limits.identify_e4, limits.margin_e4)
        self._gallery = matcher.Gallery((), NOBODY.templates)
        self._reloading = asyncio.Lock()

    def take_gallery(self, store: Store) -> None:
        """Read every template of this bundle, for 1:N."""
        self._gallery = matcher.Gallery(*store.templates.gallery(self._bundle))

    async def reload(self) -> None:
        """Read them again, after a change: piece by piece, so that a card has not long to wait.

        One after the other: what was read last has every change up to then.
        """
        async with self._reloading:
            sheet = await self._clerk.ask(lambda store: store.templates.sheet(self._bundle))
            while await self._clerk.ask(lambda store: store.templates.fill(sheet)):
                pass
            self._gallery = await asyncio.to_thread(matcher.Gallery, *sheet.filled())

    async def of_card(self, bits: tuple[int, ...], portal: str) -> Person:
        """Return whose card these bits are; NOBODY for a frame that is no card we know."""
        cards = [Card(*card) for card in wiegand.decode(bits, self._clerk.formats)]
        now = self._clock.now()
        return await self._clerk.ask(lambda store: self._by_card(store, cards, portal, now))

    async def of_holder(self, holder: str, portal: str) -> Person:
        """Return the Person with this id."""
        now = self._clock.now()
        return await self._clerk.ask(
            lambda store: self._person(store, store.holder(holder), portal, now)
        )

    async def again(self, person: Person, portal: str) -> Person:
        """Return the same card or holder as they are now; NOBODY when they are gone."""
        now = self._clock.now()
        return await self._clerk.ask(lambda store: self._again(store, person, portal, now))

    def stands(self, person: Person, portal: str) -> Callable[[Store], bool]:
        """What tells, in the vault's thread, whether this person may still pass there now."""
        now = self._clock.now()

        def asked(store: Store) -> bool:
            facts = self._again(store, person, portal, now).facts()
            may = bool(decision.decide(facts, self.verifying).granted)
            if may:
                self._presence.expect(store, person.holder, portal)
            return may

        return asked

    def withdraw(self, persons: Sequence[Person], portal: str) -> None:
        """They do not pass there after all: see Presence.withdraw."""
        self._presence.withdraw(portal, [person.holder for person in persons])

    def remember(self, persons: Sequence[Person], portal: str) -> Callable[[Store], None]:
        """What keeps, in the vault's thread, that they pass there at this hour."""
        now = self._clock.now()

        def keep(store: Store) -> None:
            for person in persons:
                self._routine.remember(store, person.holder, portal, now)

        return keep

    async def check_pin(self, holder: str, entered: str) -> int:
        """Return decision.PIN_*; takes as long for a wrong PIN as for a right one."""
        stored = await self._clerk.ask(lambda store: store.pin_of(holder))
        return PINS[await asyncio.to_thread(self._clerk.pins.verify, stored, entered)]

    def compare(self, reading: FaceReading, templates: NDArray[np.int8]) -> decision.Face:
        """Return the reading beside one person's templates (1:1)."""
        likeness = matcher.verify(reading.probe, templates) if reading.probe else UNLIKE
        return self._face(reading, likeness, 0)

    def identify(self, reading: FaceReading) -> tuple[str, decision.Face]:
        """Return the most similar holder's id and the reading beside them (1:N)."""
        if not reading.probe:
            return "", self._face(reading, UNLIKE, 0)
        found = self._gallery.identify(reading.probe)
        if found is None:
            return "", self._face(reading, UNLIKE, 0)
        return found.holder_id, self._face(reading, found.similarity_e4, found.margin_e4)

    def _face(self, reading: FaceReading, likeness_e4: int, margin_e4: int) -> decision.Face:
        seen = reading.refusal != "no_face"
        enough = seen and reading.frames >= self._frames and reading.span_ms >= self._span_ms
        return decision.Face(
            enough, reading.attack_permille, bool(reading.refusal), likeness_e4, margin_e4
        )

    def _by_card(self, store: Store, cards: list[Card], portal: str, now: Now) -> Person:
        return self._found(store, store.find_card(cards), portal, now)

    def _again(self, store: Store, person: Person, portal: str, now: Now) -> Person:
        if person.credential:
            return self._found(store, find(store, person.credential), portal, now)
        try:
            return self._person(store, store.holder(person.holder), portal, now)
        except StorageFault:
            raise
        except VaultFault:
            return NOBODY

    def _found(self, store: Store, found: Found | None, portal: str, now: Now) -> Person:
        if found is None:
            return NOBODY
        person = self._person(store, found.holder, portal, now)
        return person._replace(
            suspended=person.suspended or found.credential.status == "suspended",
            lost=found.credential.status == "lost",
            credential=found.credential.id,
        )

    def _person(self, store: Store, holder: Holder, portal: str, now: Now) -> Person:
        held = access.rights(store, holder.id, portal, now.today, now.yesterday)
        passback, full = self._presence.against(store, holder.id, portal)
        return Person(
            holder=holder.id,
            known=True,
            suspended=holder.status != "active",
            valid=rights.in_validity(holder, now),
            right=held.some,
            in_schedule=rights.in_schedule(held, now),
            extended=holder.extended_unlock,
            templates=store.templates.of(holder.id, self._bundle),
            has_pin=store.pin_of(holder.id) is not None,
            passback=passback,
            full=full,
            escort=holder.escort,
            unusual=self._routine.unusual(store, holder.id, portal, now),
        )

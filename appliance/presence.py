"""Where holders are: asked at each door, moved when one opens on their grant."""

from collections.abc import Collection
from typing import Final, NamedTuple

from appliance import areas, decision, sections
from appliance.areas import Place, Rule, Way
from appliance.clerk import Clerk
from appliance.vault import whereabouts
from appliance.vault.store import Store
from appliance.vault.whereabouts import Whereabouts
from appliance.wallclock import Milliseconds, monotonic_ms
from board.link import alerts

RESERVED_MS: Final = 3_000
"""From the grant's transaction to the strike: longer than the vault may take over it."""

FOR_EVER: Final = 2**62


class Expected(NamedTuple):
    """Somebody who may go through a portal until then (monotonic), and has not yet.

    against: what it comes to (areas.FINE, areas.TOLD). attempt: 0 while the grant is being written.
    """

    area: str
    against: int
    until_ms: int
    attempt: int = 0


Expectations = dict[tuple[str, str], Expected]
"""By portal and holder."""


class Presence:
    """Follows holders through the portals that lead from an area or into one.

    What is asked inside the vault's thread (against, expect) sees what the other doors have granted
    there before: two doors never both give the last place away.
    """

    def __init__(
        self,
        clerk: Clerk,
        site: sections.Site,
        boot: str,
        wall_ms: Milliseconds,
        now_ms: Milliseconds = monotonic_ms,
    ) -> None:
        """boot: of this start. wall_ms: for people's eyes. now_ms: monotonic, for every rule."""
        self._clerk = clerk
        self._boot = boot
        self._wall_ms = wall_ms
        self._now_ms = now_ms
        self._began_ms = now_ms()
        self._ways = {name: _way(site, portal) for name, portal in site.portals.items()}
        self._reserved: Expectations = {}
        self._expected: Expectations = {}

    def against(self, store: Store, holder: str, portal: str) -> tuple[bool, bool]:
        """Whether anti-passback refuses them at this portal now, and whether the area is full."""
        way = self._ways[portal]
        if not areas.tracked(way):
            return False, False
        place = self._place(store, holder, portal)
        refused = areas.passback(place, way, self._now_ms()) == areas.REFUSED
        return refused, areas.full(place, way, self._inside(store, holder, way.leads_to.name))

    def expect(self, store: Store, holder: str, portal: str) -> None:
        """They are about to be granted: to be called in the same transaction."""
        way = self._ways[portal]
        if not areas.tracked(way):
            return
        now_ms = self._now_ms()
        found = areas.passback(self._place(store, holder, portal), way, now_ms)
        until_ms = now_ms + RESERVED_MS
        self._reserved[portal, holder] = Expected(way.leads_to.name, found, until_ms)

    def withdraw(self, portal: str, holders: Collection[str]) -> None:
        """They were not granted after all. An earlier grant of theirs still counts."""
        for holder in holders:
            self._reserved.pop((portal, holder), None)

    def granted(self, portal: str, attempt: int, holders: Collection[str], for_ms: int) -> None:
        """The strike is released for these; whoever may still go through there may as long."""
        until_ms = self._now_ms() + for_ms
        before = dict(self._waiting(portal))
        for key, one in before.items():
            self._expected[key] = one._replace(until_ms=max(one.until_ms, until_ms))
        for key in [(portal, holder) for holder in holders]:
            reserved = self._reserved.pop(key, None)
            if reserved:
                longest_ms = max(until_ms, before[key].until_ms if key in before else 0)
                self._expected[key] = reserved._replace(until_ms=longest_ms, attempt=attempt)

    def entered(self, portal: str) -> None:
        """The door opened on a grant: everybody who may go through there has."""
        for key, one in self._waiting(portal):
            self._expected[key] = one._replace(until_ms=FOR_EVER)
            self._tell(key, one)

    def ended(self, portal: str) -> None:
        """The grant there has ended before the door was opened."""
        for key, _ in self._waiting(portal):
            self._expected.pop(key, None)

    def _tell(self, key: tuple[str, str], one: Expected) -> None:
        """Journal that they have passed, and move them: both or neither."""
        portal, holder = key
        body = {"holder": holder, "area": one.area}
        told = one.against == areas.TOLD
        seen = Whereabouts(one.area, self._wall_ms(), self._boot, self._now_ms())
        self._clerk.note(
            "passed",
            portal,
            body | ({"reason": decision.ANTI_PASSBACK} if told else {}),
            attempt=one.attempt,
            alert=alerts.raised("passback", portal) if told else None,
            beside=lambda store: self._move(store, key, seen),
        )

    def _move(self, store: Store, key: tuple[str, str], seen: Whereabouts) -> None:
        whereabouts.move(store, key[1], seen)
        self._expected.pop(key, None)

    def _waiting(self, portal: str) -> list[tuple[tuple[str, str], Expected]]:
        """Who was granted at a portal and may go through it, and has not yet."""
        return [
            (key, one)
            for key, one in self._alive(self._expected)
            if key[0] == portal and one.until_ms != FOR_EVER
        ]

    def _coming(self) -> list[tuple[tuple[str, str], Expected]]:
        """All who may go through some portal, or are about to be granted there."""
        return [*self._alive(self._reserved), *self._alive(self._expected)]

    def _alive(self, expectations: Expectations) -> list[tuple[tuple[str, str], Expected]]:
        """Whose time is not up; the others are forgotten."""
        now_ms = self._now_ms()
        for key, one in list(expectations.items()):
            if one.until_ms <= now_ms:
                expectations.pop(key, None)
        return list(expectations.items())

    def _place(self, store: Store, holder: str, portal: str) -> Place | None:
        """Where they are: what another door has just granted them counts as done.

        Who entered before this start entered at the start: no clock tells how long it was off.
        """
        for (other, whose), one in self._coming():
            if whose == holder and other != portal:
                return Place(one.area, self._now_ms())
        seen = whereabouts.whereabouts(store, holder)
        if seen is None:
            return None
        return Place(seen.area, seen.passed_ms if seen.boot == self._boot else self._began_ms)

    def _inside(self, store: Store, holder: str, area: str) -> int:
        """How many others are in an area, or are about to be."""
        coming = {
            whose for (_, whose), one in self._coming() if one.area == area and whose != holder
        }
        already = sum(whereabouts.is_in(store, other, area) for other in (holder, *coming))
        return whereabouts.count(store, area) + len(coming) - already


def _way(site: sections.Site, portal: sections.Portal) -> Way:
    return Way(_rule(site, portal.leads_from), _rule(site, portal.leads_to))


def _rule(site: sections.Site, name: str) -> Rule:
    if not name:
        return areas.OUTSIDE
    area = site.areas[name]
    return Rule(name, area.anti_passback, area.passback_ms, area.limit)
